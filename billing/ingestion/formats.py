"""How each known log format spells the fields of a request.

Here: one `SourceFormat` per format, as data: which columns are read (always as text) and
which expression over them gives each field. Add a format as another value. Keep out: judging
values (`checks.py`) and containers (`container.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing.ingestion.tables import MAIN_METERS

TEXT_FIELDS = (
    "native_id",
    "kind",
    "started_at",
    "completed_at",
    "organization_id",
    "project_id",
    "key",
    "requested_model",
    "answered_model",
    "provider",
    "region",
    "service_tier_asked",
    "service_tier",
    "is_byok",
    "outcome",
    "throttle_cause",
    "usage_quality",
    "source_cost_usd",
)
COUNT_FIELDS = (
    *MAIN_METERS,
    "cache_write_total",
    "input_total",
    "output_total",
    "image",
    "web_search",
    "latency_ms",
    "status_code",
)
FIELDS = TEXT_FIELDS + COUNT_FIELDS


@dataclass(frozen=True)
class SourceFormat:
    """One log format.

    `fields` maps a field to an SQL expression over `columns` and the names of `nested`
    (name -> column and JSON path); a field left out is absent from every row. Counts stay
    text until they are judged. With `totals_lead` the totals are what the source counted, and
    `input_uncached` and `output_visible` are what is left after the other parts; otherwise
    each part is given and a total is only compared. `key_column` is the column of the catalog's
    keys that the field `key` is looked up in.
    """

    name: str
    columns: tuple[str, ...]
    recognised_by: frozenset[str]
    fields: Mapping[str, str]
    key_column: str = "api_key_id"
    totals_lead: bool = False
    nested: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_NATIVE_FIELDS = {
    "native_id": "request_id",
    "key": "api_key_id",
    "answered_model": "model",
    "service_tier_asked": "service_tier",
    "service_tier": "service_tier_served",
    "input_total": "input_tokens",
    "output_total": "output_tokens",
    "image": "images",
    "web_search": "web_searches",
    "status_code": "status",
} | {
    name: name
    for name in (
        *("kind", "started_at", "completed_at", "organization_id", "project_id"),
        *("requested_model", "provider", "region", "is_byok", "outcome", "throttle_cause"),
        *("usage_quality", "source_cost_usd", "latency_ms"),
        *MAIN_METERS,
    )
}

NATIVE = SourceFormat(
    name="native",
    columns=tuple(_NATIVE_FIELDS.values()),
    recognised_by=frozenset({"request_id", "completed_at", "api_key_id"}),
    fields={name: f'"{column}"' for name, column in _NATIVE_FIELDS.items()},
)

_USAGE = "$.usage_object"
_PROMPT = f"{_USAGE}.prompt_tokens_details"
_FAILED = "lower(coalesce(\"status\", nested_status)) = 'failure'"

_CODE = r"case when regexp_full_match(error_code, '[1-5]\d\d') then error_code end"
_FAILURE = (
    "case when error_code = '429' then 'rate_limited' "
    r"when regexp_full_match(error_code, '4\d\d') then 'client_error' else 'upstream_error' end"
)

LITELLM = SourceFormat(
    name="litellm",
    columns=(
        *("request_id", "api_key", "spend", "prompt_tokens", "completion_tokens"),
        *("startTime", "endTime", "request_duration_ms", "model", "model_group"),
        *("custom_llm_provider", "metadata", "cache_hit", "status"),
    ),
    recognised_by=frozenset({"request_id", "api_key", "startTime", "endTime", "prompt_tokens"}),
    key_column="key_sha256",
    totals_lead=True,
    nested={
        "nested_status": ("metadata", "$.status"),
        "error_code": ("metadata", "$.error_information.error_code"),
        "nested_tier": ("metadata", "$.cost_breakdown.service_tier"),
        "usage_given": ("metadata", _USAGE),
        "cached": ("metadata", f"{_PROMPT}.cached_tokens"),
        "cached_flat": ("metadata", f"{_USAGE}.cache_read_input_tokens"),
        "written": ("metadata", f"{_PROMPT}.cache_creation_tokens"),
        "written_flat": ("metadata", f"{_USAGE}.cache_creation_input_tokens"),
        "written_other": ("metadata", f"{_PROMPT}.cache_write_tokens"),
        "written_5m": (
            "metadata",
            f"{_PROMPT}.cache_creation_token_details.ephemeral_5m_input_tokens",
        ),
        "written_1h": (
            "metadata",
            f"{_PROMPT}.cache_creation_token_details.ephemeral_1h_input_tokens",
        ),
        "reasoning": ("metadata", f"{_USAGE}.completion_tokens_details.reasoning_tokens"),
        "searched": ("metadata", f"{_USAGE}.server_tool_use.web_search_requests"),
        "searched_flat": ("metadata", f"{_PROMPT}.web_search_requests"),
    },
    fields={
        "native_id": '"request_id"',
        "key": '"api_key"',
        "started_at": '"startTime"',
        "completed_at": '"endTime"',
        "requested_model": '"model_group"',
        "answered_model": '"model"',
        "provider": '"custom_llm_provider"',
        "service_tier": "nested_tier",
        "outcome": (
            f"case when {_FAILED} then {_FAILURE} "
            "when lower(\"cache_hit\") = 'true' then 'gateway_cache_hit' "
            'else lower(coalesce("status", nested_status)) end'
        ),
        "status_code": f"case when {_FAILED} then {_CODE} else '200' end",
        "usage_quality": "case when usage_given is null or usage_given = '{}' then 'missing' end",
        "source_cost_usd": '"spend"',
        "latency_ms": '"request_duration_ms"',
        "input_total": '"prompt_tokens"',
        "output_total": '"completion_tokens"',
        "cache_read": "coalesce(cached, cached_flat)",
        "cache_write_total": "coalesce(written, written_flat, written_other)",
        "cache_write_5m": "written_5m",
        "cache_write_1h": "written_1h",
        "output_reasoning": "reasoning",
        "web_search": "coalesce(searched, searched_flat)",
    },
)

FORMATS = {known.name: known for known in (NATIVE, LITELLM)}
