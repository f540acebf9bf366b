"""Fractions written as percentages.

Here: one exact conversion for explanations. Keep out: rounding.
"""

from decimal import Decimal

from billing.audit.plain_rows import plain_decimal


def percent(fraction: str) -> str:
    """Write a fraction like 0.125 as '12.5 %'."""
    return f"{plain_decimal(Decimal(fraction).scaleb(2))} %"
