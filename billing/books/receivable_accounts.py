"""What lies on customers' accounts and settles no invoice.

Here: what was paid in and given back, less what was paid back and what invoices were settled with:
the sum that triggers keep from falling below zero. Keep out: acts and invoices (`receivables`).
"""

from sqlalchemy import Connection, func, select

from billing.books.receivable_tables import receivable_act, settlement
from billing.books.receivables import MONEY, is_one
from billing.books.register_tables import document


def on_account(
    connection: Connection, organization_id: str | None = None
) -> dict[tuple[str, str], int]:
    """(organization, currency) to what is on its account and settles nothing, in minor units."""
    table = receivable_act
    key = (table.c.organization_id, table.c.currency)
    only = is_one(table.c.organization_id, organization_id)
    there = select(*key, func.sum(table.c.account_minor).label("minor"))
    used = (
        select(*key, func.sum(settlement.c.amount_minor).label("minor"))
        .join(settlement, settlement.c.act_id == table.c.act_id)
        .where(settlement.c.source == MONEY)
    )
    left: dict[tuple[str, str], int] = {}
    for query, sign in (
        (there.where(only).group_by(*key), 1),
        (used.where(only).group_by(*key), -1),
    ):
        for row in connection.execute(query):
            own = (row.organization_id, row.currency)
            left[own] = left.get(own, 0) + sign * int(row.minor)
    for own, minor in _given_back_beyond(connection, organization_id).items():
        left[own] = left.get(own, 0) + minor
    return left


def _given_back_beyond(
    connection: Connection, organization_id: str | None
) -> dict[tuple[str, str], int]:
    """What notes give back beyond what their invoices asked for, where credits had paid the rest."""
    note = document.alias("note")
    credited = func.sum(note.c.total_minor)
    invoices = (
        document.c.number,
        document.c.organization_id,
        document.c.currency,
        document.c.amount_due_minor,
    )
    rows = connection.execute(
        select(*invoices, credited.label("credited"))
        .join(note, note.c.corrects_number == document.c.number)
        .where(
            note.c.kind == "credit_note",
            document.c.kind == "invoice",
            document.c.payment_mode != "prepaid",
            is_one(document.c.organization_id, organization_id),
        )
        .group_by(*invoices)
        .having(credited > document.c.amount_due_minor)
    )
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        own = (row.organization_id, row.currency)
        found[own] = found.get(own, 0) + int(row.credited) - row.amount_due_minor
    return found
