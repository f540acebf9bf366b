"""Which source was heard when, from raw rows."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.customers import NOVEMBER, OCTOBER
from tests.dbt_project.raw_events import keep_events
from tests.dbt_project.usage_rows import LATE_FILE
from tests.dbt_project.warehouse import built, open_november, read

Copy = Callable[[Path], Path]
START = datetime(2026, 9, 20)  # noqa: DTZ001  # as stored
SILENT = [(datetime(2026, 10, 4, 3), datetime(2026, 10, 4, 9))]  # noqa: DTZ001  # as stored


def hear(path: Path, source: str, hours: Iterator[datetime]) -> None:
    """Copy one accepted request to each of `hours`, as if `source` had logged it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create temp table hours (completed_at timestamp)")
        connection.executemany("insert into hours values (?)", [[hour] for hour in hours])
        connection.execute(
            f"""create temp table heard as
            select event.* replace (
                '{source}' as source_id, hours.completed_at as completed_at,
                {LATE_FILE} as ingest_sequence
            )
            from (from raw.usage_event limit 1) as event cross join hours"""
        )
        keep_events(connection, "heard")


def steady_hours() -> Iterator[datetime]:
    """Half past every hour until 20 October, but for the silent ones."""
    for number in range(30 * 24):
        hour = START + timedelta(hours=number)
        if not any(start <= hour < end for start, end in SILENT):
            yield hour + timedelta(minutes=30)


@pytest.fixture(scope="module")
def with_steady_source(october: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October with a second file of a source that is never silent, but for SILENT."""
    path = tmp_path_factory.mktemp("coverage") / october.name
    path.write_bytes(october.read_bytes())
    hear(path, "steady", steady_hours())
    built(path, "--select", "int_usage__source_hours", "source_coverage")
    return path


def test_every_accepted_request_is_heard_in_its_hour(october: Path) -> None:
    rows = "source_id, date_trunc('hour', completed_at), ingest_sequence, count(*)"
    assert read(october, "select * from intermediate.int_usage__source_hours order by all") == read(
        october, f"select {rows} from raw.usage_event group by all order by all"
    )


def test_a_month_has_every_hour_of_utc_once(october: Path) -> None:
    rows = read(
        october,
        """select source_id, count(*), min(usage_hour)::varchar, max(usage_hour)::varchar,
        sum(requests)::bigint from usage.source_coverage group by source_id""",
    )
    accepted = read(
        october,
        f"select count(*) from raw.usage_event where completed_at >= '{OCTOBER}'",
    )[0][0]
    assert rows == [("gateway", 744, "2026-10-01 00:00:00", "2026-10-31 23:00:00", accepted)]


def test_a_source_that_is_often_silent_is_never_expected(october: Path) -> None:
    assert read(october, "select 1 from usage.source_coverage where is_expected") == []


def test_a_source_that_is_never_silent_is_missed_in_each_hour_until_the_months_end(
    with_steady_source: Path,
) -> None:
    hours = read(
        with_steady_source,
        """select usage_hour from usage.source_coverage
        where source_id = 'steady' and is_silent and is_expected order by usage_hour""",
    )
    end = START + timedelta(days=30)
    until = datetime(2026, 11, 1)  # noqa: DTZ001  # as stored
    expected = [
        start + timedelta(hours=number)
        for start, stop in [*SILENT, (end, until)]
        for number in range((stop - start) // timedelta(hours=1))
    ]
    assert [row[0] for row in hours] == expected


def test_the_hours_of_a_new_file_are_added_to_those_known(
    with_steady_source: Path, october: Path
) -> None:
    known = (
        "select * from intermediate.int_usage__source_hours where ingest_sequence = 1 order by all"
    )
    assert read(with_steady_source, known) == read(october, known)
    rows = read(
        with_steady_source,
        """select count(*) from intermediate.int_usage__source_hours
        where ingest_sequence = 2 and source_id = 'steady'""",
    )
    assert rows == [(30 * 24 - 6,)]


def test_a_month_built_later_leaves_the_coverage_of_the_one_before(
    october: Path, copy_of: Copy
) -> None:
    path = copy_of(october)
    open_november(path)
    built(
        path, "--select", "int_usage__source_hours", "source_coverage",
        "--exclude-resource-type", "unit_test", month=NOVEMBER,
    )  # fmt: skip
    rows = f"select * from usage.source_coverage where billing_month = '{OCTOBER}' order by all"
    assert read(path, rows) == read(october, rows)
    heard = "select count(*) from usage.source_coverage where billing_month = '2026-11-01' and not is_silent"
    assert read(path, heard) == [(2,)]
