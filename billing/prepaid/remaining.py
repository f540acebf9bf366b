"""What is left of a balance, as far as is known at an instant.

Here: lots as closed months left them, what people did since, and usage as far as a month was
drafted or closed. Keep out: what a statement shows, which is the warehouse's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlalchemy import Connection, func, select

from billing.audit.lots import OPEN, QUARTER, LotAccount, Taking, Walk, quarter_of
from billing.books.balances import closing_balances, consumed_before, posted_acts
from billing.books.documents import major
from billing.books.ledger import PUTS_IN, transfers
from billing.books.ledger_tables import lot_entry
from billing.books.lots import Lot, lots_before, organizations_with_lots, replayed
from billing.books.tables import month_close
from billing.money import minor_digits
from billing.periods import BillingMonth
from billing.subscriptions import Customer, CustomerFiles

ENTRY_OF = {
    "refund": "refund",
    "transfer": "transfer_out",
    "overdraft": "write_off",
    "rest": "write_off",
}
NO_END = BillingMonth(9999, 1)

Usage = Sequence[tuple[date, datetime, Decimal]]
"""What usage took by billing month and quarter hour, as far as any was built: of months that are
not closed at least."""


@dataclass(frozen=True)
class Remaining:
    """What is left in whole minor units; `overdraft` is what was used beyond it."""

    purchased: Decimal
    promotional: Decimal
    overdraft: Decimal
    given_back: Decimal

    @property
    def rest(self) -> Decimal:
        """All there is."""
        return self.purchased + self.promotional + self.given_back


def remaining(
    connection: Connection,
    files: CustomerFiles,
    customer: Customer,
    at: datetime,
    used: Usage,
) -> Remaining:
    """Work out what one organization has left at an instant, within the transaction of an act."""
    who = customer.organization_id
    closed: BillingMonth | None = connection.execute(
        select(func.max(month_close.c.billing_month)).where(month_close.c.organization_id == who)
    ).scalar_one()
    posted = set(posted_acts(connection))
    acts = [row for row in _acts(connection, files, who) if (row[0], row[1]) not in posted]
    begins = (
        [at, *(row[2] for row in acts)] if closed is None else [closed.bounds(customer.zone)[1]]
    )
    start = quarter_of(min(begins))
    digits = minor_digits(customer.currency)
    posted_lots, open_amount = _posted_lots(connection, files, customer)
    lots = [
        LotAccount(lot.lot_id, lot.kind, lot.occurred_at, lot.expires_at, lot.left)
        for lot in posted_lots
    ]
    takings = []
    for kind, act_id, occurred_at, amount, lot_kind, expires_at in acts:
        if lot_kind:
            lot = LotAccount(act_id, lot_kind, occurred_at, expires_at)
            if occurred_at < start:
                lot.opening = amount
            else:
                lot.granted = amount
            lots.append(lot)
        else:
            takings.append(Taking(act_id, kind, max(occurred_at, start), amount))
    open_row = LotAccount("", OPEN, None, None, open_amount)
    ends = quarter_of(at) + QUARTER
    usage = [
        (max(when, start), amount)
        for month, when, amount in used
        if closed is None or month > closed.first_day
    ]
    walk = Walk(start, ends, lots, open_row, takings, usage, digits)
    return _counted(walk.run(), digits)


def _counted(rows: Sequence[LotAccount], digits: int) -> Remaining:
    unit = Decimal(1).scaleb(-digits)
    left = {kind: Decimal(0) for kind in ("purchased", "promotional", OPEN)}
    for row in rows:
        left[row.kind] += row.left if row.kind == OPEN else row.left.quantize(unit, ROUND_FLOOR)
    open_left = left[OPEN]
    overdraft = max(-open_left, Decimal(0)).quantize(unit, ROUND_CEILING)
    return Remaining(
        max(left["purchased"] - overdraft, Decimal(0)),
        left["promotional"],
        overdraft,
        max(open_left, Decimal(0)).quantize(unit, ROUND_FLOOR),
    )


Acted = tuple[str, str, datetime, Decimal, str, datetime | None]


def _acts(connection: Connection, files: CustomerFiles, who: str) -> Iterator[Acted]:
    """Yield (kind, id, instant, signed amount, kind of lot, end) of files and books."""
    known = transfers(connection)
    in_books = {each.transfer_id for each in known}
    for row in files.rows("top_ups", who):
        if row["top_up_id"] not in in_books:
            at, ends = row["occurred_at"].replace(tzinfo=UTC), _utc(row["expires_at"])
            yield "top_up", row["top_up_id"], at, row["amount"], row["kind"], ends
    for row in files.tables["balance_movements"].to_dicts():
        if row["movement_id"] not in in_books:
            at, ends = row["occurred_at"].replace(tzinfo=UTC), _utc(row["expires_at"])
            sides = (row["organization_id"], row["to_organization_id"])
            yield from _sides(who, row["kind"], row["movement_id"], at, row["amount"], sides, ends)
    for each in known:
        sides = (each.organization_id, each.to_organization_id)
        ends = each.expires_at
        if each.kind in PUTS_IN:
            if each.organization_id == who:
                at = each.occurred_at
                yield "top_up", each.transfer_id, at, each.amount, each.account, ends
        else:
            yield from _sides(
                who, each.kind, each.transfer_id, each.occurred_at, each.amount, sides, ends
            )


def _sides(  # the columns of a movement
    who: str,
    kind: str,
    act_id: str,
    at: datetime,
    amount: Decimal,
    sides: tuple[str, str],
    ends: datetime | None,
) -> Iterator[Acted]:
    if sides[0] == who:
        signed = amount if kind == "overdraft" else -amount
        yield ENTRY_OF[kind], act_id, at, signed, "", None
    if sides[1] == who:
        yield "transfer_in", act_id, at, amount, "purchased", ends


def _posted_lots(
    connection: Connection, files: CustomerFiles, customer: Customer
) -> tuple[list[Lot], Decimal]:
    """The lots that closed months left, and what no lot holds.

    Of months that were closed without lots they are worked out, as the next close will.
    """
    who, digits = customer.organization_id, minor_digits(customer.currency)
    entries = consumed_before(connection, NO_END).get(who)
    if not entries or who in organizations_with_lots(connection, NO_END):
        return lots_before(connection, NO_END, who), _open(connection, who, digits)
    made = {
        act_id: Lot(who, act_id, kind, at, ends, "", customer.currency, 0)
        for _, act_id, at, _, kind, ends in _acts(connection, files, who)
        if kind
    }
    lots = replayed(entries, made)
    balance = closing_balances(connection, NO_END, who)[who]
    return lots, balance - sum((lot.left for lot in lots), Decimal(0))


def _open(connection: Connection, who: str, digits: int) -> Decimal:
    units: int | None = connection.execute(
        select(func.sum(lot_entry.c.amount_minor)).where(
            lot_entry.c.organization_id == who, lot_entry.c.lot_id == ""
        )
    ).scalar_one()
    return major(int(units or 0), digits)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
