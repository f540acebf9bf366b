"""What is compared: the same amount on both sides, and the rows of a comparison.

Here: frozen results and what they come to. Keep out: reading either side (`differences`).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Pair:
    """The same amount before and under the other catalog."""

    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much it grows."""
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the old amount, to two digits; None of nothing."""
        if not self.old:
            return None
        return (self.difference * 100 / abs(self.old)).quantize(HUNDREDTH, ROUND_HALF_UP)

    @property
    def plain(self) -> dict[str, Decimal | None]:
        """For JSON."""
        return {
            "old": self.old,
            "new": self.new,
            "difference": self.difference,
            "percent": self.percent,
        }


@dataclass(frozen=True)
class Row:
    """One document, model or line with its amounts by name, the first being the main one."""

    key: dict[str, Any]
    amounts: dict[str, Pair]

    @property
    def main(self) -> Pair:
        """The amount it is compared by."""
        return next(iter(self.amounts.values()))


@dataclass(frozen=True)
class Differences:
    """All rows of both sides, equal ones too, in order of their keys.

    A document is compared by its net amount before tax, a model by its exact net amount, a line
    by its exact amount before discounts. What changes currency is one row for each.
    """

    documents: tuple[Row, ...]
    models: tuple[Row, ...]
    lines: tuple[Row, ...]
    unpriced: tuple[dict[str, Any], ...]

    @property
    def totals(self) -> dict[str, Pair]:
        """Net amounts of all documents by currency."""
        totals: dict[str, Pair] = {}
        for row in self.documents:
            before = totals.get(row.key["currency"], Pair(Decimal(0), Decimal(0)))
            totals[row.key["currency"]] = Pair(before.old + row.main.old, before.new + row.main.new)
        return totals
