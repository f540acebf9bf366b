"""What is sold and its public price: models, their other names, prices, the ladder.

Here: the contracts of models.csv, model_aliases.csv, prices.csv and context_ladder.csv.
A price row is never edited: an open row ends where the next row of the same model, meter,
tier, context, region and currency begins (`billing.catalog.typed.close_open_prices`).
Keep out: what one customer negotiated.
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

PRICES = CatalogFile(
    name="prices",
    columns={
        "price_id": c.identifier(),
        "model_id": c.identifier(),
        "meter": c.one_of(known.METERS),
        "service_tier": c.one_of(known.SERVICE_TIERS),
        "context_above_tokens": c.count(),
        "region": c.text(required=False),
        "currency": c.currency(),
        "unit_price": c.decimal(c.UNIT_PRICE),
        "valid_from_at": c.instant(on_quarter_hour=True),
        "valid_to_at": c.instant(open_end=True, on_quarter_hour=True),
        "source": c.text(),
        "checked_date": c.day(),
    },
    key=("price_id",),
    references={"model_id": ("models", "model_id")},
    window=Window("valid_from_at", "valid_to_at", PRICE_SCOPE),
)

CONTEXT_LADDER = CatalogFile(
    name="context_ladder",
    columns={"threshold_tokens": c.count()},
    key=("threshold_tokens",),
)

FILES = (MODELS, MODEL_ALIASES, PRICES, CONTEXT_LADDER)
