"""DuckDB and chDB from raw requests to net charges, each as one would write it by hand.

Here: deduplicate, roll up to the quarter hour, rate and discount, over the tables of
`peer_terms.py`, in the dialect of each engine. Both have exact decimals. Keep out: other peers
(`peer_frames.py`, `peer_loop.py`) and comparing.
"""

import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import duckdb
from own_process import Figures
from peer_terms import TABLES

from billing.catalog.known import TOKEN_METERS

METERS = (*TOKEN_METERS, "images", "web_searches")
BANDS = (512_000, 272_000, 256_000, 200_000, 128_000, 32_000)
BILLED = "outcome in ('success', 'client_aborted') and not is_byok and payer <> 'subscription'"
GRAIN = (
    "organization_id, project_id, payer, terms_from_at, model_id, service_tier, region, meter, "
    "price_id"
)
_SUMS = ", ".join(f"sum({meter}) as {meter}" for meter in METERS)
_INTEGERS = ", ".join(f"cast(sum({meter}) as bigint) as {meter}" for meter in METERS)
_INPUT = " + ".join(METERS[:5])
_BAND = "case " + " ".join(f"when {_INPUT} > {step} then {step}" for step in BANDS) + " else 0 end"

# One request in a hundred comes twice: only ids that do are looked at again.
UNIQUE = """
create table unique_request as
with numbered as (select *, file_row_number from read_parquet('@log', file_row_number = true)),
twice as (
    select request_id, min(file_row_number) as first_row
    from numbered group by request_id having count(*) > 1
)
select numbered.* exclude (file_row_number)
from numbered left join twice using (request_id)
where twice.first_row is null or numbered.file_row_number = twice.first_row
"""
ROLLUP = f"""
create table rollup as
select api_key_id, model, service_tier, region, outcome, is_byok, {_BAND} as context_band,
    time_bucket(interval '15 minutes', completed_at) as quarter_hour,
    count(*) as requests, {_INTEGERS}
from unique_request group by all
"""
CHARGES = f"""
create table charge as
with billable as (
    select organization_id, project_id, payer, terms_from_at, price_list, model_id, service_tier,
        region, context_band, {_INTEGERS}
    from rollup join keys using (api_key_id) join names on model = name
    join stretches using (organization_id)
    where quarter_hour >= starts_at and quarter_hour < ends_at and {BILLED}
    group by all
),
metered as (unpivot billable on {", ".join(METERS)} into name meter value quantity),
priced as (
    select {GRAIN}, cast(sum(quantity) as bigint) as quantity,
        cast(sum(quantity) as bigint) * any_value(unit_price) as amount
    from metered join prices using (price_list, model_id, meter, service_tier, context_band)
    where quantity <> 0 group by {GRAIN}
),
once as (
    select priced.*, coalesce(second_pct, 0) as second_pct,
        cast(amount - round(amount * coalesce(first_pct, 0), 12) as decimal(38, 12)) as left_over
    from priced left join discounts using (organization_id, terms_from_at, model_id)
)
select {GRAIN}, quantity, amount,
    cast(left_over - round(left_over * second_pct, 12) as decimal(38, 12)) as net
from once
"""


def duckdb_by_hand(log: Path, terms: Path, result: Path) -> Figures:
    """Three statements in a database on disk, which holds the requests as Meterbook's does."""
    stages: Figures = {}
    with duckdb.connect(str(result.with_suffix(".duckdb"))) as connection:
        for setting in ("timezone = 'UTC'", "preserve_insertion_order = false"):
            connection.execute(f"set {setting}")
        connection.execute("set memory_limit = '3GB'")
        for name in TABLES:
            connection.execute(f"create view {name} as from '{terms / name}.parquet'")
        for stage, statement in {"load": UNIQUE, "roll up": ROLLUP, "rate": CHARGES}.items():
            cpu, started = process_time(), perf_counter()
            connection.execute(statement.replace("@log", str(log)))
            stages[stage] = {"seconds": perf_counter() - started, "cpu": process_time() - cpu}
        connection.execute(f"copy charge to '{result}' (format parquet)")
    return {"stages": stages}


