"""The second engine: a month computed again and compared to the last digit.

Here: the order of the recomputation, from the rollup and the catalog files to findings. Add
here when another stage decides money. Keep out: any import of `billing.money`,
`billing.catalog` or `billing.invoicing`; storing findings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from billing.audit import audited_balances
from billing.audit import audited_tables as audited
from billing.audit.accounting import AccountBook
from billing.audit.amendments import Amendments, by_document, read_amendments
from billing.audit.books_snapshot import read_snapshot
from billing.audit.catalog_files import read_catalog_files
from billing.audit.compare import differences
from billing.audit.cost_change import Month, expect_change, month_of, months_before
from billing.audit.credits import changed_credits
from billing.audit.exchange import ExchangeBook
from billing.audit.expected import Expected, expect_charges
from billing.audit.findings import Finding
from billing.audit.given_back import give_back, read_corrections
from billing.audit.overages import Overages
from billing.audit.prepaid import Balances
from billing.audit.price_book import PriceBook
from billing.audit.pricing import Gap
from billing.audit.rater import Rater, Used
from billing.audit.rating import Rated
from billing.audit.statements import Statements
from billing.audit.terms import Terms, terms_of
from billing.audit.top_up_documents import TopUpBook
from billing.audit.usage_keys import check_usage_keys
from billing.audit.windows import windows_of
from billing.errors import MeterbookError
from billing.periods import BillingMonth

AT_ONCE = 500
AUDITED_TABLES = (
    audited.CHARGES,
    audited.STEPS,
    audited.COST_BY_MODEL,
    audited.COST_BY_PROJECT,
    audited.COST_CHANGE,
    audited.CHANGE_BY_MODEL,
    audited.LINES,
    audited.DISCOUNTS,
    audited.TAXES,
    audited.ACCOUNTING,
    audited.INVOICES,
    audited.CREDIT_USES,
    audited.SPEND_TERMS,
    audited_balances.PREPAID,
    audited_balances.LOTS,
    audited_balances.TOP_UPS,
)


def audit_month(
    connection: duckdb.DuckDBPyConnection, catalog_folder: Path, month: BillingMonth
) -> list[Finding]:
    """Recompute a month from the rollup and the catalog files and return every difference.

    Each finding blocks its organization. The snapshot of the books must be that of `month`,
    which holds its opening balances. Raises MeterbookError when a catalog file cannot be read.
    """
    files = read_catalog_files(catalog_folder)
    first_day = month.first_day
    snapshot = read_snapshot(connection, first_day)
    balances = Balances(connection, files, first_day, snapshot)
    top_ups = TopUpBook(files, first_day, snapshot)
    overages = Overages(connection, files, first_day, snapshot.left)
    statements = Statements(files, first_day, snapshot, balances, top_ups, overages)
    book = PriceBook(files.prices, files.price_windows, files.region_uplifts, files.models)
    terms = terms_of(files)
    engine = _Engine(connection, statements, terms, Rater(connection, files, terms, book))
    organizations = sorted({*terms, *_organizations(connection, first_day)})
    findings: list[Finding] = []
    for start in range(0, len(organizations), AT_ONCE):
        findings += engine.audit(organizations[start : start + AT_ONCE])
    return sorted(findings)


@dataclass(frozen=True)
class _Engine:
    """Recomputes and compares some organizations at a time, to bound its memory."""

    connection: duckdb.DuckDBPyConnection
    statements: Statements
    terms: Mapping[str, Terms]
    rater: Rater

    def audit(self, organizations: Sequence[str]) -> Iterator[Finding]:
        month, files = self.statements.month, self.statements.files
        known = [key for key in organizations if key in self.terms]
        zones = {key: self.terms[key].profile.zone for key in known}
        windows = windows_of(self.connection, zones, month)
        accounts = AccountBook.of(files, ExchangeBook(files.exchange_rates), month)
        used = self.rater.used(windows)
        corrections = read_corrections(self.connection, month)
        amendments = read_amendments(self.connection, month)
        before = months_before(self.connection, month, organizations)
        now: dict[str, tuple[str, Month]] = {}
        expected = Expected()
        self.statements.overages.prepare(windows)
        self.statements.balances.prepare(self.terms[key].profile for key in known)
        for key in known:
            own = self.terms[key]
            rated_at = partial(self.rater.rate, own, used.pop(key, Used()))
            rated = rated_at(month)
            yield from _gaps(key, month, rated)
            rated.charges = give_back(rated, corrections, own.profile, rated_at)
            expect_charges(expected, own.profile, rated.charges)
            now[key] = (own.profile.currency, month_of(rated.charges))
            yield from self._documents(expected, own, rated, amendments)
            yield from accounts.expect(expected, key)
        for key in organizations:
            expect_change(expected, key, now.get(key, ("", {})), before.get(key))
        own_credits = [row for row in files.credits if row.organization_id in zones]
        yield from changed_credits(own_credits, self.statements.snapshot, month)
        if windows:
            yield from check_usage_keys(self.connection, files, self.terms, windows, month)
        for table in AUDITED_TABLES:
            actual = table.read(self.connection, month, organizations)
            yield from differences(table, month, expected.take(table), actual)

    def _documents(
        self, expected: Expected, terms: Terms, rated: Rated, amendments: Amendments
    ) -> Iterator[Finding]:
        organization_id = terms.profile.organization_id
        try:
            tax_of = partial(self.statements.tax_of_usage, terms)
            adjustments = amendments.adjustments(terms, self.rater.rate_again, tax_of)
            self.statements.expect(expected, terms, rated.charges, by_document(adjustments))
        except MeterbookError as error:
            yield Finding(
                organization_id,
                self.statements.month,
                "tax",
                terms.profile.tax_treatment_id,
                "one tax rate",
                str(error),
                f"{organization_id}: {error}",
            )


def _organizations(connection: duckdb.DuckDBPyConnection, month: date) -> set[str]:
    """Return every organization the audited tables name, in the catalog or not."""
    found: set[str] = set()
    for table in AUDITED_TABLES:
        query = f"select distinct organization_id from {table.relation} where billing_month = ?"
        found |= {row[0] for row in connection.execute(query, [month]).fetchall()}
    return found


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
