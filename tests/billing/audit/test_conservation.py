"""Facts about conservation: nothing is lost between raw rows and invoice lines."""

import duckdb
import pytest

from billing.audit.conservation import conservation_findings
from billing.audit.findings import Finding, store_findings
from billing.audit.reconcile import reconcile
from billing.periods import BillingMonth
from tests.billing.audit.warehouse import insert

OCTOBER = BillingMonth(2026, 10)
Warehouse = duckdb.DuckDBPyConnection


def _by_check(warehouse: Warehouse) -> dict[str, Finding]:
    return {row.check_name: row for row in conservation_findings(warehouse, OCTOBER)}


def test_a_month_worked_out_by_hand_is_conserved(warehouse: Warehouse) -> None:
    assert conservation_findings(warehouse, OCTOBER) == []


def test_an_altered_rollup_token_names_raw_and_rolled_up_counts(warehouse: Warehouse) -> None:
    warehouse.execute("""
        update intermediate.int_usage__quarter_hours
        set input_uncached_tokens = 1000001 where usage_key_id = 3
    """)
    found = _by_check(warehouse)
    assert {row.organization_id for row in found.values()} == {"org_kolkata"}
    message = found["raw_to_rollup"].message
    assert "org_kolkata, input_uncached: raw accepts 1000000, the rollup 1000001" in message


@pytest.mark.parametrize(
    ("statement", "check_name"),
    [
        ("delete from raw.usage_event where line_number = 3", "raw_to_rollup"),
        ("delete from raw.usage_event where line_number = 3", "file_manifest"),
        ("delete from raw.quarantined_event", "file_manifest"),
        ("update raw.duplicate_event set input_uncached_tokens = 41", "file_manifest"),
        ("update raw.duplicate_event set input_uncached_tokens = 41", "file_fates"),
        ("update raw.ingest_file set received = 7", "file_manifest"),
        ("update raw.ingest_file_meter set quantity = quantity + 1", "file_manifest"),
        ("update intermediate.int_usage__file_fates set requests = 2", "file_fates"),
        ("update intermediate.int_rating__charges set quantity = 1", "rollup_to_charges"),
        ("update finance.fct_invoice_lines set quantity = 1", "charges_to_lines"),
        ("update finance.reconciliation set received = received + 1", "reconciliation"),
        ("update finance.reconciliation set is_balanced = false", "reconciliation"),
        ("delete from finance.reconciliation", "reconciliation"),
        ("update finance.cost_monthly set requests = requests + 1", "cost_monthly_requests"),
        ("update raw.usage_event set native_id = 'r1' where line_number = 2", "duplicate_requests"),
    ],
)
def test_every_leak_is_found(warehouse: Warehouse, statement: str, check_name: str) -> None:
    warehouse.execute(statement)
    assert check_name in _by_check(warehouse)


def test_a_request_taken_twice_is_named_with_its_places(warehouse: Warehouse) -> None:
    warehouse.execute("update raw.usage_event set native_id = 'r1' where line_number = 2")
    finding = _by_check(warehouse)["duplicate_requests"]
    assert finding.message == (
        "org_berlin: request r1 is accepted 2 times: file 1 line 1, file 1 line 2"
    )


def test_a_request_of_an_older_file_taken_again_is_found_however_old_it_is(
    warehouse: Warehouse,
) -> None:
    months_before = {"ingest_sequence": 0, "line_number": 5, "completed_at": "2024-02-29 12:00"}
    berlin = {"native_id": "r1", "organization_id": "org_berlin"}
    insert(warehouse, "raw.usage_event", months_before | berlin)
    assert _by_check(warehouse)["duplicate_requests"].message == (
        "org_berlin: request r1 is accepted 2 times: file 0 line 5, file 1 line 1"
    )


@pytest.mark.parametrize(
    "other",
    [{"source_id": "another"}, {"kind": "refund"}, {"native_id": "R1"}],
    ids=["of another source", "of another kind", "in other letters"],
)
def test_an_older_request_with_another_identity_is_no_copy(
    warehouse: Warehouse, other: dict[str, str]
) -> None:
    months_before = {"ingest_sequence": 0, "line_number": 5, "completed_at": "2024-02-29 12:00"}
    berlin = {"native_id": "r1", "organization_id": "org_berlin"}
    insert(warehouse, "raw.usage_event", months_before | berlin | other)
    assert "duplicate_requests" not in _by_check(warehouse)