def duckdb_on_the_file(log: Path, terms: Path, result: Path) -> Figures:
    """The same as views, so that one statement reads the file and nothing is kept."""
    with duckdb.connect() as connection:
        for setting in ("timezone = 'UTC'", "preserve_insertion_order = false"):
            connection.execute(f"set {setting}")
        connection.execute("set memory_limit = '3GB'")
        connection.execute(f"set temp_directory = '{result.parent / 'spilled'}'")
        for name in TABLES:
            connection.execute(f"create view {name} as from '{terms / name}.parquet'")
        for statement in (UNIQUE, ROLLUP, CHARGES):
            made = statement.replace("create table", "create view").replace("@log", str(log))
            connection.execute(made)
        connection.execute(f"copy charge to '{result}' (format parquet)")
    return {}


_CH_BAND = "multiIf(" + ", ".join(f"{_INPUT} > {step}, {step}" for step in BANDS) + ", 0)"
_CH_METERED = ", ".join(f"('{meter}', {meter})" for meter in METERS)
CHDB = f"""
with rollup as (
    select api_key_id, model, service_tier, region, outcome, is_byok, {_CH_BAND} as context_band,
        toStartOfInterval(completed_at, interval 15 minute) as quarter_hour,
        count() as requests, {_SUMS}
    from (select * from file('@log', Parquet) limit 1 by request_id)
    group by api_key_id, model, service_tier, region, outcome, is_byok, context_band, quarter_hour
),
billable as (
    select organization_id, project_id, payer, terms_from_at, price_list, model_id, service_tier,
        region, context_band, {", ".join(f"sum(r.{meter}) as {meter}" for meter in METERS)}
    from rollup as r
    join file('@terms/keys.parquet', Parquet) as k on r.api_key_id = k.api_key_id
    join file('@terms/names.parquet', Parquet) as n on r.model = n.name
    join file('@terms/stretches.parquet', Parquet) as s on k.organization_id = s.organization_id
    where quarter_hour >= starts_at and quarter_hour < ends_at and {BILLED}
    group by organization_id, project_id, payer, terms_from_at, price_list, model_id,
        service_tier, region, context_band
),
metered as (
    select * except ({", ".join(METERS)}), pair.1 as meter, pair.2 as quantity
    from billable array join [{_CH_METERED}] as pair where pair.2 <> 0
),
priced as (
    select {GRAIN}, sum(quantity) as quantity,
        toDecimal128(sum(quantity), 0) * any(toDecimal128(unit_price, 12)) as amount
    from metered as m
    join file('@terms/prices.parquet', Parquet) as p using (
        price_list, model_id, meter, service_tier, context_band)
    group by {GRAIN}
),
once as (
    select p.*, second_pct,
        toDecimal128(amount - round(amount * toDecimal128(first_pct, 6), 12), 12) as left_over
    from priced as p
    left join file('@terms/discounts.parquet', Parquet) as d
        using (organization_id, terms_from_at, model_id)
)
select {GRAIN}, quantity, amount,
    toDecimal128(left_over - round(left_over * toDecimal128(second_pct, 6), 12), 12) as net
from once
into outfile '@result' format Parquet
settings join_use_nulls = 0, prefer_column_name_to_alias = 1, session_timezone = 'UTC', schema_inference_make_columns_nullable = 0
"""


def chdb(log: Path, terms: Path, result: Path) -> Figures:
    """ClickHouse's engine in this process: one query over the files."""
    from chdb import session  # noqa: PLC0415  # only where it is installed

    names = {"@log": log, "@terms": terms, "@result": result}
    query = CHDB
    for name, path in names.items():
        query = query.replace(name, os.fspath(path))
    with session.Session(os.fspath(result.parent / "chdb")) as engine:
        engine.query(query)
    return {}


PEERS: dict[str, Callable[[Path, Path, Path], Figures]] = {
    "DuckDB, kept": duckdb_by_hand,
    "DuckDB": duckdb_on_the_file,
    "chDB": chdb,
}
