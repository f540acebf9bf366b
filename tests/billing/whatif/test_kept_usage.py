"""Usage placed anew under the terms another catalog gives its keys."""

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from billing.errors import MeterbookError
from billing.whatif.beside import QUARTER_HOURS, STANDINGS
from billing.whatif.kept_usage import keep_usage, refuse_other_usage
from tests.billing.whatif.conftest import KIND

BEFORE = ("1900-01-01", "2026-01-01", "c1", "answered", False)
VALID = ("2026-01-01", "9999-12-31", "c1", "answered", True)


def set_terms(
    connection: duckdb.DuckDBPyConnection,
    *stretches: tuple[str, str, str, str, bool],
    organization: str = "o",
) -> None:
    for from_at, to_at, contract, price_by, is_valid in stretches:
        connection.execute(
            "insert into intermediate.int_usage__key_terms "
            "values ('k', ?, ?, ?, 'p', 'contract', '', ?, ?, ?, false)",
            [from_at, to_at, organization, contract, price_by, is_valid],
        )


def placed(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Contract, validity, kind, quarter hour and requests of all usage."""
    keep_usage(connection, [STANDINGS, QUARTER_HOURS])
    return connection.execute(
        f"""
        select contract_id, price_by, is_key_valid, usage_key_id % {KIND}, quarter_hour, requests
        from {QUARTER_HOURS.here} as usage
        inner join {STANDINGS.here} as standings
            on usage.usage_key_id // {KIND} = standings.standing_id
        order by quarter_hour, requests
        """
    ).fetchall()


def at(minute: int) -> datetime:
    return datetime(2026, 10, 10, 8, minute)  # noqa: DTZ001  # as DuckDB gives it


def test_unchanged_terms_leave_usage_where_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    set_terms(connection, BEFORE, VALID)
    assert placed(connection) == [
        ("c1", "answered", True, 5, at(0), 10),
        ("c1", "answered", True, 5, at(15), 20),
        ("c1", "answered", True, 6, at(15), 30),
    ]


def test_a_contract_in_mid_month_splits_usage_at_its_instant(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    old = ("2026-01-01", "2026-10-10 08:15", "c1", "answered", True)
    new = ("2026-10-10 08:15", "9999-12-31", "c2", "requested", True)
    set_terms(connection, BEFORE, old, new)
    assert placed(connection) == [
        ("c1", "answered", True, 5, at(0), 10),
        ("c2", "requested", True, 5, at(15), 20),
        ("c2", "requested", True, 6, at(15), 30),
    ]


def test_a_key_that_was_decided_within_a_quarter_hour_keeps_that_decision(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The rollup knows standings 1 and 2 apart at 08:07, so c2 may begin there too.

    Of the quarter hour from 08:00, 10 requests came after 08:07 and 7 before it.
    """
    connection.execute(
        f"""
        update warehouse.intermediate.int_usage__standings
            set to_at = '2026-10-10 08:07' where standing_id = 1;
        update warehouse.intermediate.int_usage__standings
            set from_at = '2026-10-10 08:07' where standing_id = 2;
        insert into warehouse.intermediate.int_usage__quarter_hours
            values ({KIND + 5}, '2026-10-10 08:00', 1, 7);
        insert into warehouse.intermediate.dim_usage_key values ({KIND + 5}, 'o');
        """
    )
    set_terms(
        connection,
        ("1900-01-01", "2026-10-10 08:07", "c1", "answered", False),
        ("2026-10-10 08:07", "9999-12-31", "c2", "answered", True),
    )
    assert placed(connection) == [
        ("c1", "answered", False, 5, at(0), 7),
        ("c2", "answered", True, 5, at(0), 10),
        ("c2", "answered", True, 5, at(15), 20),
        ("c2", "answered", True, 6, at(15), 30),
    ]


def test_other_terms_within_a_quarter_hour_of_usage_are_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    valid = ("2026-01-01", "2026-10-10 08:20", "c1", "answered", True)
    ended = ("2026-10-10 08:20", "9999-12-31", "c1", "answered", False)
    set_terms(connection, BEFORE, valid, ended)
    with pytest.raises(MeterbookError, match="key k change at 2026-10-10T08:20:00Z"):
        placed(connection)


def test_within_a_quarter_hour_without_usage_they_are_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    valid = ("2026-01-01", "2026-10-10 08:40", "c1", "answered", True)
    ended = ("2026-10-10 08:40", "9999-12-31", "c1", "answered", False)
    set_terms(connection, BEFORE, valid, ended)
    assert [row[2] for row in placed(connection)] == [True, True, True]


def test_a_key_that_is_gone_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(MeterbookError, match="key k of o has usage and is not in this catalog"):
        placed(connection)


def test_a_key_of_another_organization_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    set_terms(connection, BEFORE, VALID, organization="other")
    with pytest.raises(MeterbookError, match="key k of o has usage and belongs to other now"):
        placed(connection)


def test_a_month_with_other_usage_than_it_was_rated_from_is_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    october = date(2026, 10, 1)
    for database, requests in (("warehouse", 60), ("memory", 61)):
        connection.execute(
            f"""
            create table {database}.intermediate.int_rating__usage_by_slice as
            select 'o' as organization_id, date '2026-10-01' as billing_month,
                date '2026-10-01' as service_month, 1::bigint as usage_key_id,
                {requests}::bigint as requests
            """
        )
    with pytest.raises(MeterbookError, match="o: usage of 2026-10 changed"):
        refuse_other_usage(connection, october, [])
    refuse_other_usage(connection, october, ["another"])
    connection.execute("update intermediate.int_rating__usage_by_slice set requests = 60")
    refuse_other_usage(connection, october, [])
