"""The warehouse altered between rating and check: each difference is named and held back alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from billing.audit.findings import Finding
from billing.books.address import books_of
from billing.clock import Clock
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import audit, draft, findings_of, snapshot
from tests.orchestration.installation import Installation

MONTH = BillingMonth(2026, 10)
CLOCK = Clock(datetime(2026, 11, 5, 6, tzinfo=UTC))
VICTIM = "org_cobalt"


@pytest.fixture
def drafted(drafted_small: Installation, tmp_path: Path) -> Installation:
    return drafted_small.copy(tmp_path / "home")


@contextmanager
def audited(
    installation: Installation, *alterations: str
) -> Iterator[tuple[list[Finding], list[str]]]:
    """Alter the warehouse, audit it again; the findings and who may still be drafted."""
    home = Home(installation.root)
    with (
        open_warehouse(home.warehouse_file) as connection,
        books_of(home) as books,
    ):
        snapshot(connection, books, MONTH, use_drafts=False)
        for alteration in alterations:
            _alter(connection, alteration)
        audit(connection, books, home.catalog, CLOCK, MONTH)
        ready = draft(connection, books, MONTH, clock=CLOCK, documents=home.documents, chosen=[])
        yield findings_of(connection, MONTH), [each.organization_id for each in ready]


def _alter(connection: duckdb.DuckDBPyConnection, alteration: str) -> None:
    changed = connection.execute(alteration).fetchall()
    assert changed[0][0] > 0, "the alteration met no row"


def test_nothing_is_found_when_nothing_was_altered(drafted: Installation) -> None:
    with audited(drafted) as (findings, ready):
        assert findings == []
        assert VICTIM in ready


def test_a_staged_price_is_named_with_both_amounts(drafted: Installation) -> None:
    staged = f"""
        update intermediate.int_rating__charges
        set unit_price = unit_price + 0.000001,
            contracted_amount = contracted_amount + quantity * cast(0.000001 as decimal(18, 12))
        where organization_id = '{VICTIM}' and meter = 'input_uncached'
    """
    with audited(drafted, staged) as (findings, ready):
        prices = [f for f in findings if f.subject.endswith("unit_price")]
        assert prices
        assert {f.organization_id for f in findings} == {VICTIM}
        for finding in prices:
            assert finding.expected in finding.message
            assert finding.actual in finding.message
        assert VICTIM not in ready
        assert "org_aurora" in ready


def test_a_rollup_token_is_named_with_raw_and_rolled_up_counts(drafted: Installation) -> None:
    token = f"""
        update intermediate.int_usage__quarter_hours
        set output_visible_tokens = output_visible_tokens + 1
        where (usage_key_id, quarter_hour, ingest_sequence) = (
            select (q.usage_key_id, q.quarter_hour, q.ingest_sequence)
            from intermediate.int_usage__quarter_hours as q
            inner join intermediate.dim_usage_key as k using (usage_key_id)
            where k.organization_id = '{VICTIM}' and k.not_billed_reason = ''
                and q.quarter_hour between '2026-10-02' and '2026-10-30'
            order by all limit 1
        )
    """
    with audited(drafted, token) as (findings, ready):
        lost = [f for f in findings if f.check_name == "raw_to_rollup"]
        assert [f.organization_id for f in lost] == [VICTIM]
        assert int(lost[0].actual) == int(lost[0].expected) + 1
        assert lost[0].expected in lost[0].message
        assert lost[0].actual in lost[0].message
        assert VICTIM not in ready
        assert "org_aurora" in ready


def test_a_minor_unit_of_a_line_is_named_by_the_audits_own_rounding(
    drafted: Installation,
) -> None:
    minor = f"""
        update intermediate.int_invoicing__rounded_lines set line_amount = line_amount + 0.01
        where organization_id = '{VICTIM}' and line_number = 1
    """
    with audited(drafted, minor) as (findings, ready):
        lines = [f for f in findings if f.subject.endswith("line_amount")]
        assert [f.organization_id for f in lines] == [VICTIM]
        assert lines[0].expected != lines[0].actual
        assert lines[0].expected in lines[0].message
        assert lines[0].actual in lines[0].message
        assert VICTIM not in ready
        assert "org_aurora" in ready


def test_a_tax_rate_changed_in_the_warehouse_is_found(drafted: Installation) -> None:
    rate = """
        update finance.fct_invoice_taxes set tax_rate = 0.16, tax_amount = 1
        where organization_id = 'org_aurora'
    """
    with audited(drafted, rate) as (findings, ready):
        assert {f.organization_id for f in findings} == {"org_aurora"}
        assert "org_aurora" not in ready
        assert VICTIM in ready
