"""Random prepaid accounts, and what becomes of their lots by hand: one quarter hour at a time.

Here: making accounts and walking them with plain loops. Keep out: the models (`test_random_lots`).
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

START = datetime(2026, 10, 1)
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
        START + chance.randrange(QUARTERS) * QUARTER: Decimal(chance.randrange(1, 10**13)).scaleb(-12)
        for _ in range(chance.randrange(8))
    }
    owed = chance.choice((Decimal(0), Decimal(0), Decimal("-1.23"), Decimal("0.75")))
    return Account(f"org_{number}", lots, takings, usage, owed, chance.choice((0, 0, 1, -1)))


def walked(account: Account) -> tuple[list[Lot], dict[str, Decimal], Decimal]:
    """Return lots in draw order, what no lot gave by kind, and what is open in the end."""
    order = sorted(
        account.lots,
        key=lambda lot: (
            lot.kind == "purchased",
            lot.ends is None,
            lot.ends or START,
            lot.at,
            lot.lot_id,
        ),
    )
    opened: dict[str, Decimal] = defaultdict(Decimal)
    there: set[str] = set()
    for lot in order:
        if lot.is_opening:
            lot.left = lot.amount
            there.add(lot.lot_id)
            if lot.ends is not None and lot.ends <= START:
                lot.take("expiry", lot.left)
    balance = account.open_amount
    for place in range(QUARTERS + 4000 // 15 + 2):
        begins = START + place * QUARTER
        over = begins + QUARTER
        for lot in order:
            if not lot.is_opening and begins <= lot.at < over:
                lot.left = lot.amount
                there.add(lot.lot_id)
        own = sorted(
            (each for each in account.takings if begins <= each.at < over),
            key=lambda each: (each.at, each.movement_id),
        )
        for forgiven in own:
            if forgiven.amount > 0:
                balance += forgiven.amount
                opened["write_off"] -= forgiven.amount
        wanted = account.usage.get(begins, Decimal(0)) - balance
        asked = account.usage.get(begins, Decimal(0))
        for lot in order:
            if lot.lot_id in there:
                drawn = max(min(lot.left, wanted), Decimal(0))
                lot.take("usage", drawn)
                wanted -= drawn
                asked -= drawn
        opened["usage"] += asked
        balance -= asked
        for taking in own:
            if taking.amount < 0:
                rest = -taking.amount
                for lot in order:
                    if lot.lot_id in there and (
                        taking.kind == "write_off" or lot.kind == "purchased"
                    ):
                        given = min(lot.left.quantize(CENT, "ROUND_DOWN"), rest)
                        lot.take(taking.kind, given)
                        rest -= given
                opened[taking.kind] += rest
                balance -= rest
        for lot in order:
            if lot.lot_id in there and lot.ends is not None and begins < lot.ends <= over:
                lot.take("expiry", lot.left)
    return order, opened, balance
