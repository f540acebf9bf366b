"""Which late files a month bills is told from watermarks, the same as the routes that dbt reads."""

from datetime import date

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.audit.late_files import NO_LAST_FILE, ROUTES_INTO, file_stretches, months_that_billed
from billing.invoicing.watermarks import NO_END, late_routes
from billing.periods import BillingMonth

MONTHS = [BillingMonth(2026, 10).shift(step) for step in range(6)]
closings = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 9))


def _warehouse(marks: dict[BillingMonth, int]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema books")
    columns = "organization_id varchar, billing_month date, watermark integer"
    connection.execute(f"create table books.month_watermark ({columns})")
    for month, watermark in marks.items():
        row = ["org", month.first_day, watermark]
        connection.execute("insert into books.month_watermark values (?, ?, ?)", row)
    return connection


@settings(deadline=None)
@given(marks=closings, month=st.sampled_from(MONTHS))
def test_late_files_are_those_that_were_routed(
    marks: dict[BillingMonth, int], month: BillingMonth
) -> None:
    routed = {
        ("org", each.service_month.first_day, each.after_sequence, each.up_to_sequence)
        for each in late_routes("org", marks)
        if each.billing_month == month and each.service_month != month
    }
    with _warehouse(marks) as connection:
        rows = connection.execute(ROUTES_INTO, {"month": month.first_day}).fetchall()
    assert {(*row[:3], NO_END if row[3] == NO_LAST_FILE else row[3]) for row in rows} == routed


@settings(deadline=None)
@given(marks=closings, month=st.sampled_from(MONTHS))
def test_documents_of_a_month_begin_after_the_same_files(
    marks: dict[BillingMonth, int], month: BillingMonth
) -> None:
    starts = {
        each.after_sequence for each in late_routes("org", marks) if each.service_month == month
    }
    with _warehouse(marks) as connection:
        found = file_stretches(connection, {("org", month.first_day)})
    assert set(found["org", month.first_day]) == starts | {0}


@settings(deadline=None)
@given(marks=closings, month=st.sampled_from(MONTHS))
def test_months_that_billed_one_are_those_it_was_routed_to(
    marks: dict[BillingMonth, int], month: BillingMonth
) -> None:
    routed = [
        (each.billing_month.first_day, each.up_to_sequence)
        for each in late_routes("org", marks)
        if each.service_month == month and each.up_to_sequence != NO_END
    ]
    with _warehouse(marks) as connection:
        found = months_that_billed(connection, {("org", month.first_day)})
    assert found["org", month.first_day] == routed


def test_nothing_is_asked_about_nothing() -> None:
    with duckdb.connect() as connection:
        assert file_stretches(connection, set()) == {}


def test_the_year_turns() -> None:
    with _warehouse({BillingMonth(2026, 12): 3, BillingMonth(2027, 1): 5}) as connection:
        found = file_stretches(connection, {("org", date(2026, 12, 1))})
    assert found == {("org", date(2026, 12, 1)): [0, 3, 5]}
