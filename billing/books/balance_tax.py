"""When each prepaid balance is taxed: as it is paid in, or as it is used.

Here: what the first month that posted to a balance wrote down, once and for good, and until then
what each payment was recorded under. Keep out: the rule of today's catalog (`billing.catalog`), and
taxes themselves.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, insert, select

from billing.books.ledger_tables import balance_tax, top_up_tax
from billing.errors import BooksError
from billing.periods import BillingMonth

TOP_UP, CONSUMPTION = "top_up", "consumption"
Payment = tuple[str, str]
"""An organization and the id of its top-up."""
REMEDY = (
    "Put back what tax_at said. To change it, pay out or write off what is left, and go on with a "
    "new organization."
)


def taxed_at(connection: Connection) -> dict[str, str]:
    """Return `top_up` or `consumption` of every organization with posted movements."""
    rows = connection.execute(select(balance_tax.c.organization_id, balance_tax.c.tax_at)).all()
    return {row.organization_id: row.tax_at for row in rows}


def paid_under(connection: Connection) -> dict[Payment, str]:
    """Return `top_up` or `consumption` of every payment that was seen before its balance was posted."""
    rows = connection.execute(select(top_up_tax)).all()
    return {(row.organization_id, row.top_up_id): row.tax_at for row in rows}


def remember_payments(connection: Connection, payments: Mapping[Payment, str]) -> None:
    """Write down under which rule payments were recorded; one that is known stays as it was.

    Not of balances that were posted to: their rule is known for good.
    """
    posted, known = taxed_at(connection), paid_under(connection)
    rows = [
        {"organization_id": organization_id, "top_up_id": top_up_id, "tax_at": tax_at}
        for (organization_id, top_up_id), tax_at in sorted(payments.items())
        if organization_id not in posted and (organization_id, top_up_id) not in known
    ]
    if rows:
        connection.execute(insert(top_up_tax), rows)


def require_rule(
    connection: Connection, organization_id: str, tax_at: str, top_up_ids: Collection[str]
) -> None:
    """Refuse a payment under another rule than the balance has, or one of its earlier payments.

    `top_up_ids` are those that there are; one that the files have no more binds nobody. Raises
    BooksError.
    """
    known = {taxed_at(connection).get(organization_id, tax_at)}
    known |= {
        rule
        for (owner, top_up_id), rule in paid_under(connection).items()
        if owner == organization_id and top_up_id in top_up_ids
    }
    if known - {tax_at}:
        (other,) = known - {tax_at}
        raise BooksError(
            f"{organization_id}: what it paid before was recorded under tax_at {other} and cannot "
            f"be taxed at {tax_at} now. {REMEDY}"
        )


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
