"""Usage and acts on keys at random, for a rollup that is kept and one made from nothing.

Here: drawing them, and both ways of building. Keep out: what must be equal.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

from orchestration.defs.rating.basis import begin_rollup, remember_basis
from orchestration.told import ROLLUP
from tests.dbt_project.customers import OCTOBER, Row
from tests.dbt_project.raw_events import insert_events
from tests.dbt_project.usage_rows import file_row, tokens
from tests.dbt_project.warehouse import dbt, insert

STARTS = datetime(2026, 10, 1)  # noqa: DTZ001  # raw instants have no zone
DAYS = 31
NAMES = ("gpt", "claude", "gpt-2025-08-07", "painter", "nobody-knows")
WRITTEN_BY_DBT = ("intermediate", "staging", "usage", "finance")
FIRST_PARTS = ("int_usage__term_versions", "int_usage__quarter_hours", "int_usage__minute_peaks")
"""Models up to one of which a run that is killed comes."""


def instant(draw: Random) -> datetime:
    """Draw an instant of the month, often on a quarter hour or just before one."""
    at = STARTS + timedelta(seconds=draw.randrange(DAYS * 96) * 900)
    return at + draw.choice(
        (timedelta(0), timedelta(microseconds=-1), timedelta(seconds=draw.randrange(900)))
    )


def ingest(
    connection: duckdb.DuckDBPyConnection, draw: Random, names: Sequence[str] = NAMES
) -> None:
    """Add a file of requests of keys that the catalog has, as ingestion would."""
    keys = connection.sql(
        "select api_key_id, organization_id, project_id from catalog.api_keys order by all"
    ).fetchall()
    last = connection.sql("select max(ingest_sequence) from raw.ingest_file").fetchall()[0][0]
    used = draw.sample(keys, k=min(3, len(keys)))
    rows = [_request(draw, last + 1, line, draw.choice(used), names) for line in range(1, 9)]
    insert_events(connection, *rows)
    for row in rows:
        if draw.random() < 0.3:
            place = {name: row[name] for name in ("ingest_sequence", "line_number")}
            meter = {"fate": "accepted", "meter": "image", "quantity": draw.randint(1, 9)}
            insert(connection, "raw.usage_event_meter", [place | meter])
    insert(connection, "raw.ingest_file", [file_row(last + 1, len(rows))])


def _request(
    draw: Random, sequence: int, line: int, key: tuple[str, str, str], names: Sequence[str]
) -> Row:
    at = instant(draw)
    model = draw.choice(names)
    outcome, status = draw.choice((("success", 200),) * 3 + (("rate_limited", 429),))
    return {
        "ingest_sequence": sequence,
        "line_number": line,
        "source_id": "gateway",
        "native_id": f"req_{sequence}_{line}",
        "kind": "usage",
        "row_version": 0,
        **dict.fromkeys(("response_id", "parent_id", "parent_relation", "key_type"), ""),
        **dict(zip(("api_key_id", "organization_id", "project_id"), key, strict=True)),
        "requested_model": draw.choice(names),
        "answered_model": model,
        "provider": "any",
        **dict.fromkeys(("region", "service_tier_asked", "throttle_cause"), ""),
        "service_tier": "default",
        "is_byok": False,
        "outcome": outcome,
        "status_code": status,
        "usage_quality": "reported",
        "started_at": at,
        "completed_at": at,
        "latency_ms": draw.choice((5, 700, 90_000)),
        **tokens({"in": draw.randint(0, 300_000), "out": draw.randint(0, 5_000)}),
    }


def act(connection: duckdb.DuckDBPyConnection, draw: Random) -> str:
    """Change the catalog in one of the ways that acts or edits of its files do; what was done."""
    keys = [row[0] for row in connection.sql("select api_key_id from catalog.api_keys").fetchall()]
    key, at = draw.choice(sorted(keys)), instant(draw)
    subscription = draw.choice(("sub_plan", "sub_custom"))
    statements = {
        "ends": ("update catalog.api_keys set valid_to_at = ? where api_key_id = ?", [at, key]),
        "never_ends": (
            "update catalog.api_keys set valid_to_at = '9999-12-31' where api_key_id = ?",
            [key],
        ),
        "begins": ("update catalog.api_keys set valid_from_at = ? where api_key_id = ?", [at, key]),
        "regenerated": (
            (
                "insert into catalog.api_keys select * replace (api_key_id || ? as api_key_id, "
                "cast(? as timestamp) as valid_from_at) from catalog.api_keys where api_key_id = ?"
            ),
            [f".r{draw.randrange(10**6)}", at, key],
        ),
        "payer": (
            "update catalog.api_keys set payer = ?, subscription_id = '' where api_key_id = ?",
            [draw.choice(("balance", "contract")), key],
        ),
        "other_subscription": (
            (
                "update catalog.api_keys set payer = 'custom', subscription_id = ? "
                "where api_key_id = ?"
            ),
            [subscription, key],
        ),
        "subscription_ends": (
            "update catalog.subscriptions set ends_at = ? where subscription_id = ?",
            [at, subscription],
        ),
        "contract_from": (
            (
                "update catalog.contracts set valid_from_at = ? where organization_id = "
                "(select organization_id from catalog.api_keys where api_key_id = ?)"
            ),
            [at, key],
        ),
        "gone": ("delete from catalog.api_keys where api_key_id = ?", [key]),
        "back": (
            (
                "insert into catalog.api_keys by name "
                "select distinct on (api_key_id) api_key_id, organization_id, project_id, "
                "'back' as name, '' as masked_prefix, '00' as key_sha256, 'contract' as payer, "
                "'' as subscription_id, timestamp '2026-01-01' as valid_from_at, "
                "timestamp '9999-12-31' as valid_to_at from raw.key_owner "
                "where api_key_id not in (select api_key_id from catalog.api_keys) order by all"
            ),
            [],
        ),
        "alias": (
            "update catalog.model_aliases set model_id = ? where alias = 'gpt-2025-08-07'",
            [draw.choice(("gpt", "claude"))],
        ),
    }
    name = draw.choice(sorted(statements))
    connection.execute(*statements[name])
    return name


def roll_up(path: Path, draw: Random | None = None) -> bool:
    """Bring the rollup up to date; a run is drawn to be killed between two tables, and is so.

    Returns whether it came to its end.
    """
    if draw is not None and draw.random() < 0.3:
        die_after(path, draw.choice(FIRST_PARTS))
        return False
    _run(path, ROLLUP.split())
    with duckdb.connect(str(path)) as connection:
        remember_basis(connection)
    return True


def die_after(path: Path, model: str) -> bool:
    """A run that is killed once it has built a model; whether it was one that rebuilds."""
    return _run(path, [f"+{model}"])


def _run(path: Path, models: Sequence[str]) -> bool:
    with duckdb.connect(str(path)) as connection:
        basis, is_anew = begin_rollup(connection)
    told = {
        "METERBOOK_SETTLED_TERMS": str(basis.term_version),
        "METERBOOK_ROLLED_UP_TO": str(basis.up_to_sequence),
    }
    flags = ["--full-refresh"] if is_anew else []
    done = dbt(path, "run", "--select", *models, *flags, month=OCTOBER, told=told)
    assert done.code == 0, done.out[-4000:] + done.err
    return is_anew


def from_nothing(path: Path, folder: Path) -> Path:
    """A copy with the same raw rows and catalog, and a rollup made of them at once."""
    shutil.copytree(path.parent, folder)
    copy = folder / path.name
    with duckdb.connect(str(copy)) as connection:
        for schema in WRITTEN_BY_DBT:
            connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute("drop table if exists catalog.rollup_basis")
    assert roll_up(copy)
    return copy
