"""Prepaid balances as posted: what no later re-rating may move.

Here: posting a closed month's entries and reading the balance after it. Keep out: working
out what a month consumed (`dbt_project`, `billing.invoicing`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, insert, select

from billing.books.documents import major
from billing.books.ledger_tables import balance_entry
from billing.errors import BooksError
from billing.money import minor_digits
from billing.periods import BillingMonth

ACTS = ("top_up", "transfer_in", "refund", "transfer_out", "write_off")
"""Kinds of entries that people caused; `reference` is the act's id."""


@dataclass(frozen=True)
class Posted:
    """One entry as it was posted."""

    kind: str
    reference: str
    amount_minor: int


@dataclass(frozen=True)
class BalancePosting:
    """One entry of a month. `reference` is a movement's or lot's id, or a statement's number.

    Kind `remainder` moves nothing: it keeps the part of a consumption below one minor unit.
    """

    kind: str
    reference: str
    amount_minor: int
    currency: str
    exact_remainder: str = "0"


def post(
    connection: Connection,
    organization_id: str,
    month: BillingMonth,
    postings: Sequence[BalancePosting],
) -> None:
    """Post the entries of a month that is being closed."""
    if not postings:
        return
    later: BillingMonth | None = connection.execute(
        select(func.min(balance_entry.c.billing_month)).where(
            balance_entry.c.organization_id == organization_id,
            balance_entry.c.billing_month > month,
        )
    ).scalar_one()
    if later is not None:
        raise BooksError(
            f"The balance of {organization_id} is posted up to {later} already, so {month} "
            "cannot be closed any more: its statement would contradict a later one."
        )
    key = {"organization_id": organization_id, "billing_month": month}
    connection.execute(insert(balance_entry), [{**key, **asdict(entry)} for entry in postings])


def closing_balances(
    connection: Connection, month: BillingMonth, organization_id: str | None = None
) -> dict[str, Decimal]:
    """Return balances after `month` in major units, by posted entries: one's, or everybody's."""
    key = (balance_entry.c.organization_id, balance_entry.c.currency)
    query = select(*key, func.sum(balance_entry.c.amount_minor).label("amount_minor")).where(
        balance_entry.c.billing_month <= month
    )
    if organization_id is not None:
        query = query.where(balance_entry.c.organization_id == organization_id)
    rows = connection.execute(query.group_by(*key)).all()
    return {
        row.organization_id: major(int(row.amount_minor), minor_digits(row.currency))
        for row in rows
    }


def posted_acts(connection: Connection) -> dict[tuple[str, str], BillingMonth]:
    """Return the closed month that posted each (kind, reference) of what people did."""
    table = balance_entry
    rows = connection.execute(
        select(table.c.kind, table.c.reference, table.c.billing_month).where(table.c.kind.in_(ACTS))
    ).all()
    return {(row.kind, row.reference): row.billing_month for row in rows}


def consumed_before(connection: Connection, month: BillingMonth) -> dict[str, list[Posted]]:
    """Return each organization's entries before `month`, in order, to work out lots from."""
    table = balance_entry
    rows = connection.execute(
        select(table.c.organization_id, table.c.kind, table.c.reference, table.c.amount_minor)
        .where(table.c.billing_month < month, table.c.kind != "remainder")
        .order_by(table.c.organization_id, table.c.billing_month, table.c.entry_id)
    ).all()
    found: dict[str, list[Posted]] = {}
    for row in rows:
        posted = Posted(row.kind, row.reference, int(row.amount_minor))
        found.setdefault(row.organization_id, []).append(posted)
    return found
