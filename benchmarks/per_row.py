"""Ingesting a log against scripts people add tokens up with: `python benchmarks/per_row.py FOLDER`.

Here: one log of OpenAI chat completions as a gateway stores them, one row in a hundred delivered
twice, and each way to its tokens by model, in a process of its own. All must find the same tokens.
Ways that take one row after the other are measured on the first rows, and their rate is taken to
hold for the rest. Keep out: what Meterbook does with the rows later (`rollup.py`).
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl
from genai_prices import extract_usage
from log_kinds import KINDS, at, with_zones
from own_process import Figures, generate, in_own_process, measured, take

Tokens = dict[str, Sequence[int]]
"""Of each model: all input, of that read from a cache, all output, of that reasoning."""

MODELS = [
    "gpt-5-2025-08-07",
    "gpt-5-mini-2025-08-07",
    "gpt-5-nano-2025-08-07",
    "gpt-4.1-2025-04-14",
]
METERS = ("input_tokens", "cache_read_tokens", "output_tokens", "output_reasoning_tokens")
LOG = f"""
with response as (
    select *, {MODELS}[cast(hash(request_id, 'model') % {len(MODELS)} as integer) + 1] as chat_model,
        unnest(range(case when hash(request_id, 'twice') % 100 = 0 then 2 else 1 end)) as delivery
    from request
)
select to_json({{
    id: 'chatcmpl-' || request_id[5:], object: 'chat.completion',
    created: cast(epoch(started_at) as bigint), model: chat_model,
    choices: [{{
        index: 0, finish_reason: 'stop', message: {{
            role: 'assistant', refusal: null,
            content: left(repeat(sha256(request_id) || ' ', @text // 65 + 1), @text)}}}}],
    usage: {{
        prompt_tokens: input_tokens, completion_tokens: output_tokens,
        total_tokens: input_tokens + output_tokens,
        prompt_tokens_details: {{cached_tokens: coalesce(cache_read, 0), audio_tokens: 0}},
        completion_tokens_details: {{
            reasoning_tokens: coalesce(output_reasoning, 0), audio_tokens: 0,
            accepted_prediction_tokens: 0, rejected_prediction_tokens: 0}}}},
    service_tier: 'default', system_fingerprint: null, api_key_id: api_key_id,
    completed_at: strftime(completed_at, '%Y-%m-%dT%H:%M:%S.%gZ')
}})
from response
where input_tokens > 0 and output_tokens > 0"""
READ_TOKENS = """
select answered_model,
    cast(sum(input_uncached_tokens + cache_read_tokens + cache_write_5m_tokens
        + cache_write_1h_tokens + cache_write_unknown_ttl_tokens) as bigint),
    cast(sum(cache_read_tokens) as bigint),
    cast(sum(output_visible_tokens + output_reasoning_tokens) as bigint),
    cast(sum(output_reasoning_tokens) as bigint)
from raw.usage_event group by answered_model"""


def meterbook(log: Path, warehouse: Path) -> Figures:
    """The whole of an ingest; its tokens are read from the warehouse afterwards."""
    report = take([log], log.parent / "catalog", warehouse)
    return {"rows": report.received, "counted": report.accepted}


def tokens_in(warehouse: Path) -> Tokens:
    """What an ingest accepted."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {model: sums for model, *sums in connection.execute(READ_TOKENS).fetchall()}


def polars(log: Path, _: Path) -> Figures:
    """One streaming query: the first row of each id, sums by model."""
    usage = pl.col("usage").struct
    prompt = usage.field("prompt_tokens_details").struct
    completion = usage.field("completion_tokens_details").struct
    sums = (
        pl.scan_ndjson(log)
        .unique("id", keep="any")
        .group_by("model")
        .agg(
            usage.field("prompt_tokens").sum(),
            prompt.field("cached_tokens").sum(),
            usage.field("completion_tokens").sum(),
            completion.field("reasoning_tokens").sum(),
            pl.len(),
        )
        .collect(engine="streaming")
        .rows()
    )
    tokens = {model: numbers[:4] for model, *numbers in sums}
    return {"rows": None, "counted": sum(numbers[-1] for numbers in sums), "tokens": tokens}


def python(log: Path, _: Path, *, priced: bool = False) -> Figures:
    """One row after the other: json.loads, usage as genai-prices reads it, its price if asked."""
    seen: set[str] = set()
    tokens: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(METERS))
    cost = Decimal()
    rows = 0
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            rows += 1
            row = json.loads(line)
            if row["id"] in seen:
                continue
            seen.add(row["id"])
            found = extract_usage(row, provider_id="openai", api_flavor="chat")
            if priced:
                at_time = datetime.fromtimestamp(row["created"], UTC)
                cost += found.calc_price(genai_request_timestamp=at_time).total_price
            sums = tokens[row["model"]]
            for place, meter in enumerate(METERS):
                sums[place] += int(found.usage.reported_value(meter))
    return {"rows": rows, "counted": len(seen), "tokens": tokens, "cost": str(cost)}


def python_priced(log: Path, folder: Path) -> Figures:
    """As `python`, and the price of each request."""
    return python(log, folder, priced=True)


@dataclass(frozen=True)
class Way:
    """One way from a log to tokens by model; what it does, and what it leaves undone."""

    run: Callable[[Path, Path], Figures]
    notes: str
    is_per_row: bool = False


_NO_LEDGER = "no quarantine (a bad row ends it), exactly once only within the file, no manifest"
WAYS = {
    "Meterbook": Way(
        meterbook,
        "keeps every row, unknown keys and bad rows in quarantine, exactly once over all files, "
        "manifest of files; prices later, on sums",
    ),
    "Polars": Way(polars, f"sums only: {_NO_LEDGER}, no owners, no prices"),
    "Python": Way(python, f"sums only: {_NO_LEDGER}, no owners, no prices", is_per_row=True),
    "Python, priced": Way(
        python_priced, f"sums and list prices: {_NO_LEDGER}, no owners", is_per_row=True
    ),
}


def make_log(folder: Path, requests: int, text: int) -> Path:
    """The log, with its catalog beside it."""
    generate(folder, requests, compressed=True)
    log = folder / "chat.jsonl"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set memory_limit = '3GB'")
        read = at(KINDS["native JSON lines"].read, folder / "landing" / "*")
        connection.execute(f"create view request as {with_zones(read)}")
        connection.execute(
            f"copy ({LOG.replace('@text', str(text))}) to '{log}' "
            "(format csv, header false, quote '', escape '', delimiter e'\\x01')"
        )
    return log


def first_rows(log: Path, rows: int) -> Path:
    """The log's first rows as a log of their own."""
    head = log.with_name("head.jsonl")
    with log.open("rb") as lines, head.open("wb") as file:
        file.writelines(islice(lines, rows))
    return head


def measure(name: str, log: Path) -> Figures:
    """Take the log once in this process."""
    with tempfile.TemporaryDirectory(dir=log.parent) as scratch:
        warehouse = Path(scratch) / "meterbook.duckdb"
        figures = measured(lambda: WAYS[name].run(log, warehouse))
        if "tokens" not in figures:
            figures["tokens"] = tokens_in(warehouse)
    return figures


def compare(log: Path, per_row: int) -> None:
    """Measure each way, see that all agree, and print the table."""
    head = first_rows(log, per_row)
    on_head = {
        name: in_own_process(__file__, head.parent, "--measure", name, head) for name in WAYS
    }
    on_log = {
        name: in_own_process(__file__, log.parent, "--measure", name, log)
        for name, way in WAYS.items()
        if not way.is_per_row
    }
    for found in (on_head, on_log):
        first, *others = ((each["counted"], each["tokens"]) for each in found.values())
        if any(other != first for other in others):
            raise SystemExit(f"The ways do not agree: {found}")
    rows = on_log["Meterbook"]["rows"]
    rows_of_head = on_head["Meterbook"]["rows"]
    print(
        f"{rows:,} rows, {log.stat().st_size / 2**20:,.0f} MiB, {on_log['Meterbook']['counted']:,} "
        f"requests; tokens by model are equal. Measured on the first {rows_of_head:,} rows: "
        f"{', '.join(name for name, way in WAYS.items() if way.is_per_row)}"
    )
    print(f"{'':16}{'rows/s':>12}{'of Meterbook':>14}{'seconds':>10}{'cpu':>9}{'peak MiB':>10}")
    base = rows / on_log["Meterbook"]["seconds"]
    for name, way in WAYS.items():
        figures = on_head[name] if way.is_per_row else on_log[name]
        share = rows / rows_of_head if way.is_per_row else 1
        seconds, cpu = figures["seconds"] * share, figures["cpu"] * share
        print(
            f"{name:16}{rows / seconds:12,.0f}{rows / seconds / base:13.3f}x{seconds:10.1f}"
            f"{cpu:9.1f}{figures['peak_mib']:10,.0f}{'  extrapolated' if share > 1 else ''}"
        )
    for name, way in WAYS.items():
        print(f"{name}: {way.notes}")


def main() -> None:
    """Make the log or take one, measure, and print the table."""
    parser = argparse.ArgumentParser(description="Ingesting a log against scripts of one query.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=2_000_000)
    parser.add_argument("--per-row", type=int, default=100_000, help="rows that loops are run on")
    parser.add_argument("--text", type=int, default=400, help="characters of each answer")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "LOG"))
    asked = parser.parse_args()
    if asked.measure:
        name, log = asked.measure
        print(json.dumps(measure(name, Path(log))))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as scratch:
        compare(make_log(Path(scratch), asked.requests, asked.text), asked.per_row)


if __name__ == "__main__":
    main()
