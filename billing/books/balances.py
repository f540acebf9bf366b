"""Prepaid balances as posted: what no later re-rating may move.

Here: posting a closed month's entries and reading the balance after it. Keep out: working
out what a month consumed (`dbt_project`, `billing.invoicing`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, insert, select

from billing.books.documents import major
from billing.books.register_tables import balance_entry
from billing.errors import BooksError
from billing.money import minor_digits
from billing.periods import BillingMonth


@dataclass(frozen=True)
class BalancePosting:
    """One entry of a month. `reference` is a top-up's id or a statement's number.

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


def closing_balance(connection: Connection, organization_id: str, month: BillingMonth) -> Decimal:
    """Return the balance after `month`, in major units, by posted entries; 0 without any."""
    amounts = connection.execute(
        select(balance_entry.c.amount_minor, balance_entry.c.currency).where(
            balance_entry.c.organization_id == organization_id,
            balance_entry.c.billing_month <= month,
        )
    ).all()
    if not amounts:
        return Decimal(0)
    return major(sum(row.amount_minor for row in amounts), minor_digits(amounts[0].currency))


def posted_top_ups(connection: Connection) -> frozenset[str]:
    """List the top-ups that some statement has shown."""
    rows = connection.execute(
        select(balance_entry.c.reference).where(balance_entry.c.kind == "top_up")
    )
    return frozenset(rows.scalars())