def test_what_older_files_took_twice_concerns_no_month_without_them(warehouse: Warehouse) -> None:
    for line in (5, 6):
        row = {"ingest_sequence": 0, "line_number": line, "completed_at": "2024-02-29 12:00"}
        berlin = {"native_id": "old", "organization_id": "org_berlin"}
        insert(warehouse, "raw.usage_event", row | berlin)
    assert "duplicate_requests" not in _by_check(warehouse)


def test_rows_past_the_watermark_wait_and_late_rows_count_where_they_are_billed(
    warehouse: Warehouse,
) -> None:
    late = {"ingest_sequence": 2, "usage_key_id": 1, "quarter_hour": "2026-10-10 12:00"}
    insert(
        warehouse,
        "intermediate.int_usage__quarter_hours",
        {**late, "requests": 1, "input_uncached_tokens": 9},
    )
    assert conservation_findings(warehouse, OCTOBER) == []
    mark = {"organization_id": "org_berlin", "billing_month": "2026-11-01", "watermark": 2}
    insert(warehouse, "books.month_watermark", mark)
    november = conservation_findings(warehouse, BillingMonth(2026, 11))
    messages = {row.message for row in november if row.check_name == "raw_to_rollup"}
    assert messages == {
        "org_berlin, input_uncached: raw accepts 0, the rollup 9 (difference 9)",
        "org_berlin, requests: raw accepts 0, the rollup 1 (difference 1)",
    }


def test_a_release_takes_a_quarantined_row_back_where_it_counted(warehouse: Warehouse) -> None:
    file = {"ingest_sequence": 1, "organization_id": "unknown", "reason": "missing_id"}
    insert(warehouse, "raw.quarantine_release", {**file, "line_number": 7})
    found = conservation_findings(warehouse, OCTOBER)
    differences = {
        (row.check_name, row.subject, row.expected, row.actual)
        for row in found
        if row.organization_id == "unknown"
    }
    assert differences >= {
        ("file_manifest", "october.jsonl: quarantined", "1", "0"),
        ("file_fates", "october.jsonl: quarantined requests", "0", "1"),
        ("reconciliation", "requests: quarantined", "0", "1"),
    }


def test_reconcile_tells_where_every_request_went(warehouse: Warehouse) -> None:
    report = reconcile(warehouse, OCTOBER)
    assert (report["month"], report["balanced"]) == ("2026-10", True)
    assert report["totals"] == {
        "received": 6,
        "billed": 3,
        "not_billed": 1,
        "duplicates": 1,
        "quarantined": 1,
    }
    plan = next(row for row in report["organizations"] if row["organization_id"] == "org_plan")
    assert (plan["received"], plan["not_billed"], plan["duplicates"]) == (2, 1, 1)
    assert plan["not_billed_by_reason"] == {"included_in_subscription": 1}
    assert plan["meters"]["input_uncached"]["received"] == 80


def test_reconcile_says_in_words_what_does_not_balance(warehouse: Warehouse) -> None:
    warehouse.execute("delete from raw.quarantined_event")
    report = reconcile(warehouse, OCTOBER)
    assert not report["balanced"]
    assert any("october.jsonl" in row["message"] for row in report["differences"])


def test_storing_findings_replaces_those_of_the_month(warehouse: Warehouse) -> None:
    first, second = (
        Finding("org_berlin", OCTOBER.first_day, "tax", subject, "1", "2", "differs")
        for subject in ("a", "b")
    )
    other = Finding("org_berlin", OCTOBER.next.first_day, "tax", "c", "1", "2", "differs")
    store_findings(warehouse, OCTOBER.first_day, [first])
    store_findings(warehouse, OCTOBER.next.first_day, [other])
    assert store_findings(warehouse, OCTOBER.first_day, [second, second]) == 1
    rows = warehouse.sql("select subject from audit.finding order by all").fetchall()
    assert rows == [("b",), ("c",)]
