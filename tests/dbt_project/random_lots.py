"""Random prepaid accounts, and what becomes of their lots by hand: one quarter hour at a time.

Here: making accounts and walking them with plain loops. Keep out: the models (`test_random_lots`).
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

START = datetime(2026, 10, 1, tzinfo=UTC).replace(tzinfo=None)
QUARTER = timedelta(minutes=15)
QUARTERS = 4 * 24 * 3
"""All that happens lies in the first three days; nothing after them changes a lot."""
CENT = Decimal("0.01")


@dataclass
class Lot:
    lot_id: str
    kind: str
    at: datetime
    ends: datetime | None
    amount: Decimal
    is_opening: bool
    left: Decimal = Decimal(0)
    taken: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def take(self, kind: str, amount: Decimal) -> None:
        self.left -= amount
        self.taken[kind] += amount


@dataclass
class Taking:
    movement_id: str
    kind: str
    at: datetime
    amount: Decimal


@dataclass
class Account:
    organization_id: str
    lots: list[Lot]
    takings: list[Taking]
    usage: dict[datetime, Decimal]
    open_amount: Decimal
    more_units: int
    """By how much the statement rounds otherwise than the sum of the usage."""

    @property
    def consumed(self) -> Decimal:
        whole = sum(self.usage.values(), Decimal(0))
        return whole.quantize(CENT, "ROUND_HALF_UP") + self.more_units * CENT


def random_account(chance: random.Random, number: int) -> Account:
    """Few quarter hours and small amounts, so that things meet."""

    def instant() -> datetime:
        exact = chance.random() < 0.3
        seconds = 0 if exact else chance.randrange(900)
        return START + chance.randrange(QUARTERS) * QUARTER + timedelta(seconds=seconds)

    lots = []
    for place in range(chance.randrange(6)):
        is_opening = chance.random() < 0.4
        at = START - timedelta(days=chance.randrange(1, 40)) if is_opening else instant()
        ends = None if chance.random() < 0.4 else at + timedelta(minutes=chance.randrange(1, 4000))
        if is_opening and ends is not None and chance.random() < 0.7:
            ends = instant() + timedelta(seconds=1)
        kind = chance.choice(("promotional", "purchased"))
        amount = Decimal(chance.randrange(1, 2000)) * CENT
        lots.append(Lot(f"lot_{number}_{place}", kind, at, ends, amount, is_opening))
    takings = [
        Taking(f"move_{number}_{place}", kind, instant(), sign * chance.randrange(1, 900) * CENT)
        for place in range(chance.randrange(4))
        for kind, sign in [
            chance.choice(
                (("refund", -1), ("transfer_out", -1), ("write_off", -1), ("write_off", 1))
            )
        ]
    ]
    usage = {
        START + chance.randrange(QUARTERS) * QUARTER: Decimal(chance.randrange(1, 10**13)).scaleb(
            -12
        )
        for _ in range(chance.randrange(8))
    }
    owed = chance.choice((Decimal(0), Decimal(0), Decimal("-1.23"), Decimal("0.75")))
    return Account(f"org_{number}", lots, takings, usage, owed, chance.choice((0, 0, 1, -1)))


def walked(account: Account) -> tuple[list[Lot], dict[str, Decimal]]:
    """Return the lots in draw order, and what no lot gave by kind."""
    hand = _Hand(account)
    for place in range(QUARTERS + 4000 // 15 + 2):
        hand.live_through(START + place * QUARTER)
    return hand.order, hand.opened


class _Hand:
    """An account in the course of time."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.balance = account.open_amount
        self.opened: dict[str, Decimal] = defaultdict(Decimal)
        self.order = sorted(
            account.lots,
            key=lambda lot: (
                lot.kind == "purchased",
                lot.ends is None,
                lot.ends or START,
                lot.at,
                lot.lot_id,
            ),
        )
        self.there = {lot.lot_id for lot in account.lots if lot.is_opening}
        for lot in self.order:
            lot.left = lot.amount if lot.is_opening else Decimal(0)
            lot.taken.clear()
            if lot.is_opening and lot.ends is not None and lot.ends <= START:
                lot.take("expiry", lot.left)

    def live_through(self, begins: datetime) -> None:
        """Credits first, then usage, then what people took, then ends."""
        over = begins + QUARTER
        own = sorted(
            (each for each in self.account.takings if begins <= each.at < over),
            key=lambda each: (each.at, each.movement_id),
        )
        for lot in self.order:
            if not lot.is_opening and begins <= lot.at < over:
                lot.left = lot.amount
                self.there.add(lot.lot_id)
        for forgiven in own:
            if forgiven.amount > 0:
                self._owe("write_off", -forgiven.amount)
        used = self.account.usage.get(begins, Decimal(0))
        self._owe("usage", used - self._draw("usage", used - self.balance, CENT**6))
        for taking in own:
            if taking.amount < 0:
                given = self._draw(taking.kind, -taking.amount, CENT)
                self._owe(taking.kind, -taking.amount - given)
        for lot in self.order:
            if lot.lot_id in self.there and lot.ends and begins < lot.ends <= over:
                lot.take("expiry", lot.left)

    def _owe(self, kind: str, amount: Decimal) -> None:
        self.opened[kind] += amount
        self.balance -= amount

    def _draw(self, kind: str, wanted: Decimal, unit: Decimal) -> Decimal:
        """Take whole units from one lot after the other; returns what they gave."""
        drawn = Decimal(0)
        for lot in self.order:
            is_asked = lot.kind == "purchased" or kind in {"usage", "write_off"}
            if lot.lot_id in self.there and is_asked:
                there = lot.left.quantize(unit, "ROUND_DOWN")
                given = max(min(there, wanted - drawn), Decimal(0))
                lot.take(kind, given)
                drawn += given
        return drawn
