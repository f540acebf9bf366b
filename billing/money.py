"""Rounding and spreading of money outside the warehouse.

Here: the one rounding law in Python `Decimal`. Add here what every stage needs of money.
Keep out: floats, prices and taxes. The audit has its own implementation on purpose and never
imports this module.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

import iso4217

EXACT_DIGITS = 12


def minor_digits(currency: str) -> int:
    """Digits of the currency's minor unit by ISO 4217. Raises ValueError if unknown."""
    digits: int | None = iso4217.Currency(currency).exponent
    return digits or 0


def round_half_up(amount: Decimal, digits: int) -> Decimal:
    """Round half away from zero to `digits` decimals; exact for up to 76 digits."""
    with localcontext() as context:
        context.prec = 76
        return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def largest_remainder(total: Decimal, exact: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Spread the rounded `total` over parts whose exact amounts are `exact`.

    Each part gets its amount rounded down; the units still missing go to the largest
    remainders (x - floor(x), also below zero), ties to the larger amount, then to the earlier
    part. The result adds up to `total`. Raises ValueError when `total` is further from the
    sum of parts than one unit per part.
    """
    unit = Decimal(1).scaleb(-digits)
    floors = [amount.quantize(unit, rounding=ROUND_FLOOR) for amount in exact]
    missing = int((total - sum(floors, Decimal(0))) / unit)
    if not 0 <= missing <= len(exact):
        raise ValueError(f"{total} cannot be spread over {len(exact)} parts of {sum(exact)}")
    order = sorted(range(len(exact)), key=lambda i: (-(exact[i] - floors[i]), -exact[i], i))
    for index in order[:missing]:
        floors[index] += unit
    return floors
