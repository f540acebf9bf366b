"""How much a key may use, and how well a tier was promised to serve.

Here: the contracts of key_limits.csv and tier_promises.csv, which may be absent. An empty limit is
none. Limits change on quarter hours, the grain of the rollup. Keep out: what was bought model by
model (`subscriptions`) and everything that is measured (`dbt_project`).
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

RATES = ("rpm", "rph", "rpd", "tpm", "tpd")
"""Requests and tokens per minute, hour and day."""

KEY_LIMITS = CatalogFile(
    name="key_limits",
    columns={
        "key_limit_id": c.identifier(),
        "api_key_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "model_id": c.identifier(required=False),
        **{rate: c.count(required=False, above_zero=True) for rate in RATES},
        "monthly_spend_amount": c.decimal(c.MONEY, required=False, above_zero=True),
        "currency": c.currency(required=False),
        "valid_from_at": c.instant(on_quarter_hour=True),
        "valid_to_at": c.instant(open_end=True, on_quarter_hour=True),
    },
    key=("key_limit_id",),
    references={
        "api_key_id": ("api_keys", "api_key_id"),
        "model_id": ("models", "model_id"),
    },
    window=Window("valid_from_at", "valid_to_at", ("api_key_id", "model_id")),
    may_be_absent=True,
)

TIER_PROMISES = CatalogFile(
    name="tier_promises",
    columns={
        "tier_promise_id": c.identifier(),
        "contract_id": c.identifier(),
        "service_tier": c.one_of(known.PRICED_TIERS),
        "model_id": c.identifier(required=False),
        "success_pct": c.fraction(required=False),
        "p95_ms": c.count(required=False, above_zero=True),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("tier_promise_id",),
    references={
        "contract_id": ("contracts", "contract_id"),
        "model_id": ("models", "model_id"),
    },
    window=Window("valid_from_date", "valid_to_date", ("contract_id", "service_tier", "model_id")),
    may_be_absent=True,
)

FILES = (KEY_LIMITS, TIER_PROMISES)
