"""What each organization of the sample does: which traces, models, tiers and formats.

Change or add an organization's habits here. Keep out how a request is made from them.
All shares are in thousandths; `batch` is of the requests of the organization's second key,
and `long_requests` is how many very long ones its first key makes in the month.
"""

from dataclasses import dataclass

Mix = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How one organization uses the gateway."""

    region: str
    traces: Mix
    models: Mix
    byok: int = 0
    images: int = 0
    batch: int = 0
    priority: int = 0
    searches: int = 0
    long_requests: int = 0
    long_models: Mix = ()
    rate_limited: int = 6
    is_litellm: bool = False


# Listed by rank: the first has the busiest of ServeGen's clients.
HABITS: dict[str, Habits] = {
    "org_harbor": Habits(
        "ap",
        (("conv", 780), ("code", 220)),
        (("gpt-5-mini", 400), ("gemini-2.5-flash", 380), ("claude-haiku-4-5", 220)),
        images=25,
    ),
    "org_aurora": Habits(
        "eu",
        (("prefix", 720), ("conv", 180), ("code", 100)),
        (
            ("claude-sonnet-4-5", 420),
            ("gpt-5", 320),
            ("claude-opus-4-5", 130),
            ("claude-haiku-4-5", 80),
            ("gpt-5-mini", 50),
        ),
        byok=25,
        batch=400,
        priority=60,
        searches=80,
        long_requests=1500,
        long_models=(("claude-opus-4-5", 600), ("claude-sonnet-4-5", 400)),
    ),
    "org_cobalt": Habits(
        "us",
        (("prefix", 700), ("conv", 200), ("code", 100)),
        (("gemini-2.5-pro", 500), ("gpt-5", 280), ("claude-opus-4-5", 160), ("gpt-4.1", 60)),
        byok=15,
        batch=300,
        priority=40,
        searches=40,
        long_requests=2400,
        long_models=(("gemini-2.5-pro", 1000),),
    ),
    "org_bharat": Habits(
        "ap",
        (("code", 300), ("prefix", 550), ("conv", 150)),
        (
            ("gpt-5", 300),
            ("gemini-2.5-pro", 260),
            ("deepseek-chat", 180),
            ("claude-sonnet-4-5", 200),
            ("glm-4.6", 60),
        ),
        batch=500,
        long_requests=600,
        long_models=(("gemini-2.5-pro", 700), ("gpt-4.1", 300)),
    ),
    "org_denki": Habits(
        "ap",
        (("prefix", 650), ("conv", 250), ("code", 100)),
        (("claude-sonnet-4-5", 420), ("gpt-5", 340), ("gemini-2.5-flash", 240)),
        batch=250,
        searches=30,
        long_requests=500,
        long_models=(("claude-sonnet-4-5", 1000),),
    ),
    "org_lumen": Habits(
        "ap",
        (("conv", 600), ("prefix", 400)),
        (("qwen-max", 450), ("glm-4.6", 350), ("deepseek-chat", 200)),
        rate_limited=25,
    ),
    "org_mosaic": Habits(
        "ap",
        (("conv", 500), ("prefix", 450), ("code", 50)),
        (("claude-sonnet-4-5", 400), ("gpt-5", 300), ("gemini-2.5-pro", 300)),
        byok=380,
        images=620,
    ),
    "org_etoile": Habits(
        "eu",
        (("prefix", 750), ("conv", 250)),
        (("claude-haiku-4-5", 480), ("mistral-medium", 360), ("gpt-5-mini", 160)),
        is_litellm=True,
    ),
    "org_kestrel": Habits(
        "us",
        (("conv", 700), ("prefix", 300)),
        (("gpt-5", 400), ("claude-sonnet-4-5", 250), ("gpt-5-nano", 350)),
        rate_limited=20,
    ),
    "org_fjord": Habits(
        "eu",
        (("prefix", 800), ("code", 200)),
        (("gpt-5", 380), ("claude-sonnet-4-5", 380), ("mistral-medium", 140), ("glm-4.6", 100)),
        searches=20,
        long_requests=250,
        long_models=(("claude-sonnet-4-5", 1000),),
    ),
    "org_gaucho": Habits(
        "us",
        (("prefix", 750), ("conv", 250)),
        (("gpt-4.1", 650), ("deepseek-chat", 200), ("gpt-5-nano", 150)),
        is_litellm=True,
    ),
    "org_indigo": Habits(
        "eu",
        (("conv", 700), ("code", 300)),
        (("gpt-5-mini", 500), ("gemini-2.5-flash", 500)),
        rate_limited=20,
        is_litellm=True,
    ),
    "org_juniper": Habits(
        "eu",
        (("conv", 900), ("prefix", 100)),
        (("gpt-5-mini", 600), ("claude-haiku-4-5", 400)),
        rate_limited=15,
    ),
}

CSV_KEYS = ("key_denki_05",)
PARQUET_KEYS = ("key_mosaic_05",)
BATCH_KEY = 2
HOUR_CACHE_KEYS = (3, 6)

CACHING = ("gpt-", "claude-", "gemini-2.5-", "deepseek-chat", "mistral-medium", "glm-4.6")
SEARCHING = ("claude-sonnet", "claude-opus")
BATCHING = ("gpt-5", "claude-")
REASONING = {
    "gpt-5": 550,
    "gpt-5-mini": 400,
    "gpt-5-nano": 300,
    "gemini-2.5-pro": 600,
    "gemini-2.5-flash": 250,
}
FALLBACKS = {
    "gpt-5": "gpt-4.1",
    "gpt-5-mini": "gpt-5-nano",
    "gpt-4.1": "gpt-5-mini",
    "claude-opus-4-5": "claude-sonnet-4-5",
    "claude-sonnet-4-5": "claude-haiku-4-5",
    "gemini-2.5-pro": "gemini-2.5-flash",
    "mistral-medium": "gpt-5-mini",
    "deepseek-chat": "gpt-5-nano",
}
FALLBACK_PERMILLE = 9
# Only an enterprise or prepaid key may be answered by a model outside a subscription.
FALLBACK_PAYERS = ("contract", "balance")

OUTCOMES = (
    ("client_aborted", 12),
    ("upstream_error", 8),
    ("client_error", 8),
    ("gateway_cache_hit", 10),
)
STATUSES = {
    "success": (200,),
    "client_aborted": (499,),
    "upstream_error": (500, 502, 503, 529),
    "client_error": (400, 404, 413),
    "rate_limited": (429,),
    "gateway_cache_hit": (200,),
}
THROTTLES = ("rpm", "tpm", "rpd", "tpd", "upstream")
