"""What is sold and its public price: models, their other names, prices, when and where they hold.

Here: the contracts of models.csv, model_aliases.csv, model_patterns.csv, prices.csv,
price_windows.csv, region_uplifts.csv and context_ladder.csv. A price row is never edited: an
open row ends where the next row of the same model, meter, tier, context, region, currency and
window begins (`billing.catalog.typed.close_open_prices`). Keep out: what one customer
negotiated.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

PRICE_SCOPE = (
    "model_id",
    "meter",
    "service_tier",
    "context_above_tokens",
    "region",
    "currency",
    "price_window_id",
)

MODELS = CatalogFile(
    name="models",
    columns={
        "model_id": c.identifier(),
        "display_name": c.text(),
        "provider": c.identifier(),
        "family": c.text(),
        "modality": c.one_of(("text", "image", "video", "audio", "music")),
    },
    key=("model_id",),
)

MODEL_ALIASES = CatalogFile(
    name="model_aliases",
    columns={"alias": c.identifier(), "model_id": c.identifier()},
    key=("alias",),
    references={"model_id": ("models", "model_id")},
)

MODEL_PATTERNS = CatalogFile(
    name="model_patterns",
    columns={
        "pattern_id": c.identifier(),
        "pattern": c.pattern(),
        "precedence": c.count(),
        "model_id": c.identifier(),
    },
    key=("pattern_id",),
    may_be_absent=True,
)

PRICES = CatalogFile(
    name="prices",
    columns={
        "price_id": c.identifier(at_most=c.LONGEST_JOINED_ID),
        "model_id": c.identifier(),
        "meter": c.one_of(known.METERS),
        "service_tier": c.one_of(known.PRICED_TIERS),
        "context_above_tokens": c.count(),
        "region": c.text(required=False),
        "currency": c.currency(),
        "unit_price": c.decimal(c.UNIT_PRICE),
        "valid_from_at": c.instant(on_quarter_hour=True),
        "valid_to_at": c.instant(open_end=True, on_quarter_hour=True),
        "source": c.text(),
        "checked_date": c.day(),
        "price_window_id": c.identifier(required=False),
    },
    key=("price_id",),
    references={
        "model_id": ("models", "model_id"),
        "price_window_id": ("price_windows", "price_window_id"),
    },
    window=Window("valid_from_at", "valid_to_at", PRICE_SCOPE),
    absent_columns=("price_window_id",),
)

PRICE_WINDOWS = CatalogFile(
    name="price_windows",
    columns={
        "price_window_id": c.identifier(),
        "starts_time": c.time_of_day(),
        "ends_time": c.time_of_day(),
        "weekdays": c.weekdays(),
        "zone": c.zone(),
    },
    key=("price_window_id",),
    may_be_absent=True,
)

REGION_UPLIFTS = CatalogFile(
    name="region_uplifts",
    columns={
        "uplift_id": c.identifier(),
        "provider": c.identifier(),
        "model_id": c.identifier(required=False),
        "region": c.text(),
        "uplift_pct": c.decimal(c.FRACTION),
        "valid_from_at": c.instant(on_quarter_hour=True),
        "valid_to_at": c.instant(open_end=True, on_quarter_hour=True),
        "source": c.text(),
        "checked_date": c.day(),
    },
    key=("uplift_id",),
    references={"provider": ("models", "provider"), "model_id": ("models", "model_id")},
    window=Window("valid_from_at", "valid_to_at", ("provider", "model_id", "region")),
    may_be_absent=True,
)

CONTEXT_LADDER = CatalogFile(
    name="context_ladder",
    columns={"threshold_tokens": c.count()},
    key=("threshold_tokens",),
)

FILES = (
    MODELS,
    MODEL_ALIASES,
    MODEL_PATTERNS,
    PRICES,
    PRICE_WINDOWS,
    REGION_UPLIFTS,
    CONTEXT_LADDER,
)
