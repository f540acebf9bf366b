"""What is paid ahead: plans, subscriptions with their items, and top-ups.

Here: the contracts of plans.csv, plan_models.csv, item_fees.csv, subscriptions.csv,
subscription_items.csv and top_ups.csv. Keep out: usage prices.
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
        "subscription_id": c.identifier(),
        "organization_id": c.identifier(),
        "kind": c.one_of(("plan", "custom")),
        "plan_id": c.identifier(required=False),
        "currency": c.currency(),
        "starts_date": c.day(),
        "ends_date": c.day(open_end=True),
        "starts_at": c.instant(required=False),
        "ends_at": c.instant(required=False),
        "changed_from": c.identifier(required=False),
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
        "subscription_id": c.identifier(),
        "model_id": c.identifier(),
        "service_tier": c.one_of(known.CHANNEL_TIERS),
        "daily_call_limit": c.count(),
        "monthly_token_cap": c.count(),
        "monthly_fee": c.decimal(c.MONEY),
    },
    key=("subscription_id", "model_id"),
    references={
        "subscription_id": ("subscriptions", "subscription_id"),
        "model_id": ("models", "model_id"),
    },
)

TOP_UPS = CatalogFile(
    name="top_ups",
    columns={
        "top_up_id": c.identifier(),
        "organization_id": c.identifier(),
        "occurred_at": c.instant(),
        "currency": c.currency(),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "kind": c.one_of(("purchased", "promotional")),
        "reference": c.text(),
    },
    key=("top_up_id",),
    references={"organization_id": ("organizations", "organization_id")},
)

FILES = (PLANS, PLAN_MODELS, ITEM_FEES, SUBSCRIPTIONS, SUBSCRIPTION_ITEMS, TOP_UPS)
