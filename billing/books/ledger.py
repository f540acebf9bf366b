"""The ledger of prepaid balances: what people put on them, take from them and move.

Here: recording an act once, and reading the ledger. Keep out: what usage takes (`dbt_project`)
and what a closed month posted (`balances`, `lots`).
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select, true

from billing.books.documents import major
from billing.books.ledger_tables import ledger_transfer
from billing.errors import BooksError

ACCOUNTS = {
    "top_up": ("cash", "purchased"),
    "grant": ("promotion", "promotional"),
    "refund": ("purchased", "cash"),
    "transfer": ("purchased", "purchased"),
    "overdraft": ("loss", "purchased"),
    "rest": ("purchased", "gain"),
}
"""The account each kind debits and the one it credits."""
PUTS_IN = {"top_up", "grant"}
"""Kinds that are rows of top_ups.csv; the others are rows of balance_movements.csv."""


@dataclass(frozen=True)
class Transfer:
    """One amount that goes from an account to another. `client_reference` names it: it counts once.

    A transfer goes to the balance of `to_organization_id`; `expires_at` ends the lot that is made.
    `invoiced_as` is the number of an invoice that another system made of a top-up.
    """

    transfer_id: str
    organization_id: str
    kind: str
    amount_minor: int
    minor_digits: int
    currency: str
    occurred_at: datetime
    client_reference: str
    reference: str
    to_organization_id: str = ""
    expires_at: datetime | None = None
    invoiced_as: str = ""

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return major(self.amount_minor, self.minor_digits)

    @property
    def account(self) -> str:
        """The account that it credits."""
        return ACCOUNTS[self.kind][1]


def record_transfer(connection: Connection, new: Transfer) -> Transfer:
    """Record a transfer and return it, or the one that was recorded under this reference.

    Raises BooksError when that one is something else.
    """
    known = recorded(connection, new)
    if known is not None:
        if _says(known) != _says(new):
            raise BooksError(
                f"{new.client_reference!r} is {known.transfer_id} of {new.organization_id} "
                f"already: {_words(known)}. Give this one a reference of its own."
            )
        return known
    debit, credit = ACCOUNTS[new.kind]
    accounts = {"debit_account": debit, "credit_account": credit}
    connection.execute(insert(ledger_transfer).values(**asdict(new), **accounts))
    return new


def recorded(connection: Connection, new: Transfer) -> Transfer | None:
    """Return what was recorded under the reference of a transfer, be it the same or not."""
    own = transfers(connection, new.organization_id)
    return next((each for each in own if each.client_reference == new.client_reference), None)


def transfers(connection: Connection, organization_id: str | None = None) -> list[Transfer]:
    """Every transfer, or one organization's, in order of time."""
    table = ledger_transfer
    only = true() if organization_id is None else table.c.organization_id == organization_id
    columns = [column for column in table.c if not column.name.endswith("_account")]
    rows = connection.execute(
        select(*columns)
        .where(only)
        .order_by(table.c.organization_id, table.c.occurred_at, table.c.transfer_id)
    ).all()
    return [Transfer(**row._asdict()) for row in rows]


def _says(transfer: Transfer) -> tuple[object, ...]:
    """Return what must be the same for the same act, sent again."""
    amount = (transfer.amount, transfer.currency)
    terms = (transfer.to_organization_id, transfer.expires_at, transfer.invoiced_as)
    return (transfer.kind, *amount, *terms)


def _words(transfer: Transfer) -> str:
    to = f" to {transfer.to_organization_id}" if transfer.to_organization_id else ""
    end = "" if transfer.expires_at is None else f" until {transfer.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    invoice = f", invoiced as {transfer.invoiced_as}" if transfer.invoiced_as else ""
    return f"{transfer.kind} of {transfer.amount} {transfer.currency}{to}{end}{invoice}"
