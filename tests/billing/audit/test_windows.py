"""What a month counts: its own usage, and earlier months only where a late file has some."""

from datetime import UTC, date, datetime

import pytest
from duckdb import DuckDBPyConnection as Warehouse

from billing.audit.windows import FATE_TABLES, ROLLUP_TABLES, windows_of
from tests.billing.audit.warehouse import empty_warehouse, insert

ZONES = {"org_kolkata": "Asia/Kolkata", "org_utc": "UTC"}
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)
CLOSED_AT, NEWEST = 7, 9
AUGUST_ENDS_IN_KOLKATA = datetime(2026, 8, 31, 18, 30, tzinfo=UTC)


@pytest.fixture
def routed() -> Warehouse:
    """Two closed months before October, whose late usage is billed in it."""
    warehouse = empty_warehouse()
    for organization in ZONES:
        for month, watermark in ((AUGUST, CLOSED_AT), (SEPTEMBER, CLOSED_AT), (OCTOBER, NEWEST)):
            mark = {"organization_id": organization, "billing_month": month}
            insert(warehouse, "books.month_watermark", {**mark, "watermark": watermark})
    return warehouse


def _counted(warehouse: Warehouse) -> set[tuple[str, date]]:
    windows = windows_of(warehouse, ZONES, OCTOBER)
    return {(each.organization_id, each.service_month) for each in windows}


def _all(*months: date) -> set[tuple[str, date]]:
    return {(organization, month) for organization in ZONES for month in months}


def test_months_that_no_late_file_reaches_into_are_not_asked_for(routed: Warehouse) -> None:
    for sequence, at in ((CLOSED_AT, "2026-08-15"), (8, "2026-10-02"), (9, "2026-10-20")):
        row = {"ingest_sequence": sequence, "completed_at": at, "organization_id": "org_utc"}
        insert(routed, "raw.usage_event", row)
    assert _counted(routed) == _all(OCTOBER)


def test_the_first_day_may_be_of_the_month_before_in_another_zone(routed: Warehouse) -> None:
    row = {"ingest_sequence": 8, "completed_at": "2026-10-01 23:59:59"}
    insert(routed, "raw.usage_event", {**row, "organization_id": "org_utc"})
    assert _counted(routed) == _all(OCTOBER, SEPTEMBER)


def test_what_a_month_billed_late_is_known_when_later_ones_are_closed(routed: Warehouse) -> None:
    """`reconcile` and `explain` ask about any month, whichever was closed last."""
    row = {"ingest_sequence": 8, "completed_at": "2026-09-15", "organization_id": "org_utc"}
    insert(routed, "raw.usage_event", row)
    before = windows_of(routed, ZONES, OCTOBER)
    mark = {"billing_month": date(2026, 11, 1), "watermark": NEWEST + 5}
    for organization in ZONES:
        insert(routed, "books.month_watermark", {"organization_id": organization, **mark})
    assert windows_of(routed, ZONES, OCTOBER) == before
    assert _counted(routed) == _all(OCTOBER, SEPTEMBER)


@pytest.mark.parametrize("table", FATE_TABLES.values())
def test_a_row_of_any_fate_makes_its_month_and_later_ones_count(
    routed: Warehouse, table: str
) -> None:
    row = {"completed_at": "2026-09-15", "organization_id": "org_utc"}
    insert(routed, table, {"ingest_sequence": NEWEST + 1, **row})
    assert _counted(routed) == _all(OCTOBER)
    insert(routed, table, {"ingest_sequence": NEWEST, **row})
    assert _counted(routed) == _all(OCTOBER, SEPTEMBER)
    insert(routed, table, {"ingest_sequence": 8, **row, "completed_at": "2026-08-15"})
    assert _counted(routed) == _all(OCTOBER, SEPTEMBER, AUGUST)


@pytest.mark.parametrize("table", ROLLUP_TABLES)
def test_usage_that_only_the_rollup_has_is_counted(routed: Warehouse, table: str) -> None:
    row = {"ingest_sequence": NEWEST, "quarter_hour": "2026-08-15"}
    insert(routed, f"intermediate.{table}", row)
    assert _counted(routed) == _all(OCTOBER, SEPTEMBER, AUGUST)


def test_the_last_instant_of_a_month_counts_in_every_zone(routed: Warehouse) -> None:
    row = {"ingest_sequence": 8, "completed_at": "2026-08-31 18:29:59"}
    insert(routed, "raw.usage_event", {**row, "organization_id": "org_kolkata"})
    windows = windows_of(routed, ZONES, OCTOBER)
    (kolkata,) = (
        each
        for each in windows
        if (each.organization_id, each.service_month) == ("org_kolkata", AUGUST)
    )
    assert kolkata.ends_at.replace(tzinfo=UTC) == AUGUST_ENDS_IN_KOLKATA
    assert (kolkata.after_sequence, kolkata.up_to_sequence) == (CLOSED_AT, NEWEST)
