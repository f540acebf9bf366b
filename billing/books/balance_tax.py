"""When each prepaid balance is taxed: as it is paid in, or as it is used.

Here: what the first month that posted to a balance wrote down, once and for good. Keep out: the
rule of today's catalog (`billing.catalog`), and taxes themselves.
"""

from sqlalchemy import Connection, insert, select

from billing.books.ledger_tables import balance_tax
from billing.errors import BooksError
from billing.periods import BillingMonth

TOP_UP, CONSUMPTION = "top_up", "consumption"
REMEDY = (
    "Put back what tax_at said. To change it, pay out or write off what is left, and go on with a "
    "new organization."
)


def taxed_at(connection: Connection) -> dict[str, str]:
    """Return `top_up` or `consumption` of every organization with posted movements."""
    rows = connection.execute(select(balance_tax.c.organization_id, balance_tax.c.tax_at)).all()
    return {row.organization_id: row.tax_at for row in rows}


def keep(connection: Connection, organization_id: str, month: BillingMonth, tax_at: str) -> None:
    """Write down when a balance is taxed, the first time anything is posted to it.

    Raises BooksError where it was posted to under the other rule: what was taxed as it was paid
    in would be taxed again as it is used, or what was not would never be.
    """
    known = connection.execute(
        select(balance_tax.c.tax_at).where(balance_tax.c.organization_id == organization_id)
    ).scalar_one_or_none()
    if known is None:
        row = {"organization_id": organization_id, "tax_at": tax_at, "billing_month": month}
        connection.execute(insert(balance_tax).values(row))
    elif known != tax_at:
        raise BooksError(
            f"{organization_id}: its balance has posted movements under tax_at {known} and cannot "
            f"be taxed at {tax_at} now. {REMEDY}"
        )
