"""Silent hours put together to stretches."""

from datetime import UTC, datetime

import duckdb

from billing.ingestion.silence import Silence, silences_of
from billing.periods import BillingMonth

MIDNIGHT = datetime(2026, 10, 4, tzinfo=UTC)


def silences(*rows: tuple[str, str, int, bool, bool]) -> list[Silence]:
    """The stretches of October found in rows of source, month, hour of 4 October, and the flags."""
    with duckdb.connect() as connection:
        connection.execute("create schema usage")
        connection.execute(
            """create table usage.source_coverage (
                source_id varchar, billing_month date, usage_hour timestamp, is_silent boolean,
                is_expected boolean
            )"""
        )
        for source, month, hour, is_silent, is_expected in rows:
            connection.execute(
                "insert into usage.source_coverage values (?, ?, ?, ?, ?)",
                [source, month, datetime(2026, 10, 4, hour), is_silent, is_expected],  # noqa: DTZ001  # as stored
            )
        return silences_of(connection, BillingMonth(2026, 10))


def stretch(source: str, first: int, end: int) -> Silence:
    return Silence(source, MIDNIGHT.replace(hour=first), MIDNIGHT.replace(hour=end))


def test_consecutive_hours_are_one_stretch() -> None:
    month = "2026-10-01"
    rows = [("eu", month, hour, True, True) for hour in (5, 3, 4, 8)]
    found = silences(*rows, ("us", month, 6, True, True))
    assert found == [stretch("eu", 3, 6), stretch("eu", 8, 9), stretch("us", 6, 7)]
    assert [each.hours for each in found] == [3, 1, 1]


def test_an_hour_is_told_only_when_it_is_silent_and_was_expected() -> None:
    month = "2026-10-01"
    assert silences(("eu", month, 3, True, False), ("eu", month, 4, False, True)) == []


def test_other_months_are_left_out() -> None:
    assert silences(("eu", "2026-09-01", 3, True, True)) == []
