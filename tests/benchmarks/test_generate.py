"""The generated customers and logs are as many, as skewed and as valid as asked.

Add a test here when a benchmark relies on something in the generated data.
"""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from billing.catalog import check_catalog

GENERATE = Path(__file__).resolve().parents[2] / "benchmarks" / "generate.py"
REQUESTS, ORGANIZATIONS, KEYS = 20_000, 200, 1_000
COLUMNS = (
    "{request_id: 'varchar', organization_id: 'varchar', api_key_id: 'varchar', "
    "completed_at: 'timestamp', input_tokens: 'bigint', input_uncached: 'bigint', "
    "cache_read: 'bigint', cache_write_5m: 'bigint', cache_write_1h: 'bigint'}"
)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    sizes = ("--requests", REQUESTS, "--organizations", ORGANIZATIONS, "--keys", KEYS)
    done = subprocess.run(
        [sys.executable, "-B", str(GENERATE), str(folder), *map(str, sizes), "--compressed"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def logs(generated: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    source = f"read_json('{generated}/landing/*.jsonl.zst', columns = {COLUMNS})"
    connection.execute(f"create table log as from {source}")
    return connection


def test_the_catalog_of_many_customers_is_valid(generated: Path) -> None:
    assert check_catalog(generated / "catalog") == []


def test_as_many_requests_are_written_as_asked_each_with_its_own_id(
    logs: duckdb.DuckDBPyConnection,
) -> None:
    counted = logs.execute("select count(*), count(distinct request_id) from log").fetchone()
    assert counted == (REQUESTS, REQUESTS)


def test_every_request_has_a_key_of_its_organization(
    generated: Path, logs: duckdb.DuckDBPyConnection
) -> None:
    found = logs.execute(
        "select count(*) from log join read_csv($keys) as keys using (api_key_id, organization_id)",
        {"keys": str(generated / "catalog" / "api_keys.csv")},
    ).fetchone()
    assert found == (REQUESTS,)


def test_the_few_largest_customers_make_most_requests(logs: duckdb.DuckDBPyConnection) -> None:
    found = logs.execute(
        "select sum(made) from (select count(*) as made from log group by organization_id "
        "order by made desc limit 5)"
    ).fetchone()
    assert found is not None
    assert 0.35 * REQUESTS < found[0] < 0.77 * REQUESTS


def test_the_logs_fill_october_and_keep_their_sums(logs: duckdb.DuckDBPyConnection) -> None:
    found = logs.execute(
        "select min(completed_at) >= '2026-10-01', max(completed_at) < '2026-11-01', "
        "count(distinct completed_at::date), bool_and(input_tokens = coalesce(input_uncached, 0) "
        "+ coalesce(cache_read, 0) + coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0)) "
        "from log"
    ).fetchone()
    assert found == (True, True, 31, True)
