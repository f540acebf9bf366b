"""Amendments that were carried out: each once, in the documents of one month.

Here: recording them with the month's close, and the documents they are held against. Keep out:
which are due (`billing.invoicing.amending`) and what they change (`dbt_project`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from billing.books.columns import ByBytes
from billing.books.register_tables import amendment, billed_month, document
from billing.periods import BillingMonth


@dataclass(frozen=True)
class Amendment:
    """A month of an organization that shall be held against a later catalog."""

    amendment_id: str
    organization_id: str
    service_month: BillingMonth
    reason: str


def carried_out(connection: Connection) -> dict[str, BillingMonth]:
    """Return the month whose documents carried each amendment."""
    rows = connection.execute(select(amendment.c.amendment_id, amendment.c.billing_month)).all()
    return {row.amendment_id: row.billing_month for row in rows}


def carry_out(connection: Connection, month: BillingMonth, amendments: Sequence[Amendment]) -> None:
    """Record that the documents of `month`, which is being closed, carry the amendments."""
    rows = [
        {
            **asdict(each),
            "service_month": each.service_month,
            "billing_month": month,
        }
        for each in amendments
    ]
    if rows:
        connection.execute(insert(amendment), rows)


def documents_of(
    connection: Connection, organization_id: str, service_month: BillingMonth, before: BillingMonth
) -> Iterator[dict[str, Any]]:
    """Yield what was filed, in months before `before`, for usage of a service month."""
    rows = connection.execute(
        select(document.c.frozen)
        .join(billed_month, document.c.number == billed_month.c.number)
        .where(
            document.c.organization_id == organization_id,
            document.c.billing_month < before,
            billed_month.c.service_month == service_month,
        )
        .order_by(document.c.billing_month, ByBytes(document.c.number))
    )
    for row in rows:
        yield json.loads(row.frozen)
