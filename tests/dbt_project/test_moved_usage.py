"""A rollup that follows acts on keys is, row for row, the one made from nothing."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from orchestration.defs.rating.basis import ROLLUP_SOURCES
from orchestration.manifest import manifest_path
from tests.dbt_project.moving import act, die_after, from_nothing, ingest, roll_up
from tests.dbt_project.warehouse import built, execute, make_warehouse, read

SEEDS = int(os.environ.get("METERBOOK_MOVED_USAGE", "2"))
STEPS = 7
_STANDING = "* exclude (to_at)"
_RESOLVED = f"""
with standings as (select {_STANDING} from intermediate.int_usage__standings),

kinds as (select * exclude (seen_up_to) from intermediate.int_usage__request_kinds)

select standings.* exclude (standing_id), kinds.* exclude (request_kind_id),
    usage.* exclude (usage_key_id)
from {{table}} as usage
inner join standings on usage.usage_key_id // 1048576 = standings.standing_id
inner join kinds on usage.usage_key_id % 1048576 = kinds.request_kind_id
order by all
"""
BY_KEY = ("int_usage__quarter_hours", "int_usage__quarter_hour_meters", "dim_usage_key")
OTHERS = ("int_usage__minute_peaks", "int_usage__latency_hours", "int_usage__source_hours")
CHARGES = "select * from intermediate.int_rating__charges order by all"
INVOICES = "select * from finance.fct_invoices order by all"
DEDUCTIONS = "select * from finance.fct_prepaid_deductions order by all"


def rollup_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the rollup, with what its usage key means in place of the key's number."""
    rows = {table: read(path, _RESOLVED.format(table=f"intermediate.{table}")) for table in BY_KEY}
    for table in OTHERS:
        rows[table] = read(
            path,
            f"select columns(lambda c: c <> 'seen_up_to') from intermediate.{table} order by all",
        )
    for table in BY_KEY:
        (count,) = read(path, f"select count(*) from intermediate.{table}")[0]
        assert count == len(rows[table]), "a usage key leads nowhere"
    rows["current"] = read(
        path,
        "select * exclude (standing_id) from intermediate.int_usage__current_standings order by all",
    )
    return rows


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_rollup_that_follows_random_acts_is_the_one_made_from_nothing(
    seed: int, tmp_path: Path
) -> None:
    draw = Random(20261127 + seed)  # noqa: S311  # which acts is no secret
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    done: list[str] = []
    for step in range(STEPS):
        with duckdb.connect(str(path)) as connection:
            done += [act(connection, draw) for _ in range(draw.randint(0, 2))]
            if draw.random() < 0.7:
                ingest(connection, draw)
                done.append("file")
        is_whole = roll_up(path, draw if step < STEPS - 1 else None)
        done.append("built" if is_whole else "killed")
    other = from_nothing(path, tmp_path / "anew")
    kept, anew = rollup_of(path), rollup_of(other)
    assert kept == anew, done
    for each in (path, other):
        built(each, "--select", "+fct_invoices", "+fct_prepaid_deductions",
              "--exclude-resource-type", "unit_test", "test")  # fmt: skip
    for query in (CHARGES, INVOICES, DEDUCTIONS):
        assert read(path, query) == read(other, query), done


# A rollup that is altered by hand keeps what is not made anew.
ALTER = "update intermediate.int_usage__quarter_hours set requests = requests + 1000"


def test_usage_after_a_key_ended_moves_and_no_other_does(tmp_path: Path) -> None:
    """Berlin's only key ends on 16 October at 12:15: of its six requests three come after."""
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    execute(
        path,
        ALTER,
        "update catalog.api_keys set valid_to_at = '2026-10-16 12:15:00' "
        "where api_key_id = 'key_berlin'",
    )
    roll_up(path)
    reasons = read(
        path,
        """select usage.quarter_hour::varchar, keys.not_billed_reason, sum(usage.requests)::int
        from intermediate.int_usage__quarter_hours as usage
        inner join intermediate.dim_usage_key as keys using (usage_key_id)
        where keys.api_key_id = 'key_berlin' group by all order by all""",
    )
    assert reasons == [
        ("2026-10-02 08:00:00", "", 2002),
        ("2026-10-16 12:00:00", "", 1001),
        ("2026-10-16 12:15:00", "key_not_valid", 1),
        ("2026-10-20 09:30:00", "key_not_valid", 1),
        ("2026-10-20 09:30:00", "rate_limited", 1),
    ]
    others = read(
        path,
        """select min(usage.requests) from intermediate.int_usage__quarter_hours as usage
        inner join intermediate.dim_usage_key as keys using (usage_key_id)
        where keys.api_key_id <> 'key_berlin'""",
    )
    assert others == [(1001,)]


def test_a_key_that_nobody_used_moves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    rows = "select * from intermediate.int_usage__quarter_hours order by all"
    execute(
        path,
        ALTER,
        "insert into catalog.api_keys select * replace ('key_new' as api_key_id) "
        "from catalog.api_keys where api_key_id = 'key_berlin'",
        "update catalog.api_keys set valid_to_at = '2026-12-01' where api_key_id = 'key_oslo'",
        "insert into catalog.models (model_id, provider) values ('never-logged', 'any')",
        "insert into catalog.model_aliases values ('never-logged-either', 'gpt')",
    )
    before = read(path, rows)
    roll_up(path)
    assert read(path, rows) == before
    standings = "select count(*) from intermediate.int_usage__current_standings"
    assert read(path, standings + " where api_key_id = 'key_new'")[0][0] > 0
    assert read(path, standings + " where to_at = '2026-12-01'") == [(1,)]


