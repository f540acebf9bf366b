"""Local times in SQL against Python: days, and the months of a subscription."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import duckdb
import jinja2
import pytest

from billing.periods import start_of_day
from billing.subscriptions.terms import period_start
from orchestration.manifest import PROJECT

# Not zones whose rules changed lately: DuckDB and Python bring time zone data of their own.
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # clocks change at midnight
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Chatham",
    "UTC",
)
STARTS = (
    datetime(2026, 1, 31, 15, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 9, 25, 0, 37, 20, tzinfo=UTC),
    datetime(2026, 2, 28, 7, 30, tzinfo=UTC),
    datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 7, 5, 14, 45, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def macros() -> jinja2.environment.TemplateModule:
    text = (PROJECT / "macros" / "caps.sql").read_text()
    return jinja2.Environment(autoescape=False).from_string(text).module  # noqa: S701  # it is SQL


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_in_sql_where_it_begins_in_python(
    macros: jinja2.environment.TemplateModule, zone: str
) -> None:
    sql = macros.instant_of("local", f"'{zone}'")  # type: ignore[attr-defined]
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(730)]
    found = duckdb.execute(
        f"select {sql} from (select unnest(?::timestamp[]) as local)", [days]
    ).fetchall()
    expected = [(start_of_day(day, zone).replace(tzinfo=None),) for day in days]
    assert found == expected


@pytest.mark.parametrize(("zone", "starts_at"), list(product(ZONES, STARTS)))
def test_a_subscriptions_month_begins_in_sql_where_it_begins_in_python(
    macros: jinja2.environment.TemplateModule, zone: str, starts_at: datetime
) -> None:
    sql = macros.period_start("starts_at", "local_start", f"'{zone}'", "number")  # type: ignore[attr-defined]
    found = duckdb.execute(
        f"""select {sql} from (
            select ?::timestamp as starts_at,
                timezone('{zone}', timezone('UTC', ?::timestamp)) as local_start
        ) cross join range(30) as numbers (number)""",
        [starts_at.replace(tzinfo=None)] * 2,
    ).fetchall()
    expected = [period_start(starts_at, zone, number) for number in range(30)]
    assert sorted(row[0].replace(tzinfo=UTC) for row in found) == expected
