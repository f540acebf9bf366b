"""When each prepaid balance is taxed: as it is paid in, or as it is used.

Here: what the first month that posted to a balance wrote down, once and for good, and until then
what each payment was recorded under. Keep out: the rule of today's catalog (`billing.catalog`),
what holds a balance to which rule (`billing.taxed_balances`), and taxes themselves.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, insert, select

from billing.books.ledger import transfers
from billing.books.ledger_tables import balance_tax, top_up_tax
from billing.errors import BooksError
from billing.periods import BillingMonth
from billing.taxed_balances import REMEDY, ROW_REMEDY, KeptTaxes, Payment, held


def taxed_at(connection: Connection) -> dict[str, str]:
    """Return `top_up` or `consumption` of every organization with posted movements."""
    rows = connection.execute(select(balance_tax.c.organization_id, balance_tax.c.tax_at)).all()
    return {row.organization_id: row.tax_at for row in rows}


def paid_under(connection: Connection) -> dict[Payment, str]:
    """Return `top_up` or `consumption` of every payment that was seen before its balance was posted."""
    rows = connection.execute(select(top_up_tax)).all()
    return {(row.organization_id, row.top_up_id): row.tax_at for row in rows}


def kept_taxes(connection: Connection, organization_id: str | None = None) -> KeptTaxes:
    """Return what is kept of all balances; payments by command of all, or of one organization."""
    commanded: dict[str, list[str]] = {}
    for each in transfers(connection, organization_id):
        if each.kind == "top_up":
            commanded.setdefault(each.organization_id, []).append(each.transfer_id)
    return KeptTaxes(taxed_at(connection), paid_under(connection), commanded)


def unrecorded(connection: Connection, payments: Mapping[Payment, str]) -> dict[Payment, str]:
    """Return those payments that are to be written down: new, and of no balance posted to.

    The rule of a posted balance is known for good.
    """
    posted, known = taxed_at(connection), paid_under(connection)
    return {
        payment: rule
        for payment, rule in payments.items()
        if payment[0] not in posted and payment not in known
    }


def remember_payments(connection: Connection, payments: Mapping[Payment, str]) -> None:
    """Write down under which rule payments were recorded; one that is known stays as it was."""
    rows = [
        {"organization_id": organization_id, "top_up_id": top_up_id, "tax_at": tax_at}
        for (organization_id, top_up_id), tax_at in sorted(unrecorded(connection, payments).items())
    ]
    if rows:
        connection.execute(insert(top_up_tax), rows)


def require_rule(
    connection: Connection, organization_id: str, tax_at: str, filed: Iterable[str]
) -> None:
    """Refuse a payment under another rule than the balance has, or beside a row that has another.

    `filed` are the ids of the payments in files. Raises BooksError.
    """
    found = held(kept_taxes(connection, organization_id), organization_id, tax_at, filed)
    if found.rule != tax_at:
        raise BooksError(
            f"{organization_id} has {found.why} under tax_at {found.rule} and cannot be taxed at "
            f"{tax_at} now. {found.remedy}"
        )
    for top_up_id, under in found.rows.items():
        raise BooksError(
            f"{organization_id}: the row {top_up_id} of top_ups.csv was recorded under tax_at "
            f"{under} and cannot be taxed by the other rule. {ROW_REMEDY}"
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
