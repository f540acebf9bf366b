"""Lots of random accounts: the models and the second engine against plain loops.

The models' compiled SQL runs on hand-made tables, all accounts at once.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit.lots import OPEN, LotAccount, Walk, rounded_draws
from billing.audit.lots import Taking as AuditTaking
from tests.dbt_project.random_lots import CENT, START, Account, random_account, walked

ACCOUNTS = 400
MONTH_ENDS = START.replace(month=11)
MODELS = ("int_prepaid__lots", "int_prepaid__lot_events", "int_prepaid__lot_walk")
TABLES = """
create table intermediate.int_prepaid__accounts (
    organization_id varchar, starts_at timestamp, ends_at timestamp, currency varchar,
    zone varchar, minor_digits integer, opening_amount decimal(28, 3)
);
create table books.opening_lot (
    organization_id varchar, billing_month date, lot_id varchar, lot_kind varchar,
    occurred_at timestamp, expires_at timestamp, reference varchar, opening_amount decimal(28, 3)
);
create table intermediate.int_prepaid__movements (
    organization_id varchar, place integer, entry_kind varchar, entry_at timestamp,
    reference varchar, amount decimal(28, 3), currency varchar, movement_id varchar,
    lot_kind varchar, expires_at timestamp
);
create table intermediate.int_prepaid__deductions (
    organization_id varchar, quarter_hour timestamp, amount decimal(38, 12)
);
"""


@pytest.fixture(scope="module")
def accounts() -> list[Account]:
    chance = random.Random(20261127)  # noqa: S311  # no secret
    return [random_account(chance, number) for number in range(ACCOUNTS)]


@pytest.fixture(scope="module")
def built(october: Path, accounts: list[Account]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lot models over the random accounts."""
    compiled = october.parent / "target" / "compiled" / "meterbook" / "models" / "intermediate"
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as meterbook; use meterbook;")
        for schema in ("intermediate", "books"):
            connection.execute(f"create schema {schema}")
        connection.execute(TABLES)
        for account in accounts:
            _insert(connection, account)
        for model in (*MODELS, "int_prepaid__rounded_lots"):
            sql = (compiled / "prepaid" / f"{model}.sql").read_text()
            connection.execute(f"create table intermediate.{model} as {sql}")
        yield connection


def _insert(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    who, opening = account.organization_id, [lot for lot in account.lots if lot.is_opening]
    held = sum((lot.amount for lot in opening), account.open_amount)
    connection.execute(
        "insert into intermediate.int_prepaid__accounts values (?, ?, ?, 'USD', 'UTC', 2, ?)",
        [who, START, MONTH_ENDS, held],
    )
    for lot in opening:
        connection.execute(
            "insert into books.opening_lot values (?, '2026-10-01', ?, ?, ?, ?, '', ?)",
            [who, lot.lot_id, lot.kind, lot.at, lot.ends, lot.amount],
        )
    moved = [(3, "consumption", MONTH_ENDS, -account.consumed, "", "", None)]
    moved += [
        (2, "top_up", lot.at, lot.amount, lot.lot_id, lot.kind, lot.ends)
        for lot in account.lots
        if not lot.is_opening
    ]
    moved += [
        (4, each.kind, each.at, each.amount, each.movement_id, "", None) for each in account.takings
    ]
    for place, kind, at, amount, name, lot_kind, ends in moved:
        connection.execute(
            "insert into intermediate.int_prepaid__movements "
            "values (?, ?, ?, ?, '', ?, 'USD', ?, ?, ?)",
            [who, place, kind, at, amount, name, lot_kind, ends],
        )
    for quarter_hour, amount in account.usage.items():
        connection.execute(
            "insert into intermediate.int_prepaid__deductions values (?, ?, ?)",
            [who, quarter_hour, amount],
        )


def test_models_and_second_engine_walk_lots_as_plain_loops_do(
    built: duckdb.DuckDBPyConnection, accounts: list[Account]
) -> None:
    rows = built.sql(
        "select organization_id, lot_id, exact_drawn_amount, refunded_amount, transferred_amount, "
        "written_off_amount, exact_expired_amount from intermediate.int_prepaid__rounded_lots"
    ).fetchall()
    found = {(row[0], row[1]): row[2:] for row in rows}
    assert len(found) == sum(len(account.lots) + 1 for account in accounts)
    kinds = ("usage", "refund", "transfer_out", "write_off", "expiry")
    seen = dict.fromkeys(kinds, 0)
    for account in accounts:
        again = _audited(account)
        lots, opened = walked(account)
        wanted = {lot.lot_id: lot.taken for lot in lots} | {"": opened}
        for lot_id, taken in wanted.items():
            by_hand = tuple(taken.get(kind, Decimal(0)) for kind in kinds)
            assert found[account.organization_id, lot_id] == by_hand, (account, lot_id)
            assert again[lot_id] == by_hand, (account, lot_id)
            for kind, amount in zip(kinds, by_hand, strict=True):
                seen[kind] += amount != 0
    assert min(seen.values()) > 30, seen


def _walk(account: Account) -> Walk:
    lots = [
        LotAccount(
            lot.lot_id,
            lot.kind,
            lot.at,
            lot.ends,
            opening=lot.amount if lot.is_opening else Decimal(0),
            granted=Decimal(0) if lot.is_opening else lot.amount,
        )
        for lot in account.lots
    ]
    takings = [
        AuditTaking(each.movement_id, each.kind, each.at, each.amount) for each in account.takings
    ]
    open_row = LotAccount("", OPEN, None, None, account.open_amount)
    return Walk(START, MONTH_ENDS, lots, open_row, takings, list(account.usage.items()), 2)


def _audited(account: Account) -> dict[str, tuple[Decimal, ...]]:
    return {
        row.lot_id: (row.drawn, row.refunded, row.transferred, row.written_off, row.expired)
        for row in _walk(account).run()
    }


def test_rounded_lots_add_up_and_stay_within_a_minor_unit(
    built: duckdb.DuckDBPyConnection, accounts: list[Account]
) -> None:
    rows = built.sql(
        "select organization_id, lot_id, draw_place, opening_amount, granted_amount, "
        "drawn_amount, refunded_amount + transferred_amount + written_off_amount, "
        "expired_amount, exact_drawn_amount, gone_at is not null "
        "from intermediate.int_prepaid__rounded_lots order by all"
    ).fetchall()
    by_account: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        by_account.setdefault(row[0], []).append(row)
    for account in accounts:
        own = by_account[account.organization_id]
        assert sum(row[5] for row in own) == account.consumed
        for _, lot_id, _, opening, granted, drawn, taken, expired, exact, is_gone in own:
            left = opening + granted - drawn - taken - expired
            if lot_id:
                assert left >= 0
                assert drawn >= 0
                assert expired >= 0
                assert left == 0 or not is_gone
            assert abs(drawn - exact) < CENT + abs(account.more_units) * CENT


def test_the_second_engine_rounds_lots_alike(
    built: duckdb.DuckDBPyConnection, accounts: list[Account]
) -> None:
    rows = built.sql(
        "select organization_id, lot_id, drawn_amount from intermediate.int_prepaid__rounded_lots"
    ).fetchall()
    found = {(who, lot_id): amount for who, lot_id, amount in rows}
    for account in accounts:
        walked_rows = _walk(account).run()
        drawn = rounded_draws(walked_rows, account.consumed, 2)
        for row, amount in zip(walked_rows, drawn, strict=True):
            assert found[account.organization_id, row.lot_id] == amount
