"""What customers owe and paid, as the books have it: acts, and which invoices they settle.

Here: recording an act and settlements inside its transaction, and reading what is open. Keep out:
what lies on an account (`receivable_accounts`), which invoice is settled first and what may be done
(`billing.receivables`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, ColumnElement, Connection, func, insert, select, true

from billing.books.columns import ByBytes
from billing.books.documents import major
from billing.books.receivable_tables import receivable_act, settlement
from billing.books.register_tables import document

MONEY, WRITTEN_OFF = "money", "write_off"
"""What settles an invoice: the customer's money, or our giving up of it."""


@dataclass(frozen=True)
class ReceivableAct:
    """One act; `account_minor` is what it adds to the customer's account, below zero what it takes.

    `client_reference` names a payment or refund: the same one counts once. A reversal `reverses`
    the act of that id. `act_id` is 0 for one that is not recorded yet.
    """

    organization_id: str
    kind: str
    currency: str
    minor_digits: int
    amount_minor: int
    account_minor: int
    occurred_at: datetime
    client_reference: str | None = None
    because: str = ""
    reverses: int | None = None
    act_id: int = 0

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return major(self.amount_minor, self.minor_digits)


@dataclass(frozen=True)
class Settlement:
    """What one act settled of an invoice; below zero what it took back."""

    act_id: int
    number: str
    source: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class Receivable:
    """An invoice that somebody has to pay, and what became of it; amounts in minor units.

    `due_minor` is what was asked for when it was issued, of a `total_minor` that credits may have
    paid in part; `credited_minor` is what notes took off it, `given_up_minor` what was written off.
    """

    number: str
    organization_id: str
    seller_id: str
    currency: str
    minor_digits: int
    zone: str
    issue_date: date
    due_date: date
    total_minor: int
    due_minor: int
    credited_minor: int = 0
    paid_minor: int = 0
    given_up_minor: int = 0

    @property
    def owed_minor(self) -> int:
        """What notes left of it; never below zero."""
        return max(0, self.due_minor - self.credited_minor)

    @property
    def open_minor(self) -> int:
        """What nobody paid, gave back or wrote off yet."""
        return max(0, self.owed_minor - self.paid_minor - self.given_up_minor)

    @property
    def written_off_minor(self) -> int:
        """What was written off and is not paid or given back all the same."""
        return min(self.given_up_minor, self.owed_minor - min(self.owed_minor, self.paid_minor))

    @property
    def excess_minor(self) -> int:
        """What was paid of it beyond what notes left to pay: it is the customer's."""
        return max(0, self.paid_minor - self.owed_minor)

    def amount(self, name: str) -> Decimal:
        """One amount in major units: `due`, `open`, `paid`, ..."""
        return major(getattr(self, f"{name}_minor"), self.minor_digits)


def record_act(connection: Connection, act: ReceivableAct, recorded_at: datetime) -> int:
    """Record an act and return its id. The database refuses to overdraw the account."""
    row = {name: value for name, value in asdict(act).items() if name != "act_id"}
    result = connection.execute(insert(receivable_act).values(**row, recorded_at=recorded_at))
    (act_id,) = result.inserted_primary_key or (0,)
    return int(act_id)


def record_settlements(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Settle invoices. The database refuses more than is open, and more than is on account."""
    for each in settlements:
        connection.execute(insert(settlement).values(**asdict(each)))


def acts(
    connection: Connection, organization_id: str | None = None, client_reference: str | None = None
) -> list[ReceivableAct]:
    """Every act, or one organization's, or those of a reference, in the order of recording."""
    table = receivable_act
    only = is_one(table.c.organization_id, organization_id)
    only &= is_one(table.c.client_reference, client_reference)
    columns = [column for column in table.c if column.name != "recorded_at"]
    rows = connection.execute(select(*columns).where(only).order_by(table.c.act_id)).all()
    return [ReceivableAct(**row._asdict()) for row in rows]


def reversal_of(connection: Connection, act: ReceivableAct) -> int | None:
    """Return the id of the act that took this one back; None while none did."""
    query = select(receivable_act.c.act_id).where(receivable_act.c.reverses == act.act_id)
    return connection.execute(query).scalar_one_or_none()


def settlements(
    connection: Connection, organization_id: str | None = None, number: str | None = None
) -> list[Settlement]:
    """What acts settled, of one organization or invoice or of all, oldest first."""
    is_meant = is_one(receivable_act.c.organization_id, organization_id)
    rows = connection.execute(
        select(*settlement.c)
        .join(receivable_act)
        .where(is_meant, is_one(settlement.c.number, number))
        .order_by(settlement.c.act_id, ByBytes(settlement.c.number), ByBytes(settlement.c.source))
    )
    return [Settlement(**row._asdict()) for row in rows]


def receivables(
    connection: Connection, organization_id: str | None = None, number: str | None = None
) -> list[Receivable]:
    """Every invoice that asked for money, one organization's or one, the first due first."""
    of_customer = is_one(document.c.organization_id, organization_id)
    is_meant = of_customer & is_one(document.c.number, number)
    credited = (
        select(document.c.corrects_number.label("number"), func.sum(document.c.total_minor))
        .where(document.c.kind == "credit_note", of_customer)
        .group_by(document.c.corrects_number)
    )
    settled = {
        source: select(settlement.c.number, func.sum(settlement.c.amount_minor))
        .join(document, settlement.c.number == document.c.number)
        .where(settlement.c.source == source, is_meant)
        .group_by(settlement.c.number)
        for source in (MONEY, WRITTEN_OFF)
    }
    sums = [
        {row[0]: int(row[1]) for row in connection.execute(query)}
        for query in (credited, settled[MONEY], settled[WRITTEN_OFF])
    ]
    rows = connection.execute(
        select(document)
        .where(
            is_meant,
            document.c.kind == "invoice",
            document.c.payment_mode != "prepaid",
            document.c.amount_due_minor > 0,
        )
        .order_by(document.c.due_date, ByBytes(document.c.number))
    )
    return [
        Receivable(
            row.number,
            row.organization_id,
            row.seller_id,
            row.currency,
            row.minor_digits,
            row.zone,
            row.issue_date,
            row.due_date,
            row.total_minor,
            row.amount_due_minor,
            *(own.get(row.number, 0) for own in sums),
        )
        for row in rows
    ]


def is_one(column: Column[str], value: str | None) -> ColumnElement[bool]:
    """The condition that a column has a value, or none at all."""
    return true() if value is None else column == value
