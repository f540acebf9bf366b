"""Prepaid balances: what is put on them, taken from them and moved between them.

Here: the contracts of top_ups.csv and balance_movements.csv. Keep out: what usage takes, which
the warehouse derives.
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

MOVEMENTS = ("refund", "transfer", "overdraft", "rest")
"""`overdraft` writes off what was used beyond a balance, `rest` what is left of one."""

TOP_UPS = CatalogFile(
    name="top_ups",
    columns={
        "top_up_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "organization_id": c.identifier(),
        "occurred_at": c.instant(),
        "currency": c.currency(),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "kind": c.one_of(("purchased", "promotional")),
        "reference": c.text(at_most=c.LONGEST_REFERENCE),
        "expires_at": c.instant(required=False),
        "invoiced_as": c.text(required=False),
    },
    key=("top_up_id",),
    references={"organization_id": ("organizations", "organization_id")},
    absent_columns=("expires_at", "invoiced_as"),
)

BALANCE_MOVEMENTS = CatalogFile(
    name="balance_movements",
    columns={
        "movement_id": c.identifier(at_most=c.LONGEST_NUMBERED_ID),
        "organization_id": c.identifier(),
        "occurred_at": c.instant(),
        "kind": c.one_of(MOVEMENTS),
        "currency": c.currency(),
        "amount": c.decimal(c.MONEY, above_zero=True),
        "to_organization_id": c.identifier(required=False),
        "expires_at": c.instant(required=False),
        "reference": c.text(at_most=c.LONGEST_REFERENCE),
    },
    key=("movement_id",),
    references={
        "organization_id": ("organizations", "organization_id"),
        "to_organization_id": ("organizations", "organization_id"),
    },
    may_be_absent=True,
)

FILES = (TOP_UPS, BALANCE_MOVEMENTS)
