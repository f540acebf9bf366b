"""The lots of a prepaid balance, drawn on a second time: in decimals, instant by instant.

Here: the order in which usage, people and time take from lots, and their rounding to minor units.
Keep out: any code shared with the models that are audited, and what is compared (`prepaid`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from billing.audit.rounding import CONTEXT, from_minor, half_away

ZERO = Decimal(0)
QUARTER = timedelta(minutes=15)
OPEN = "open"
"""The kind of the row that holds what no lot does."""
TAKES = {"refund": "refunded", "transfer_out": "transferred", "write_off": "written_off"}


def quarter_of(instant: datetime) -> datetime:
    """Return the quarter hour an instant lies in."""
    over = timedelta(
        minutes=instant.minute % 15, seconds=instant.second, microseconds=instant.microsecond
    )
    return instant - over


@dataclass(frozen=True, slots=True)
class Taking:
    """What people took from a balance, or wrote off: `amount` below zero takes."""

    movement_id: str
    kind: str
    occurred_at: datetime
    amount: Decimal


@dataclass
class LotAccount:
    """One lot in the course of a month; amounts are exact."""

    lot_id: str
    kind: str
    occurred_at: datetime | None
    expires_at: datetime | None
    opening: Decimal = ZERO
    granted: Decimal = ZERO
    left: Decimal = ZERO
    drawn: Decimal = ZERO
    refunded: Decimal = ZERO
    transferred: Decimal = ZERO
    written_off: Decimal = ZERO
    expired: Decimal = ZERO
    is_gone: bool = False

    def take(self, purpose: str, amount: Decimal) -> None:
        """Take an amount for a purpose; below zero gives."""
        self.left = CONTEXT.subtract(self.left, amount)
        setattr(self, purpose, CONTEXT.add(getattr(self, purpose), amount))

    @property
    def order(self) -> tuple[object, ...]:
        """Promotional first, then the soonest end, then the oldest."""
        ends = (self.expires_at is None, self.expires_at or self.occurred_at)
        return (self.kind != "promotional", *ends, self.occurred_at, self.lot_id)


@dataclass
class Walk:
    """A month of one balance. `open_row` is what no lot holds; `usage` is by quarter hour."""

    starts_at: datetime
    ends_at: datetime
    lots: list[LotAccount]
    open_row: LotAccount
    takings: Sequence[Taking]
    usage: Sequence[tuple[datetime, Decimal]]
    digits: int
    arrived: list[LotAccount] = field(default_factory=list)

    def run(self) -> list[LotAccount]:
        """Let the month pass; returns the lots in draw order and the open row last."""
        self.lots.sort(key=lambda lot: lot.order)
        self.arrived = [lot for lot in self.lots if not lot.granted]
        for lot in self.arrived:
            lot.left = lot.opening
        self.open_row.left = self.open_row.opening
        moments = self.moments()
        for place, moment in enumerate(moments):
            self._end_of_quarter_hour(moment)
            if moment < self.ends_at:
                until = moments[place + 1] if place + 1 < len(moments) else self.ends_at
                self._begin_of_quarter_hour(moment)
                self._use(sum((paid for at, paid in self.usage if moment <= at < until), ZERO))
        return [*self.lots, self.open_row]

    def moments(self) -> list[datetime]:
        """Return when something happens to lots other than usage, and the beginning."""
        found = {self.starts_at}
        found.update(
            quarter_of(lot.occurred_at) for lot in self.lots if lot.granted and lot.occurred_at
        )
        found.update(gone for lot in self.lots if (gone := self._gone_at(lot)))
        found.update(self._takes_effect(each) for each in self.takings)
        return sorted(found)

    def _takes_effect(self, taking: Taking) -> datetime:
        quarter = quarter_of(taking.occurred_at)
        return quarter if taking.amount > 0 else quarter + QUARTER

    def _gone_at(self, lot: LotAccount) -> datetime | None:
        """Return the end of the quarter hour in which a lot ends, if that is in the month."""
        if lot.expires_at is None or lot.expires_at > self.ends_at:
            return None
        if lot.expires_at <= self.starts_at:
            return self.starts_at
        last = quarter_of(lot.expires_at - timedelta(microseconds=1))
        return last + QUARTER

    def _end_of_quarter_hour(self, moment: datetime) -> None:
        done = [
            each for each in self.takings if each.amount < 0 and self._takes_effect(each) == moment
        ]
        for taking in sorted(done, key=lambda each: (each.occurred_at, each.movement_id)):
            lots = [lot for lot in self.arrived if not lot.is_gone]
            if taking.kind != "write_off":
                lots = [lot for lot in lots if lot.kind == "purchased"]
            self._draw(lots, -taking.amount, TAKES[taking.kind], whole=True)
        for lot in self.lots:
            if self._gone_at(lot) == moment:
                lot.is_gone = True
                lot.take("expired", lot.left)

    def _begin_of_quarter_hour(self, moment: datetime) -> None:
        for taking in self.takings:
            if taking.amount > 0 and self._takes_effect(taking) == moment:
                self.open_row.take("written_off", -taking.amount)
        for lot in self.lots:
            if lot.granted and lot.occurred_at and quarter_of(lot.occurred_at) == moment:
                lot.left = lot.granted
                self.arrived.append(lot)
        self.arrived.sort(key=lambda lot: lot.order)

    def _use(self, amount: Decimal) -> None:
        """Use up what was given back first; what was overdrawn is drawn from lots with the rest."""
        lots = [lot for lot in self.arrived if not lot.is_gone]
        before = self.open_row.left
        wanted = CONTEXT.subtract(amount, before)
        rest = self._waterfall(lots, wanted, "drawn", whole=False)
        self.open_row.take("drawn", CONTEXT.subtract(amount, CONTEXT.subtract(wanted, rest)))

    def _draw(
        self, lots: Iterable[LotAccount], wanted: Decimal, purpose: str, *, whole: bool
    ) -> None:
        self.open_row.take(purpose, self._waterfall(lots, wanted, purpose, whole=whole))

    def _waterfall(
        self, lots: Iterable[LotAccount], wanted: Decimal, purpose: str, *, whole: bool
    ) -> Decimal:
        """Take from one lot after the other, of `whole` minor units only; returns what is missing."""
        for lot in lots:
            there = _whole(lot.left, self.digits) if whole else lot.left
            given = max(min(there, wanted), ZERO)
            lot.take(purpose, given)
            wanted = CONTEXT.subtract(wanted, given)
        return wanted


def _whole(amount: Decimal, digits: int) -> Decimal:
    return from_minor(int(CONTEXT.scaleb(amount, digits)), digits)


def rounded_draws(rows: Sequence[LotAccount], consumed: Decimal, digits: int) -> Iterator[Decimal]:
    """Yield what usage drew from each row in minor units; together they are `consumed`.

    Draws are rounded as they add up. What the statement rounds otherwise goes to the lot with the
    most left of those that were drawn on and did not end, where it has room; else to the open row.
    """
    so_far, before, units = ZERO, 0, []
    for row in rows:
        so_far = CONTEXT.add(so_far, row.drawn)
        after = half_away(CONTEXT.scaleb(so_far, digits))
        units.append(after - before)
        before = after
    more = int(CONTEXT.scaleb(consumed, digits)) - before
    units[_bears_rounding(rows, units, more, digits)] += more
    yield from (from_minor(unit, digits) for unit in units)


def _bears_rounding(
    rows: Sequence[LotAccount], units: Sequence[int], more: int, digits: int
) -> int:
    able = [
        place
        for place, row in enumerate(rows)
        if row.kind != OPEN and row.drawn and not row.is_gone
    ]
    if able:
        fullest = max(able, key=lambda place: (rows[place].left, -place))
        row = rows[fullest]
        there = row.opening + row.granted - row.refunded - row.transferred - row.written_off
        if 0 <= units[fullest] + more <= int(CONTEXT.scaleb(there, digits)):
            return fullest
    return len(rows) - 1
