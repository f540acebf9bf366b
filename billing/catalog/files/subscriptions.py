"""What is paid ahead: plans and subscriptions with their items.

Here: the contracts of plans.csv, plan_models.csv, plan_overages.csv, item_fees.csv,
subscriptions.csv and subscription_items.csv. Keep out: prices of usage that no plan includes, and
balances.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile, Window

PLANS = CatalogFile(
    name="plans",
    columns={
        "plan_id": c.identifier(),
        "name": c.text(),
        "currency": c.currency(),
        "monthly_fee": c.decimal(c.MONEY),
    },
    key=("plan_id",),
)

PLAN_MODELS = CatalogFile(
    name="plan_models",
    columns={"plan_id": c.identifier(), "model_id": c.identifier()},
    key=("plan_id", "model_id"),
    references={"plan_id": ("plans", "plan_id"), "model_id": ("models", "model_id")},
)

OVERAGE_COUNTS = ("generations", "requests", "tokens")
"""What a plan includes a quantity of, and charges beyond it."""

PLAN_OVERAGES = CatalogFile(
    name="plan_overages",
    columns={
        "plan_overage_id": c.identifier(),
        "plan_id": c.identifier(),
        "counted": c.one_of(OVERAGE_COUNTS),
        "model_id": c.identifier(required=False),
        "included_quantity": c.count(),
        "unit_price": c.decimal(c.UNIT_PRICE),
    },
    key=("plan_overage_id",),
    references={"plan_id": ("plans", "plan_id"), "model_id": ("models", "model_id")},
    may_be_absent=True,
)

ITEM_FEES = CatalogFile(
    name="item_fees",
    columns={
        "model_id": c.identifier(),
        "service_tier": c.one_of(known.CHANNEL_TIERS),
        "currency": c.currency(),
        "monthly_fee": c.decimal(c.MONEY),
    },
    key=("model_id", "service_tier", "currency"),
    references={"model_id": ("models", "model_id")},
    may_be_absent=True,
)

SUBSCRIPTIONS = CatalogFile(
    name="subscriptions",
    columns={
        "subscription_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "organization_id": c.identifier(),
        "kind": c.one_of(("plan", "custom")),
        "plan_id": c.identifier(required=False),
        "currency": c.currency(),
        "starts_date": c.day(),
        "ends_date": c.day(open_end=True),
        "starts_at": c.instant(required=False),
        "ends_at": c.instant(required=False),
        "changed_from": c.identifier(required=False, at_most=c.LONGEST_NUMBERED_ID),
    },
    key=("subscription_id",),
    references={
        "organization_id": ("organizations", "organization_id"),
        "plan_id": ("plans", "plan_id"),
        "changed_from": ("subscriptions", "subscription_id"),
    },
    window=Window(
        "starts_date", "ends_date", ("organization_id",), instants=("starts_at", "ends_at")
    ),
    absent_columns=("starts_at", "ends_at", "changed_from"),
)

SUBSCRIPTION_ITEMS = CatalogFile(
    name="subscription_items",
    columns={
        "subscription_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "model_id": c.identifier(),
        "service_tier": c.one_of(known.CHANNEL_TIERS),
        "daily_call_limit": c.count(above_zero=True),
        "monthly_token_cap": c.count(above_zero=True),
        "monthly_fee": c.decimal(c.MONEY),
    },
    key=("subscription_id", "model_id"),
    references={
        "subscription_id": ("subscriptions", "subscription_id"),
        "model_id": ("models", "model_id"),
    },
)

FILES = (PLANS, PLAN_MODELS, PLAN_OVERAGES, ITEM_FEES, SUBSCRIPTIONS, SUBSCRIPTION_ITEMS)
