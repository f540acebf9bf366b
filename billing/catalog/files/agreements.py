"""What one customer negotiated: contracts, their prices, percentages off and discounts.

Here: the contracts of contracts.csv, contract_prices.csv, price_adjustments.csv and
discounts.csv. Days are local days of the organization; the end day is exclusive. Keep out:
public prices.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

CONTRACTS = CatalogFile(
    name="contracts",
    columns={
        "contract_id": c.identifier(),
        "organization_id": c.identifier(),
        "price_by": c.one_of(("answered", "requested")),
        "exchange_source": c.identifier(required=False),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("contract_id",),
    references={
        "organization_id": ("organizations", "organization_id"),
        "exchange_source": ("exchange_rates", "source"),
    },
    window=Window("valid_from_date", "valid_to_date", ("organization_id",)),
)

CONTRACT_PRICES = CatalogFile(
    name="contract_prices",
    columns={
        "contract_price_id": c.identifier(),
        "contract_id": c.identifier(),
        "model_id": c.identifier(),
        "meter": c.one_of(known.METERS),
        "service_tier": c.one_of(known.PRICED_TIERS),
        "context_above_tokens": c.count(),
        "currency": c.currency(),
        "unit_price": c.decimal(c.UNIT_PRICE),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("contract_price_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
    },
    window=Window(
        "valid_from_date",
        "valid_to_date",
        ("contract_id", "model_id", "meter", "service_tier", "context_above_tokens"),
    ),
)

PRICE_ADJUSTMENTS = CatalogFile(
    name="price_adjustments",
    columns={
        "adjustment_id": c.identifier(),
        "contract_id": c.identifier(),
        "model_id": c.identifier(required=False),
        "family": c.text(required=False),
        "provider": c.identifier(required=False),
        "off_pct": c.fraction(),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("adjustment_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
        "family": ("models", "family"),
        "provider": ("models", "provider"),
    },
    window=Window(
        "valid_from_date",
        "valid_to_date",
        ("contract_id", "model_id", "family", "provider"),
    ),
    may_be_absent=True,
)

DISCOUNTS = CatalogFile(
    name="discounts",
    columns={
        "discount_id": c.identifier(),
        "contract_id": c.identifier(),
        "name": c.text(),
        "priority": c.count(),
        "discount_pct": c.fraction(),
        "model_id": c.identifier(required=False),
        "family": c.text(required=False),
        "provider": c.identifier(required=False),
        "service_tier": c.one_of(known.PRICED_TIERS, required=False),
        "meter": c.one_of(known.METERS, required=False),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("discount_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
        "family": ("models", "family"),
        "provider": ("models", "provider"),
    },
    window=Window("valid_from_date", "valid_to_date", ("contract_id", "priority")),
    absent_columns=("family", "provider", "service_tier", "meter"),
)

FILES = (CONTRACTS, CONTRACT_PRICES, PRICE_ADJUSTMENTS, DISCOUNTS)
