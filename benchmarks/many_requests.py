"""Native logs of any size: the sample's requests, drawn again for many customers' keys.

Here: one landing file per UTC day of October 2026, written by DuckDB from the sample's own
rows and ServeGen's arrivals. Add a column to BASE when the native format gains one. Keep out:
who the customers are (`many_customers.py`). The same DuckDB gives the same rows.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from many_customers import WeightedKey

from billing.first_row import first_row

DAYS = 31
STEPS_PER_DAY = 144
KEY_SLOTS = 4_000_000

# What is kept of a good sample row, as the end of a JSON line; ids, times and owner are new.
BASE = """
create table base as
select row_number() over (order by request_id) - 1 as base_id, latency_ms,
    json_merge_patch(rest, '{"request_id":null,"started_at":null,"completed_at":null,
        "organization_id":null,"project_id":null,"api_key_id":null}') as rest
from (
    select json_extract_string(line, '$.request_id') as request_id, line as rest,
        cast(json_extract(line, '$.latency_ms') as bigint) as latency_ms
    from (
        select column0 as line
        from read_csv($files, header = false, delim = e'\\x01', quote = '', escape = '',
            columns = {'column0': 'varchar'}, strict_mode = false)
        where json_valid(column0)
    )
    where json_exists(line, '$.request_id') and json_exists(line, '$.input_tokens')
        and json_exists(line, '$.organization_id') and json_exists(line, '$.model')
        and json_extract_string(line, '$.outcome') <> 'exploded'
        and json_extract_string(line, '$.completed_at')[:4] = '2026'
        and cast(json_extract(line, '$.input_tokens') as bigint)
            = coalesce(list_sum(cast(json_extract(line, [
                '$.input_uncached', '$.cache_read', '$.cache_write_5m', '$.cache_write_1h'
            ]) as bigint[])), 0)
    qualify row_number() over (partition by request_id order by line) = 1
)
where latency_ms < 600000
"""

KEY_SLOTS_BY_CLIENT = """
create table key_slot as
select client, owner, row_number() over (partition by client order by owner) - 1 as slot
from (select client, owner, unnest(range(0, slots)) from key_weight)
"""

CLIENT_WEIGHTS = """
create table client_weight as
select client, cast(sum(slots) as bigint) as weight from key_weight group by client
"""

# Each client's requests per 10-minute step, tiled over the month and scaled to the total.
CELLS = """
create or replace table cell as
with steps as (
    select step, client, count
    from (select unnest(range(0, $steps)) as step)
    join rate on rate.step_of_trace = step % (select max(step_of_trace) + 1 from rate)
    where count > 0
),
weighted as (
    select step, client, cast(count as double) / sum(count) over (partition by client)
        * (select weight from client_weight where client_weight.client = steps.client) as share
    from steps
),
reached as (
    select step, client, sum(share) over (order by step, client rows unbounded preceding) as upto,
        sum(share) over () as whole
    from weighted
),
bounds as (
    select step, client, cast(floor(upto / whole * $requests + 0.5) as bigint) as up_to
    from reached
)
select step, client, weight as slots,
    lag(up_to, 1, 0) over (order by step, client) as from_row, up_to
from bounds
join client_weight using (client)
"""

# The requests of some steps: which key's slot, which sample row, and when.
DRAWN = """
asked as (
    select step, client, slots, unnest(range(from_row, up_to)) as row_id
    from cell
    where step >= $first_step and step < $last_step
),
drawn as (
    select client, row_id, cast(hash(row_id, 'key') % slots as bigint) as slot,
        cast(hash(row_id, 'request') % $base_rows as bigint) as base_id,
        timestamp '2026-10-01' + to_milliseconds(
            step * 600000 + cast(hash(row_id, 'time') % 600000 as bigint)) as completed_at
    from asked
)
"""
REQUEST_ID = "'req_' || printf('%012x', row_id * 2654435761 % 281474976710656)"

LINES = f"""
with {DRAWN}
select '{{"request_id":"' || {REQUEST_ID}
    || '","started_at":"'
    || replace(cast(completed_at - to_milliseconds(base.latency_ms) as varchar), ' ', 'T')
    || 'Z","completed_at":"' || replace(cast(completed_at as varchar), ' ', 'T')
    || 'Z",' || key_slot.owner || base.rest[2:]
