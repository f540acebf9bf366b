"""Credits as used and spend as billed: what later months start from.

Here: posting what the documents of a closed month used, and reading what earlier months used and
billed. Keep out: deciding what a document may use (`dbt_project`, `billing.invoicing`); that no
more is used than was granted is a trigger.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, case, func, insert, select

from billing.books.columns import ByBytes
from billing.books.documents import major
from billing.books.register_tables import credit_use, document
from billing.money import minor_digits
from billing.periods import BillingMonth


@dataclass(frozen=True)
class CreditUse:
    """What one document used of one grant, in minor units."""

    number: str
    credit_id: str
    kind: str
    grant_month: BillingMonth
    currency: str
    granted_minor: int
    amount_minor: int


@dataclass(frozen=True)
class CreditUsed:
    """What months before another used of one grant, with what was granted."""

    organization_id: str
    credit_id: str
    grant_month: date
    granted: Decimal
    used: Decimal


@dataclass(frozen=True)
class BilledNet:
    """What an organization's invoices of usage came to in one month, before tax."""

    organization_id: str
    billed_month: date
    net: Decimal


def post_uses(
    connection: Connection, organization_id: str, month: BillingMonth, uses: Sequence[CreditUse]
) -> None:
    """Post what the documents of a month that is being closed used."""
    if not uses:
        return
    key = {"organization_id": organization_id, "billing_month": month}
    rows = [{**asdict(use), "grant_month": use.grant_month, **key} for use in uses]
    connection.execute(insert(credit_use), rows)


def used_before(connection: Connection, month: BillingMonth) -> list[CreditUsed]:
    """Return what months before `month` used of each grant, in order of credit and grant."""
    grant = (
        credit_use.c.organization_id,
        credit_use.c.credit_id,
        credit_use.c.grant_month,
        credit_use.c.currency,
        credit_use.c.granted_minor,
    )
    rows = connection.execute(
        select(*grant, func.sum(credit_use.c.amount_minor).label("amount_minor"))
        .where(credit_use.c.billing_month < month)
        .group_by(*grant)
        .order_by(ByBytes(credit_use.c.credit_id), credit_use.c.grant_month)
    ).all()
    return [
        CreditUsed(
            row.organization_id,
            row.credit_id,
            row.grant_month.first_day,
            major(row.granted_minor, minor_digits(row.currency)),
            major(int(row.amount_minor), minor_digits(row.currency)),
        )
        for row in rows
    ]


def billed_before(connection: Connection, month: BillingMonth) -> list[BilledNet]:
    """Return what invoices of usage under a contract came to in each month before `month`.

    What a credit note gave back counts against the month it was issued for.
    """
    given_back = (document.c.kind == "credit_note", -document.c.taxable_minor)
    net = func.sum(case(given_back, else_=document.c.taxable_minor))
    key = (document.c.organization_id, document.c.billing_month, document.c.minor_digits)
    rows = connection.execute(
        select(*key, net.label("net_minor"))
        .where(document.c.billing_month < month, document.c.payment_mode == "enterprise")
        .group_by(*key)
        .order_by(ByBytes(document.c.organization_id), document.c.billing_month)
    ).all()
    return [
        BilledNet(
            row.organization_id,
            row.billing_month.first_day,
            major(int(row.net_minor), row.minor_digits),
        )
        for row in rows
    ]
