"""The audit's own rounding and spreading, in whole units and fractions.

Here: rounding half away from zero and the largest remainder, written a second time on
purpose. Add a rule when `money.md` gains one. Keep out: any code shared with the engine that
is audited.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

import iso4217

EXACT = 10**12
CONTEXT = Context(prec=80)


def digits_of(currency: str) -> int:
    """Return the digits of the currency's minor unit by ISO 4217. Raises ValueError if unknown."""
    exponent: int | None = iso4217.Currency(currency).exponent
    return exponent or 0


def half_away(amount: Fraction | Decimal | int) -> int:
    """Round to the nearest whole number; a half goes away from zero."""
    numerator, denominator = amount.as_integer_ratio()
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def exact_product(amount: Decimal, factor: Decimal | int, digits: int = 12) -> Decimal:
    """Multiply `amount` by `factor`, rounded half away from zero to so many decimals."""
    product = CONTEXT.multiply(amount, Decimal(factor))
    return CONTEXT.scaleb(Decimal(half_away(CONTEXT.scaleb(product, digits))), -digits)


def to_minor(amount: Decimal, digits: int) -> int:
    """Express an exact amount in minor units of `digits` decimals, half away from zero."""
    return half_away(CONTEXT.scaleb(amount, digits))


def from_minor(units: int, digits: int) -> Decimal:
    """Express minor units as a decimal amount with `digits` decimals."""
    return CONTEXT.scaleb(Decimal(units), -digits)


def spread(total: int, parts: Sequence[Fraction]) -> list[int]:
    """Spread `total` whole units over `parts` by largest remainder.

    A part gets its floor; the units that are missing go to the largest remainders, of equal
    ones to the larger part, then to the earlier one. Raises ArithmeticError when the total is
    not within one unit per part of the sum of the parts.
    """
    floors = [part.numerator // part.denominator for part in parts]
    missing = total - sum(floors)
    if not 0 <= missing <= len(parts):
        raise ArithmeticError(f"{total} units do not spread over {len(parts)} parts")
    ranked = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], -parts[i], i))
    for index in ranked[:missing]:
        floors[index] += 1
    return floors