from drawn
join key_slot on drawn.client = key_slot.client and drawn.slot = key_slot.slot
join base on drawn.base_id = base.base_id
"""


def owner_text(key: WeightedKey) -> str:
    """Return the part of a JSON line that says whose request it is."""
    return (
        f'"organization_id":"{key.organization_id}","project_id":"{key.project_id}",'
        f'"api_key_id":"{key.api_key_id}",'
    )


def load_keys(connection: duckdb.DuckDBPyConnection, keys: Sequence[WeightedKey], n: int) -> None:
    """Create the slots a request picks its key from: each key has as many as its weight.

    A key takes the arrivals of one ServeGen client, so the slots are kept by client.
    """
    total = sum(key.weight for key in keys)
    organizations = list(dict.fromkeys(key.organization_id for key in keys))
    client_of = {name: number % n for number, name in enumerate(organizations)}
    columns = {
        "clients": [client_of[key.organization_id] for key in keys],
        "slots": [max(key.weight * KEY_SLOTS // total, 1) for key in keys],
        "owners": [owner_text(key) for key in keys],
    }
    connection.execute(
        "create table key_weight as select unnest($clients) as client, "
        "unnest($slots) as slots, unnest($owners) as owner",
        columns,
    )
    connection.execute(KEY_SLOTS_BY_CLIENT)
    connection.execute(CLIENT_WEIGHTS)


def load_rates(connection: duckdb.DuckDBPyConnection, inputs: Path) -> int:
    """Create the table of arrivals; return the number of clients in it."""
    path = str(inputs / "servegen_m_large_rates.csv.zst")
    connection.execute(
        """
        create table rate as
        select client, cast(step as int) as step_of_trace, count
        from (
            unpivot (
                select * exclude (client), row_number() over () - 1 as client
                from read_csv($path, header = true, compression = 'zstd')
            ) on columns(* exclude (client)) into name step value count
        )
        """,
        {"path": path},
    )
    found = first_row(connection.execute("select count(distinct client) from rate"))
    return int(found[0]) if found else 0


def write_logs(
    samples: Path, target: Path, keys: Sequence[WeightedKey], requests: int, suffix: str
) -> int:
    """Write one landing file per day, `suffix` `.jsonl` or `.jsonl.zst`; return their size."""
    target.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("set memory_limit = '3GB'")
    prepare_draws(connection, samples, keys)
    plan_draws(connection, requests)
    for day in range(DAYS):
        write_day(connection, target / f"gateway-2026-10-{day + 1:02d}{suffix}", day)
    return sum(path.stat().st_size for path in target.glob(f"*{suffix}"))


def prepare_draws(
    connection: duckdb.DuckDBPyConnection, samples: Path, keys: Sequence[WeightedKey]
) -> None:
    """Create the tables that requests are drawn from: sample rows, slots of keys, arrivals."""
    files = [str(path) for path in sorted(samples.glob("2026-10/landing/gateway-2026*.zst"))]
    connection.execute(BASE, {"files": files})
    load_keys(connection, keys, load_rates(connection, samples / "inputs"))


def plan_draws(connection: duckdb.DuckDBPyConnection, requests: int) -> None:
    """Share a number of requests out over the month; replaces an earlier plan."""
    connection.execute(CELLS, {"steps": DAYS * STEPS_PER_DAY, "requests": requests})


def of_day(connection: duckdb.DuckDBPyConnection, statement: str, day: int) -> str:
    """A statement with DRAWN in it, for the requests of one UTC day."""
    counted = first_row(connection.execute("select count(*) from base"))
    numbers = {
        "$first_step": day * STEPS_PER_DAY,
        "$last_step": (day + 1) * STEPS_PER_DAY,
        "$base_rows": counted[0] if counted else 0,
    }
    for name, number in numbers.items():
        statement = statement.replace(name, str(number))
    return statement


def write_day(connection: duckdb.DuckDBPyConnection, path: Path, day: int) -> None:
    """Write the landing file of one UTC day."""
    write_lines(connection, of_day(connection, LINES, day), path)


def write_lines(connection: duckdb.DuckDBPyConnection, lines: str, path: Path) -> None:
    """Write what a statement gives as one file, packed as its name says."""
    packing = "zstd" if path.suffix == ".zst" else "none"
    connection.execute(
        f"copy ({lines}) to '{path}' (format csv, header false, quote '', escape '', "
        f"delimiter e'\\x01', compression {packing})"
    )
