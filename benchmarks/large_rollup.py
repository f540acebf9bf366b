"""The rollup that ingesting any number of generated requests gives, without their logs.

Here: every request is drawn as `many_requests.py` draws it, but its quarter hour, usage key and
counts go straight into the rollup. That this gives the same rows is seen first, on logs that are
written and ingested. Keep out: what is measured with it (`rating.py`).
"""

import shutil
from pathlib import Path

import duckdb
from dbt_models import prepare_month, run_models
from many_customers import write_catalog
from many_requests import DAYS, DRAWN, of_day, plan_draws, prepare_draws, write_day, write_lines
from own_process import Figures, take

from billing.home import Home
from billing.ingestion.tables import METER_COLUMNS
from billing.warehouse import open_warehouse
from orchestration.defs.rating.basis import remember_basis

DATA = Path(__file__).resolve().parents[1] / "data"
ORGANIZATIONS, KEYS = 2_000, 10_000
ROLLUP = "meterbook.intermediate.int_usage__quarter_hours"
USAGE_KEYS = ("int_usage__used_keys", "dim_usage_key")
"""Made of the rollup: the drawn one has keys that the ingested one had not."""
OTHER_METERS = "meterbook.intermediate.int_usage__quarter_hour_meters"

SAMPLE_FILE = "gateway-2026-10-samples.jsonl.zst"
"""Each sample row once, as one key's requests of one instant, after the files of the days."""
SAMPLES = """
select '{"request_id":"sample_' || base_id || '","started_at":"2026-10-31T12:00:00Z",'
    || '"completed_at":"2026-10-31T12:00:00Z",' || (select min(owner) from key_slot) || rest[2:]
from base
"""
# What ingestion made of each sample row.
SAMPLE_ROWS = f"""
create table draws.sample_row as
with events as (
    select cast(identity.native_id[8:] as bigint) as base_id, events.*
    from meterbook.raw.accepted_event as identity
    join meterbook.staging.stg_usage__events as events using (ingest_sequence, line_number)
    where ingest_sequence = $sample_file
)
select events.base_id, kinds.request_kind_id, events.requests, events.ingest_sequence,
    events.line_number, {", ".join(METER_COLUMNS)}
from events
join meterbook.raw.request_shape as shape using (shape_id)
join meterbook.intermediate.int_usage__request_kinds as kinds using (
    requested_model, answered_model, provider, region, service_tier_asked, service_tier, is_byok,
    outcome, throttle_cause, usage_quality, source_id, context_band)
where shape.status_code // 100 = kinds.status_class
    and kinds.kind = case when events.is_reversal then 'reversal' else shape.kind end
""".replace("$sample_file", str(DAYS + 1))
SAMPLE_METERS = """
create table draws.sample_meter as
select sample.base_id, meters.meter, meters.quantity * sample.requests as quantity
from draws.sample_row as sample
join meterbook.raw.usage_event_meter as meters using (ingest_sequence, line_number)
where meters.fate = 'accepted'
"""
SLOTS = """
create table draws.slot as
select client, slot, standing_id, from_at, to_at
from draws.key_slot
join meterbook.intermediate.int_usage__current_standings as standings
    on standings.api_key_id = regexp_extract(owner, '"api_key_id":"([^"]*)"', 1)
"""
PLACED = f"""
{DRAWN},
placed as (
    select cast(standing_id as bigint) * 1048576 as standing, base_id,
        time_bucket(interval '15 minutes', completed_at) as quarter_hour
    from drawn
    join draws.slot using (client, slot)
    where completed_at >= from_at and completed_at < to_at
)
"""
_SUMS = ", ".join(f"cast(sum(requests * {meter}) as bigint) as {meter}" for meter in METER_COLUMNS)
OF_DAY = {
    ROLLUP: f"""
        with {PLACED}
        select standing + request_kind_id as usage_key_id, quarter_hour,
            $day as ingest_sequence, cast(sum(requests) as bigint) as requests, {_SUMS}
        from placed join draws.sample_row using (base_id) group by all""",
    OTHER_METERS: f"""
        with {PLACED}
        select standing + request_kind_id as usage_key_id, quarter_hour,
            $day as ingest_sequence, meter, cast(sum(requests) as bigint) as requests,
            cast(sum(quantity) as bigint) as quantity
        from placed
        join draws.sample_row using (base_id)
        join draws.sample_meter as meters using (base_id) group by all""",
}


def build(home: Home, probe: int, requests: int) -> Figures:
    """Ingest `probe` requests, see that draws give their rollup, and put the large one there."""
    catalog, landing, draws = (home.root / name for name in ("catalog", "logs", "draws.duckdb"))
    keys = write_catalog(
        DATA / "catalog", DATA / "samples" / "inputs", catalog, ORGANIZATIONS, KEYS
    )
    landing.mkdir()
    with duckdb.connect(str(draws)) as connection:
        connection.execute("create schema draws")
        connection.execute("use draws")
        prepare_draws(connection, DATA / "samples", keys)
        plan_draws(connection, probe)
        for day in range(DAYS):
            write_day(connection, landing / f"gateway-2026-10-{day + 1:02d}.jsonl.zst", day)
        write_lines(connection, SAMPLES, landing / SAMPLE_FILE)
    take([landing], catalog, home.warehouse_file)
    shutil.rmtree(landing)
    prepare_month(home, catalog)
    run_models(home, rebuild=True)
    with open_warehouse(home.warehouse_file) as connection:
        remember_basis(connection)
        connection.execute("set memory_limit = '6GB'")
        connection.execute(f"attach '{draws}' as scratch")
        connection.execute("use scratch.draws")
        for statement in (SAMPLE_ROWS, SAMPLE_METERS, SLOTS):
            connection.execute(statement)
        rows = _draw(connection)
        _require_same(connection)
        if requests != probe:
            plan_draws(connection, requests)
            rows = _draw(connection)
        for table in OF_DAY:
            _replace(connection, table)
    draws.unlink()
    run_models(home, select=USAGE_KEYS, rebuild=True)
    return rows


def _draw(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Draw every request of the plan and add up its rollup; the rows of each table."""
    found: Figures = {}
    for table, statement in OF_DAY.items():
        name = table.rpartition(".")[2]
        for day in range(DAYS):
            into = (
                f"insert into draws.{name}" if day else f"create or replace table draws.{name} as"
            )
            connection.execute(
                f"{into} {of_day(connection, statement, day).replace('$day', str(day + 1))}"
            )
        (found[name],) = connection.execute(f"select count(*) from draws.{name}").fetchall()[0]
    return found


def _require_same(connection: duckdb.DuckDBPyConnection) -> None:
    """Stop unless the drawn rollup is, row for row, that of the ingested logs."""
    for table in OF_DAY:
        drawn = f"draws.{table.rpartition('.')[2]}"
        others = connection.execute(
            f"with ingested as (from {table} where ingest_sequence <= {DAYS}) "
            f"select count(*) from ((from {drawn} except all from ingested) "
            f"union all (from ingested except all from {drawn}))"
        ).fetchall()[0][0]
        if others:
            raise SystemExit(f"{others} rows of {table} are not what was drawn")


def _replace(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Put the drawn rows in the table's place, in no order, as the model's aggregate leaves them."""
    drawn = f"draws.{table.rpartition('.')[2]}"
    connection.execute(f"delete from {table} where ingest_sequence <= {DAYS}")
    connection.execute(
        f"insert into {table} from {drawn} order by hash(usage_key_id, quarter_hour)"
    )
    connection.execute(f"drop table {drawn}")
    connection.execute("checkpoint meterbook")
