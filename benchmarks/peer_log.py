"""The raw requests that `peers.py` measures on: one file of Parquet.

Here: the generated month with one request in a hundred delivered twice, every count stated and
every text there, so that all ways read the same columns and none has to make them up. Keep out:
reading it.
"""

from pathlib import Path

import duckdb
from log_kinds import KINDS, at, with_zones
from own_process import generate
from peer_terms import Terms

PER_ROW = 100_000
"""Requests that ways taking one row after the other are measured on."""
_PARTS = ("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h")
LOG = f"""
with request as (
    select * replace (
        coalesce(model, requested_model, '') as model, coalesce(region, '') as region,
        coalesce(nullif(service_tier_served, ''), service_tier, 'default') as service_tier_served,
        coalesce(nullif(service_tier_served, ''), service_tier, 'default') as service_tier,
        coalesce(is_byok, false) as is_byok,
        {", ".join(f"coalesce({name}, 0) as {name}" for name in _PARTS)},
        coalesce(cache_write_unknown_ttl, 0) as cache_write_unknown_ttl,
        coalesce(output_reasoning, 0) as output_reasoning,
        coalesce(output_visible, output_tokens - coalesce(output_reasoning, 0), 0) as output_visible,
        coalesce(images, 0) as images, coalesce(web_searches, 0) as web_searches
    )
    from (@read)
)
from request union all by name
from request where hash(request_id, 'twice') % 100 = 0"""


def make_log(folder: Path, requests: int) -> Path:
    """The requests as one file of Parquet, with their catalog and the peers' terms beside it."""
    generate(folder, requests, compressed=True)
    log = folder / "requests.parquet"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set memory_limit = '3GB'")
        read = at(KINDS["native JSON lines"].read, folder / "landing" / "*")
        connection.execute(
            f"copy ({LOG.replace('@read', with_zones(read))}) to '{log}' (format parquet)"
        )
        first = log.with_name("first.parquet")
        connection.execute(f"copy (from '{log}' limit {PER_ROW}) to '{first}' (format parquet)")
    for path in (folder / "landing").iterdir():
        path.unlink()
    Terms(folder / "catalog").write(folder / "terms")
    return log
