"""The second engine: a month computed again and compared to the last digit.

Here: the order of the recomputation, from the rollup and the catalog files to findings. Add
here when another stage decides money. Keep out: any import of `billing.money`,
`billing.catalog` or `billing.invoicing`; storing findings.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from billing.audit import audited_tables as audited
from billing.audit.catalog_files import read_catalog_files
from billing.audit.compare import differences
from billing.audit.expected import Expected, expect_charges
from billing.audit.findings import Finding
from billing.audit.price_book import ExchangeBook, PriceBook
from billing.audit.pricing import Gap, Pricer
from billing.audit.rating import Rated, rate
from billing.audit.statements import Statements
from billing.audit.terms import Terms, slices_of, terms_of
from billing.audit.usage import Usage, read_usage
from billing.audit.usage_keys import check_usage_keys
from billing.audit.windows import Window, windows_of
from billing.errors import MeterbookError
from billing.periods import BillingMonth

AUDITED_TABLES = (
    audited.CHARGES,
    audited.STEPS,
    audited.COST_BY_MODEL,
    audited.COST_BY_PROJECT,
    audited.LINES,
    audited.DISCOUNTS,
    audited.TAXES,
    audited.INVOICES,
    audited.PREPAID,
)


def audit_month(
    connection: duckdb.DuckDBPyConnection, catalog_folder: Path, month: BillingMonth
) -> list[Finding]:
    """Recompute a month from the rollup and the catalog files and return every difference.

    Each finding blocks its organization. Raises MeterbookError when a catalog file cannot be
    read at all.
    """
    files = read_catalog_files(catalog_folder)
    terms = terms_of(files)
    first_day = month.first_day
    book = PriceBook(files.prices)
    exchange = ExchangeBook(files)
    zones = {key: own.profile.zone for key, own in terms.items()}
    windows = windows_of(connection, zones, first_day)
    usage = _usage(connection, terms, windows, book)
    statements = Statements(files, first_day, _openings(connection, first_day))
    expected = Expected()
    findings: list[Finding] = []
    for organization_id in sorted(terms):
        own = terms[organization_id]
        rated = rate(usage.pop(organization_id, ()), own, Pricer(own, book, exchange))
        findings += _gaps(organization_id, first_day, rated)
        expect_charges(expected, own.profile, rated.charges)
        findings += _documents(statements, expected, own, rated)
    if windows:
        findings += check_usage_keys(connection, files, terms, windows, first_day)
    for table in AUDITED_TABLES:
        actual = table.read(connection, first_day)
        findings += differences(table, first_day, expected.of(table), actual)
    return sorted(findings)


def _usage(
    connection: duckdb.DuckDBPyConnection,
    terms: Mapping[str, Terms],
    windows: list[Window],
    book: PriceBook,
) -> dict[str, list[Usage]]:
    slices = [
        slice_
        for window in windows
        for slice_ in slices_of(window, terms[window.organization_id].instants(), book.instants)
    ]
    return read_usage(connection, slices)


def _openings(connection: duckdb.DuckDBPyConnection, month: date) -> dict[str, Decimal]:
    query = """
        select organization_id, opening_amount from books.opening_balance
        where billing_month = ?
    """
    return dict(connection.execute(query, [month]).fetchall())


def _documents(
    statements: Statements, expected: Expected, terms: Terms, rated: Rated
) -> Iterator[Finding]:
    try:
        statements.expect(expected, terms, rated.charges)
    except MeterbookError as error:
        organization_id = terms.profile.organization_id
        yield Finding(
            organization_id,
            statements.month,
            "tax",
            terms.profile.tax_treatment_id,
            "one tax rate",
            str(error),
            f"{organization_id}: {error}",
        )


def _gaps(organization_id: str, month: date, rated: Rated) -> Iterator[Finding]:
    for gap, quantity in rated.gaps.items():
        yield Finding(
            organization_id,
            month,
            "unpriced_usage",
            f"{gap.wanted.model_id}, {gap.wanted.meter}, tier {gap.wanted.service_tier}",
            "one price row",
            f"{gap.problem} for {quantity}",
            _gap_message(organization_id, gap, quantity),
        )


def _gap_message(organization_id: str, gap: Gap, quantity: int) -> str:
    wanted = gap.wanted
    place = f"model {wanted.model_id}, meter {wanted.meter}, tier {wanted.service_tier}"
    if wanted.context_band:
        place += f", input above {wanted.context_band} tokens"
    if wanted.region:
        place += f", region {wanted.region}"
    detail = f" ({gap.detail})" if gap.detail else ""
    return f"{organization_id}: {quantity} billable units of {place}: {gap.problem}{detail}"
