"""What all random rows are made of: where they are kept, amounts, prices, days and instants.

Here: draws that more than one kind of row needs; they fall on halves, on thresholds and on
nothing more often than chance would have it. Keep out: what the rows say together.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.scenarios.cases import Row

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
MONTH_STARTS = datetime(2026, 10, 1, tzinfo=UTC)
MONTH_DAYS = 31
ALWAYS = "2025-01-01"
DAYS = ((ALWAYS, ""), (ALWAYS, ""), (ALWAYS, "2026-10-21"), ("2026-10-11", ""))
"""From a day to before another: mostly all of the month."""


@dataclass
class Gateway:
    """Rows of the catalog by file, and the requests of the month."""

    catalog: dict[str, list[Row]] = field(default_factory=dict)
    requests: list[Row] = field(default_factory=list)

    def add(self, file: str, **row: str) -> None:
        self.catalog.setdefault(file, []).append(row)


def a_day_span(draw: Random) -> Row:
    """Draw local days in which a term holds."""
    first, last = draw.choice(DAYS)
    return {"valid_from_date": first, "valid_to_date": last}


def a_quarter_hour(draw: Random) -> str:
    """Draw an instant of the month at which a list price may change."""
    at = MONTH_STARTS + timedelta(minutes=15 * draw.randrange(4 * 24 * MONTH_DAYS))
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def an_amount(draw: Random, currency: str) -> str:
    """Draw an amount above zero in whole minor units: a few of them, or many."""
    units = draw.choice((1, draw.randint(1, 1_000), draw.randint(1, 10**7)))
    return format(Decimal(units).scaleb(-DIGITS[currency]), "f")


def a_price(draw: Random) -> str:
    """Draw a price with up to twelve decimals, now and then nothing."""
    return format(
        Decimal(draw.choice((0, 1, 5, 125, 999_999, draw.randint(1, 10**7)))).scaleb(
            -draw.choice((6, 7, 9, 12))
        ),
        "f",
    )
