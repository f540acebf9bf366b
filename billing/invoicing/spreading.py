"""Spreading a rounded total over rows of a report.

Here: largest remainder over whole units, for totals that were rounded elsewhere and so may
differ from the sum of the exact parts. Keep out: documents; their amounts come rounded.
"""

from collections.abc import Sequence
from decimal import Decimal

from billing.money import EXACT_DIGITS


def spread(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Split `total` in proportion to `weights` into amounts of `digits` decimals.

    The parts add up to `total`. Units left over go to the largest remainders, ties to the
    larger weight, then to the earlier part; without any weight the first part takes all.
    """
    if not weights:
        return []
    shares = [int(weight.scaleb(EXACT_DIGITS)) for weight in weights]
    whole = sum(shares)
    if whole <= 0:
        shares, whole = [1] + [0] * (len(weights) - 1), 1
    minor = int(total.scaleb(digits))
    parts = [divmod(minor * share, whole) for share in shares]
    units = [unit for unit, _ in parts]
    order = sorted(range(len(parts)), key=lambda i: (-parts[i][1], -shares[i], i))
    for index in order[: minor - sum(units)]:
        units[index] += 1
    return [Decimal(unit).scaleb(-digits) for unit in units]
