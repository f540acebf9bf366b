"""A price book in which every dimension is drawn: models and their names, prices, regions, hours.

Here: what all customers of a random gateway share. Whatever is used has a price, plain and
without an end; beside it stand prices of later instants, of regions, of hours and above
thresholds. Add a draw when the price list gains a dimension. Keep out: what one contract says
(`random_agreements`).
"""

from collections.abc import Iterator
from random import Random

from billing.catalog.known import TOKEN_METERS
from tests.scenarios.cases import Row
from tests.scenarios.random_rows import Gateway, a_price, a_quarter_hour

MODELS = {
    "alpha": ("north", "greek", "USD"),
    "beta": ("north", "latin", "EUR"),
    "gamma": ("south", "greek", "USD"),
    "pixel": ("south", "pictures", "USD"),
}
"""Provider, family and the currency of the list price."""
NAMES = {
    "alpha": ("alpha", "alpha", "alpha-latest"),
    "beta": ("beta", "beta-2026-05-01", "beta-mini"),
    "gamma": ("gamma", "gamma-x-1", "gamma-y"),
    "pixel": ("pixel", "pixel"),
}
"""What logs call a model: by its id, an alias or a name that a pattern fits."""
PATTERNS = (("gamma-x-*", "gamma"), ("beta*", "beta"), ("g*y", "gamma"))
GROUPS = {"pair": ("beta", "gamma"), "all_four": tuple(MODELS)}
TOKENS = TOKEN_METERS
PIECES = ("image", "web_search")
REQUEST = "request"
TIERS = ("default", "batch", "priority", "stable")
PRICED_BY_REQUEST = {"pixel": TIERS, "beta": ("default",)}
REGIONS = ("", "eu", "us")
BAND = 200_000
BANDS = {"gamma": (0, 128_000, BAND)}
WINDOWS = {
    "evening": ("18:00", "22:00", "", "Europe/Berlin"),
    "night": ("22:00", "06:00", "", "Europe/Berlin"),
    "weekend": ("21:30", "04:15", "sat sun", "America/New_York"),
    "morning": ("06:15", "09:30", "mon wed thu", "Asia/Kolkata"),
}
WINDOWS_OF_A_MODEL = {
    "alpha": ("evening", "night"),
    "beta": ("weekend",),
    "gamma": ("night", "evening"),
    "pixel": ("morning",),
}
"""Windows of one model are never open together."""
RATE_DAYS = ("2026-09-30", "2026-10-07", "2026-10-14", "2026-10-21", "2026-10-30")
RATES = {
    ("USD", "EUR"): "0.8",
    ("USD", "JPY"): "151.",
    ("USD", "KWD"): "0.3",
    ("EUR", "USD"): "1.1",
    ("EUR", "JPY"): "167.",
    ("EUR", "KWD"): "0.3",
}
"""How the rates of each pair begin."""
IN_COMMON = {("USD", "EUR"), ("USD", "JPY")}
"""Pairs that the common catalog quotes on the first and the last of these days."""


def add_price_book(gateway: Gateway, draw: Random) -> None:
    """Add models, names, prices and everything that changes a list price."""
    gateway.catalog["models"] = [
        {"model_id": model, "provider": provider, "family": family}
        for model, (provider, family, _) in MODELS.items()
    ]
    gateway.add("model_aliases", alias="alpha-latest", model_id="alpha")
    for precedence, (pattern, model) in enumerate(PATTERNS):
        row = {"pattern_id": f"pattern_{precedence}", "precedence": str(precedence)}
        gateway.add("model_patterns", pattern=pattern, model_id=model, **row)
    for group, models in GROUPS.items():
        for model in models:
            gateway.add("model_groups", model_group_id=group, model_id=model)
    for window, (starts, ends, weekdays, zone) in WINDOWS.items():
        times = {"starts_time": starts, "ends_time": ends, "weekdays": weekdays, "zone": zone}
        gateway.add("price_windows", price_window_id=window, **times)
    gateway.catalog["prices"] = list(_prices(draw))
    _uplifts(gateway, draw)
    _rates(gateway, draw)


def _prices(draw: Random) -> Iterator[Row]:
    for model in MODELS:
        windows = WINDOWS_OF_A_MODEL[model]
        for meter in (*TOKENS, *PIECES, REQUEST):
            for tier in PRICED_BY_REQUEST.get(model, ()) if meter == REQUEST else TIERS:
                for band in BANDS.get(model, (0,)):
                    row = {"model_id": model, "meter": meter, "service_tier": tier}
                    yield from _of_one_band(draw, row, str(band), windows)


def _of_one_band(draw: Random, of: Row, band: str, windows: tuple[str, ...]) -> Iterator[Row]:
    """Yield the plain price, and some that hold later, in a region or at some hours."""
    plain = of | {"context_above_tokens": band, "currency": MODELS[of["model_id"]][2]}
    yield _price(draw, plain)
    if draw.random() < 0.15:
        yield _price(draw, plain | {"valid_from_at": a_quarter_hour(draw)})
    for region in REGIONS:
        of_region = plain | {"region": region}
        if region and draw.random() < 0.12:
            first, last = sorted((a_quarter_hour(draw), a_quarter_hour(draw)))
            always = draw.random() < 0.5 or first == last
            times = {} if always else {"valid_from_at": first, "valid_to_at": last}
            yield _price(draw, of_region | times)
        for window in windows:
            if draw.random() < (0.08 if region else 0.3):
                yield _price(draw, of_region | {"price_window_id": window})


def _price(draw: Random, row: Row) -> Row:
    names = ("model_id", "meter", "service_tier", "context_above_tokens", "region")
    words = [*(row.get(name, "") for name in names), row.get("price_window_id", "")]
    later = "_later" if "valid_from_at" in row else ""
    return row | {"price_id": "_".join(words) + later, "unit_price": a_price(draw)}


def _uplifts(gateway: Gateway, draw: Random) -> None:
    """Raise a provider's or a model's prices in a region, some only from an instant on."""
    for provider, model in (("north", ""), ("south", ""), ("south", "gamma"), ("north", "alpha")):
        for region in REGIONS[1:]:
            if draw.random() < 0.4:
                continue
            change = a_quarter_hour(draw)
            for start, end in (("2025-01-01T00:00:00Z", change), (change, "")):
                if draw.random() < 0.7:
                    gateway.add(
                        "region_uplifts",
                        uplift_id=f"{provider}_{model}_{region}_{start}",
                        provider=provider,
                        model_id=model,
                        region=region,
                        uplift_pct=draw.choice(("0.1", "0.25", "0.000001", "0.333333", "1.5")),
                        valid_from_at=start,
                        valid_to_at=end,
                    )


def _rates(gateway: Gateway, draw: Random) -> None:
    """Quote what the common catalog does not: more days, and the pairs that lists need."""
    rates = gateway.catalog["exchange_rates"]
    gateway.catalog["exchange_rates"] = [row for row in rates if row["rate_date"] < "2027"]
    for pair, begins in RATES.items():
        for day in RATE_DAYS[1:-1] if pair in IN_COMMON else RATE_DAYS:
            _rate(gateway, "ecb", pair, day, f"{begins}{draw.randint(1, 10**7)}")
    _rate(gateway, "ledger", ("KWD", "EUR"), RATE_DAYS[-1], "2.81234567")


def _rate(gateway: Gateway, source: str, pair: tuple[str, str], day: str, rate: str) -> None:
    base, quote = pair
    row = {"source": source, "base_currency": base, "quote_currency": quote, "rate_date": day}
    gateway.add("exchange_rates", **row, rate=rate)
