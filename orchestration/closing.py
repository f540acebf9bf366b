"""The steps of closing a month, as plain functions over open connections.

Here: the order in which `billing` is asked, and which organizations are held back. Keep out:
Dagster, and the rules themselves.
"""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import duckdb

from billing.audit.conservation import conservation_findings
from billing.audit.findings import UNKNOWN_ORGANIZATION, Finding, store_findings
from billing.audit.recompute import audit_month
from billing.books import Books
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.invoicing.closing import read_closing
from billing.invoicing.drafts import DraftDocument, draft_documents
from billing.invoicing.finalize import close_unknown, finalize_organization
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import plan_watermarks
from billing.periods import BillingMonth
from orchestration.accepting import rows_to_accept
from orchestration.freezing import freeze
from orchestration.hindrances import (
    ALTERED,
    NOT_ENDED,
    OUT_OF_ORDER,
    UNJUST_NOTE,
    closing_findings,
)
from orchestration.rendering import clear_drafts, render_drafts

NOT_RENDERABLE = "forms"
FAMILIES = {
    "usage_is_priced": ("unpriced_usage",),
    "nothing_lost": (
        "raw_to_rollup",
        "rollup_to_charges",
        "charges_to_lines",
        "reconciliation",
        "charged_requests",
        "cost_monthly_requests",
        "duplicate_requests",
        "file_fates",
        "file_manifest",
    ),
    "may_be_closed": (NOT_ENDED, OUT_OF_ORDER),
    "credit_notes_are_covered": (UNJUST_NOTE,),
    "finalized_documents_reproduced": (ALTERED,),
    "documents_can_be_rendered": (NOT_RENDERABLE,),
}
"""Check of the graph to the findings it answers for; all others are the two engines'."""
TWO_ENGINES = "two_engines_agree"


def snapshot(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    *,
    use_drafts: bool,
    from_built: bool = False,
) -> None:
    """Tell the warehouse what the books decided; see `plan_watermarks` for refusals."""
    last = connection.sql("select coalesce(max(ingest_sequence), 0) from raw.ingest_file")
    plan = plan_watermarks(
        books, month, organizations(connection), last.fetchall()[0][0], use_drafts=use_drafts
    )
    write_snapshot(connection, books, plan, from_built=from_built)


def organizations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every organization of the loaded catalog, in order of its id."""
    rows = connection.sql("select organization_id from catalog.organizations order by all")
    return [row[0] for row in rows.fetchall()]


def require_closed(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> None:
    """Raise MeterbookError when this warehouse has not rated the month yet."""
    try:
        rows = connection.execute(
            "select 1 from finance.reconciliation where billing_month = ? limit 1",
            [month.first_day],
        ).fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        raise MeterbookError(
            f"The warehouse holds nothing of {month} yet. Run `meterbook close {month}` first."
        )


def audit(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    catalog: Path,
    clock: Clock,
    month: BillingMonth,
) -> int:
    """Store everything that stands against the month's documents; returns how much."""
    findings = [
        *audit_month(connection, catalog, month),
        *conservation_findings(connection, month),
        *closing_findings(connection, books, clock, month, organizations(connection)),
    ]
    return store_findings(connection, month.first_day, findings)


def findings_of(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth, family: str | None = None
) -> list[Finding]:
    """The stored findings of a month, all or those one check answers for."""
    rows = connection.execute(
        "select * from audit.finding where billing_month = ? order by all", [month.first_day]
    ).fetchall()
    findings = [Finding(*row) for row in rows]
    if family is None:
        return findings
    named = {name for names in FAMILIES.values() for name in names}
    if family == TWO_ENGINES:
        return [finding for finding in findings if finding.check_name not in named]
    return [finding for finding in findings if finding.check_name in FAMILIES[family]]


def draft(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    *,
    clock: Clock,
    documents: Path,
    chosen: Sequence[str],
) -> list[DraftDocument]:
    """Draft and render whatever nothing stands against, and remember at which watermark.

    What cannot be rendered becomes a finding, so that it never gets a number.
    """
    closed = {organization for organization, closed in books.finalized() if closed == month}
    ready = set(_ready(connection, month, chosen)) - closed
    drafts = [each for each in draft_documents(connection, month) if each.organization_id in ready]
    drafting = {each.organization_id for each in drafts}
    clear_drafts(documents, month, closed | _held(connection, month) | (ready - drafting))
    refused = render_drafts(drafts, documents)
    found = [
        Finding(name, month.first_day, NOT_RENDERABLE, "forms", "every form", reason, reason)
        for name, reason in refused.items()
    ]
    if found:
        store_findings(connection, month.first_day, [*findings_of(connection, month), *found])
    watermarks = _watermarks(connection, month.first_day)
    drafted = sorted(ready - refused.keys())
    books.record_drafts(month, {name: watermarks[name] for name in drafted}, clock.now())
    return [each for each in drafts if each.organization_id not in refused]


def finalize(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    *,
    clock: Clock,
    chosen: Sequence[str],
    catalog: Path,
) -> list[str]:
    """Close each ready organization in order of its id; returns the numbers, old and new."""
    accepted = rows_to_accept(connection, catalog)
    closing = read_closing(connection, books, month, clock=clock, freeze=freeze, catalog=accepted)
    watermarks = _watermarks(connection, month.first_day)
    drafts: dict[str, list[DraftDocument]] = {}
    for each in draft_documents(connection, month):
        drafts.setdefault(each.organization_id, []).append(each)
    numbers: list[str] = []
    for organization in _ready(connection, month, chosen):
        own, watermark = drafts.get(organization, []), watermarks[organization]
        numbers += finalize_organization(books, closing, organization, watermark, own).numbers
    close_unknown(books, closing, organizations(connection), watermarks[UNKNOWN_ORGANIZATION])
    return numbers


def _ready(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth, chosen: Collection[str]
) -> list[str]:
    held = _held(connection, month)
    return [
        organization
        for organization in organizations(connection)
        if organization not in held and (not chosen or organization in chosen)
    ]


def _held(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> set[str]:
    return {finding.organization_id for finding in findings_of(connection, month)}


def _watermarks(connection: duckdb.DuckDBPyConnection, month: date) -> dict[str, int]:
    rows = connection.execute(
        "select organization_id, watermark from books.month_watermark where billing_month = ?",
        [month],
    )
    return dict(rows.fetchall())
