"""When a customer is told that a prepaid balance runs low, and when a payment is asked for.

Here: the contracts of balance_alerts.csv and auto_top_ups.csv, which may be absent. Days are local
days of the organization; the end day is exclusive. No document rests on these rows. Keep out:
money that was put on a balance (`subscriptions`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile, Window

AMOUNT, DAYS_LEFT = "amount", "days_left"

BALANCE_ALERTS = CatalogFile(
    name="balance_alerts",
    columns={
        "balance_alert_id": c.identifier(),
        "organization_id": c.identifier(required=False),
        "kind": c.one_of((AMOUNT, DAYS_LEFT)),
        "threshold": c.decimal(c.MONEY, above_zero=True),
        "currency": c.currency(required=False),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("balance_alert_id",),
    references={"organization_id": ("organizations", "organization_id")},
    window=Window(
        "valid_from_date",
        "valid_to_date",
        ("organization_id", "kind", "threshold", "currency"),
    ),
    may_be_absent=True,
)

AUTO_TOP_UPS = CatalogFile(
    name="auto_top_ups",
    columns={
        "auto_top_up_id": c.identifier(),
        "organization_id": c.identifier(),
        "below_amount": c.decimal(c.MONEY, above_zero=True),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "currency": c.currency(),
        "most_per_month": c.count(at_most=1000),
        "valid_from_date": c.day(),
        "valid_to_date": c.day(open_end=True),
    },
    key=("auto_top_up_id",),
    references={"organization_id": ("organizations", "organization_id")},
    window=Window("valid_from_date", "valid_to_date", ("organization_id",)),
    may_be_absent=True,
)

FILES = (BALANCE_ALERTS, AUTO_TOP_UPS)
