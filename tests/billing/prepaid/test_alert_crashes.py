"""A power cut around the commit of forecasts and alerts: nothing half done, nothing told twice."""

import multiprocessing
import os
import signal
from pathlib import Path

import duckdb
import pytest

from billing.books import open_books
from billing.books.alerts import recorded_alerts
from billing.boundaries import ENVIRONMENT_VARIABLE
from billing.clock import Clock
from billing.prepaid.alerting import raise_alerts
from billing.prepaid.forecasts import read_forecasts
from tests.billing.prepaid.balances import HOUR, START, Balances
from tests.billing.prepaid.test_alerting import NOW

CRASHES = [
    ("forecast.before_commit", 0, 0),
    ("forecast.after_commit", 1, 0),
    ("alert.before_commit", 1, 0),
    ("alert.after_commit", 1, 2),
]


def a_close(warehouse: Path, url: str, kill_at: str) -> None:
    os.environ[ENVIRONMENT_VARIABLE] = kill_at
    balances = Balances(duckdb.connect(str(warehouse)))
    balances.alert("low", "10")
    balances.auto_top_up("20", "50.00", 5)
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    balances.build()
    with open_books(url) as books:
        raise_alerts(balances.connection, books, Clock(NOW))


@pytest.mark.parametrize(("kill_at", "forecasts", "alerts"), CRASHES)
def test_a_kill_leaves_all_or_nothing_and_the_next_look_makes_it_whole(
    books_url: str, tmp_path: Path, kill_at: str, forecasts: int, alerts: int
) -> None:
    open_books(books_url).close()
    warehouse = tmp_path / "warehouse.duckdb"
    process = multiprocessing.get_context("spawn").Process(
        target=a_close, args=(warehouse, books_url, kill_at)
    )
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGKILL
    with duckdb.connect(str(warehouse)) as connection, open_books(books_url) as books:
        assert len(read_forecasts(connection)) == forecasts
        with books.reading() as reading:
            before = recorded_alerts(reading)
        assert len(before) == alerts
        if forecasts:
            assert len(raise_alerts(connection, books, Clock(NOW + HOUR))) == 2 - alerts
            with books.reading() as reading:
                after = recorded_alerts(reading)
            assert {each.rule_id for each in after} == {"low", "auto"}
            assert after[:alerts] == before
            assert raise_alerts(connection, books, Clock(NOW + 2 * HOUR)) == []
