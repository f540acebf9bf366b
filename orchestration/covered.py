"""Which months the catalog has to cover while a month is built.

Here: looking for the earliest month whose usage can still be billed, so that closing a month costs
the same after many months as after one, and loading just that. Add here what reaches back into
earlier months. Keep out: what is loaded (`billing.catalog`) and routing late usage
(`billing.invoicing.watermarks`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.books import Books
from billing.catalog import load_catalog
from billing.catalog.files import FILES
from billing.catalog.files.amendments import MONTH
from billing.catalog.reading import read_text
from billing.periods import BillingMonth
from orchestration.forms import known_forms

_ALL_USAGE = "select min(completed_at), max(completed_at) from raw.accepted_event"
_FATES = ("accepted_event", "duplicate_event", "quarantined_event", "quarantine_release")
_EARLIEST = " union all ".join(
    f"select min({instant}) from raw.{table} where ingest_sequence > $after"
    for instant, table in (("file_month", "ingest_file"), *(("completed_at", t) for t in _FATES))
)


@dataclass(frozen=True)
class CoveredMonths:
    """From `first` to `last` whatever cuts and prices usage, from `rates_from` what taxes and converts.

    A document that corrects an older one has that one's exchange rate and tax.
    """

    first: BillingMonth
    last: BillingMonth
    rates_from: BillingMonth


def load_covered(
    connection: duckdb.DuckDBPyConnection, books: Books, catalog: Path, month: BillingMonth
) -> dict[str, int]:
    """Load the catalog with all that building `month` asks of it; rows per table.

    Raises CatalogError with all problems; the schema then keeps what it had.
    """
    covered = covered_months(connection, books, catalog, month)
    return load_catalog(
        connection,
        catalog,
        covered.first,
        covered.last,
        rates_from=covered.rates_from,
        forms=known_forms(),
    )


def covered_months(
    connection: duckdb.DuckDBPyConnection, books: Books, catalog: Path, month: BillingMonth
) -> CoveredMonths:
    """Return which months the catalog covers while `month` is built.

    The first is the earliest that a row of a file reaches which the month before did not count,
    or whose documents an amendment holds against the catalog of today. It may be earlier than it
    has to be and never later: usage of a month that is not covered would have no price.
    """
    row = connection.sql(_ALL_USAGE).fetchall()[0]
    used = [BillingMonth.of(instant) for instant in row if instant is not None]
    finalized = books.finalized()
    reached = [month, *_late(connection, finalized, month), *_amended(books, catalog, month)]
    closed = [each for _, each in finalized]
    return CoveredMonths(
        first=min(reached), last=max([month, *used]), rates_from=min([*reached, *used, *closed])
    )


def _late(
    connection: duckdb.DuckDBPyConnection,
    finalized: Mapping[tuple[str, BillingMonth], int],
    month: BillingMonth,
) -> list[BillingMonth]:
    """The month of the earliest row in files that somebody's month before did not count.

    Only finalized months hand on what came late, each to the next: who did not close the month
    before has nothing late in this one, and neither has a month before the first of an unbroken row.
    """
    before = month.shift(-1)
    marks = [sequence for (_, closed), sequence in finalized.items() if closed == before]
    if not marks:
        return []
    rows = connection.execute(_EARLIEST, {"after": min(marks)}).fetchall()
    found = [BillingMonth.of(at) for (at,) in rows if at is not None]
    closed = {each for _, each in finalized}
    first = before
    while first.shift(-1) in closed:
        first = first.shift(-1)
    return [max(first, min(found))] if found else []


def _amended(books: Books, catalog: Path, month: BillingMonth) -> list[BillingMonth]:
    """The finalized months of amendments that no other month carried out."""
    rows, _ = read_text(catalog, FILES["amendments"])
    if rows is None:
        return []
    done, finalized = books.carried_out(), books.finalized()
    named = rows.select("amendment_id", "organization_id", "service_month").rows()
    return [
        BillingMonth.parse(served)
        for name, organization, served in named
        if done.get(name, month) == month
        and re.fullmatch(MONTH, served)
        and (organization, BillingMonth.parse(served)) in finalized
    ]