def test_a_name_that_logs_used_rolls_everything_up_again_when_it_means_another_model(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    rows = "select * from intermediate.int_usage__quarter_hours order by all"
    before = read(path, rows)
    execute(path, ALTER, "update catalog.model_aliases set model_id = 'claude'")
    roll_up(path)
    assert read(path, rows) == before


PEAKS = """
    select scope, scope_id, model_id, quarter_hour::varchar, peak_minute_requests,
        peak_minute_tokens, throttled_requests
    from intermediate.int_usage__minute_peaks where {} order by all
"""


def test_peaks_of_days_after_a_key_ended_are_made_anew_and_no_other_are(tmp_path: Path) -> None:
    """Berlin's key was used on the 2nd, the 16th (also just before it ends) and the 20th.

    Gap's last request is the last of all, when its key has ended: no peak is so late until it has not.
    """
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    gap = PEAKS.format("scope = 'key' and usage_date > '2026-10-20'")
    assert read(path, gap) == []
    ends = "update catalog.api_keys set valid_to_at = '{}' where api_key_id = '{}'"
    execute(
        path,
        "update intermediate.int_usage__minute_peaks set throttled_requests = 1000",
        ends.format("2026-10-16 12:15:00", "key_berlin"),
    )
    roll_up(path)
    assert read(path, PEAKS.format("scope_id = 'key_berlin' and scope = 'key'")) == [
        ("key", "key_berlin", "", "2026-10-02 08:00:00", 2, 400001, 1000),
        ("key", "key_berlin", "", "2026-10-16 12:00:00", 1, 1000, 0),
    ]
    assert (
        read(path, PEAKS.format("throttled_requests <> 1000 and usage_date <> '2026-10-16'")) == []
    )
    execute(path, ends.format("9999-12-31 00:00:00", "key_gap"))
    roll_up(path)
    assert read(path, gap) == [("key", "key_gap", "", "2026-10-31 00:00:00", 1, 50, 0)]


def test_a_request_is_counted_for_the_subscription_its_key_went_on_under(tmp_path: Path) -> None:
    """The plan's only request, at 10 o'clock on the 7th, comes after a change at 9 o'clock."""
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    execute(
        path,
        "insert into catalog.subscriptions select * replace ('sub_next' as subscription_id, "
        "timestamp '2026-10-07 09:00:00' as starts_at, 'sub_plan' as changed_from) "
        "from catalog.subscriptions where subscription_id = 'sub_plan'",
        "update catalog.subscriptions set ends_at = '2026-10-07 09:00:00' "
        "where subscription_id = 'sub_plan'",
    )
    roll_up(path)
    expected = [
        (scope, scope_id, model, "2026-10-07 10:00:00", 1, 4100, 0)
        for scope, scope_id, model in (
            ("key", "key_plan", ""),
            ("key_model", "key_plan", "gpt"),
            ("subscription", "sub_next", ""),
            ("subscription_model", "sub_next", "gpt"),
        )
    ]
    of_plan = PEAKS.format("scope_id in ('key_plan', 'sub_plan', 'sub_next')")
    assert read(path, of_plan) == expected
    other = from_nothing(path, tmp_path / "anew")
    assert rollup_of(path) == rollup_of(other)


def test_every_macro_that_makes_the_rollup_tells_one_version_of_it_from_another() -> None:
    manifest = json.loads(manifest_path().read_text())
    ingestion = ("models/staging/ingestion/", "models/intermediate/ingestion/")
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["original_file_path"].startswith(ingestion)
    ]
    open_names = {name for model in models for name in model["depends_on"]["macros"]}
    files: dict[str, str] = {}
    while open_names:
        name = open_names.pop()
        macro = manifest["macros"][name]
        if name not in files and macro["package_name"] == "meterbook":
            files[name] = macro["original_file_path"]
            open_names.update(macro["depends_on"]["macros"])
    assert {"macro.meterbook.is_served", "macro.meterbook.told"} <= files.keys()
    assert set(files.values()) <= set(ROLLUP_SOURCES)


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_run_that_died_after_it_met_a_name_is_made_good_without_a_rebuild_while_it_means_the_same(
    tmp_path: Path, *, is_changed: bool
) -> None:
    """A file comes with a name of its own, and its run dies twice with latencies by model built."""
    path = tmp_path / "kept" / "meterbook.duckdb"
    path.parent.mkdir()
    make_warehouse(path)
    roll_up(path)
    execute(path, ALTER, "insert into catalog.model_aliases values ('brush', 'gpt')")
    with duckdb.connect(str(path)) as connection:
        ingest(connection, Random(1), names=("brush",))  # noqa: S311  # no secret
    for _ in range(2):
        assert not die_after(path, "int_usage__latency_hours")
    if is_changed:
        execute(path, "update catalog.model_aliases set model_id = 'claude' where alias = 'brush'")
    roll_up(path)
    hours = "select count(*) from intermediate.int_usage__quarter_hours where requests > 1000"
    assert (read(path, hours) == [(0,)]) is is_changed
    latencies = """select columns(lambda c: c <> 'seen_up_to')
        from intermediate.int_usage__latency_hours order by all"""
    other = from_nothing(path, tmp_path / "anew")
    assert read(path, latencies) == read(other, latencies)
