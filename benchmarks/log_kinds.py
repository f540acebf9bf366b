"""The kinds of log that ingestion is measured on, and what one would write by hand for each.

Here: making a log of each kind from the same generated requests, and loading it into a typed
table with bare DuckDB: no identity, no fates, no manifest. Keep out: measuring (`ingest.py`).
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.first_row import first_row

TEXTS = [
    "request_id",
    "organization_id",
    "project_id",
    "api_key_id",
    "requested_model",
    "model",
    "provider",
    "region",
    "service_tier",
    "service_tier_served",
    "outcome",
    "throttle_cause",
    "usage_quality",
    "kind",
]
COUNTS = [
    "latency_ms",
    "input_tokens",
    "output_tokens",
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
    "images",
    "web_searches",
]
TYPES = (
    dict.fromkeys(TEXTS, "varchar")
    | dict.fromkeys(COUNTS, "bigint")
    | dict.fromkeys(("started_at", "completed_at"), "timestamp")
    | {"status": "smallint", "is_byok": "boolean", "source_cost_usd": "decimal(18, 12)"}
)
_USAGE = "$.usage_object"
_PROMPT = f"{_USAGE}.prompt_tokens_details"
# What the mapping of SpendLogs reaches for inside metadata.
NESTED = [
    "$.status",
    "$.error_information.error_code",
    "$.cost_breakdown.service_tier",
    _USAGE,
    f"{_PROMPT}.cached_tokens",
    f"{_USAGE}.cache_read_input_tokens",
    f"{_PROMPT}.cache_creation_tokens",
    f"{_USAGE}.cache_creation_input_tokens",
    f"{_PROMPT}.cache_write_tokens",
    f"{_PROMPT}.cache_creation_token_details.ephemeral_5m_input_tokens",
    f"{_PROMPT}.cache_creation_token_details.ephemeral_1h_input_tokens",
    f"{_USAGE}.completion_tokens_details.reasoning_tokens",
    f"{_USAGE}.server_tool_use.web_search_requests",
    f"{_PROMPT}.web_search_requests",
]
SPEND_COLUMNS = {
    "request_id": "varchar",
    "api_key": "varchar",
    "spend": "decimal(18, 12)",
    "prompt_tokens": "bigint",
    "completion_tokens": "bigint",
    "startTime": "timestamp",
    "endTime": "timestamp",
    "request_duration_ms": "bigint",
    "model": "varchar",
    "model_group": "varchar",
    "custom_llm_provider": "varchar",
    "metadata": "varchar",
    "cache_hit": "varchar",
    "status": "varchar",
}
_SPEND_LOG = """
select to_json({
    request_id: request_id, call_type: 'acompletion', api_key: sha256(api_key_id), spend: 0.0125,
    prompt_tokens: coalesce(input_tokens, 0), completion_tokens: coalesce(output_tokens, 0),
    startTime: started_at, endTime: completed_at, request_duration_ms: latency_ms, model: model,
    model_group: requested_model, custom_llm_provider: provider, cache_hit: 'False',
    status: 'success', team_id: project_id,
    metadata: {
        status: 'success', user_api_key_alias: 'prod', cost_breakdown: {service_tier: 'standard'},
        usage_object: {
            prompt_tokens: coalesce(input_tokens, 0), completion_tokens: coalesce(output_tokens, 0),
            prompt_tokens_details: {
                cached_tokens: coalesce(cache_read, 0),
                cache_creation_tokens: coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0),
                cache_creation_token_details: {
                    ephemeral_5m_input_tokens: coalesce(cache_write_5m, 0),
                    ephemeral_1h_input_tokens: coalesce(cache_write_1h, 0)}},
            completion_tokens_details: {reasoning_tokens: coalesce(output_reasoning, 0)}}}
})
from request"""


@dataclass(frozen=True)
class LogKind:
    """A kind of log: its file, how it is written from requests, how it is read by hand.

    In both statements `@log` stands for the file.
    """

    name: str
    file_name: str
    write: str
    read: str

    def bare(self, log: Path, folder: Path) -> int:
        """Load the log into a typed table of a new database; returns the rows."""
        with duckdb.connect(str(folder / "bare.duckdb")) as connection:
            connection.execute(f"create table request as {at(self.read, log)}")
            counted = first_row(connection.execute("select count(*) from request"))
        return int(counted[0]) if counted else 0


def at(statement: str, log: Path) -> str:
    """The statement on one file."""
    return statement.replace("@log", str(log))


def _json(columns: dict[str, str]) -> str:
    return (
        f"read_json('@log', format = 'newline_delimited', columns = {columns}, "
        "ignore_errors = true)"
    )


_FOUND = ", ".join(f"found[{n}] as nested_{n}" for n in range(1, len(NESTED) + 1))
KINDS = {
    kind.name: kind
    for kind in (
        LogKind("native JSON lines", "requests.jsonl", "", f"select * from {_json(TYPES)}"),
        LogKind(
            "native CSV",
            "requests.csv",
            "copy request to '@log' (format csv, header true)",
            f"select * from read_csv('@log', header = true, types = {TYPES})",
        ),
        LogKind(
            "native Parquet",
            "requests.parquet",
            "copy request to '@log' (format parquet)",
            "select * from read_parquet('@log')",
        ),
        LogKind(
            "SpendLogs JSON lines",
            "spendlogs.jsonl",
            f"copy ({_SPEND_LOG}) to '@log' "
            "(format csv, header false, quote '', escape '', delimiter e'\\x01')",
            f"select * exclude (metadata, found), {_FOUND} from (select *, "
            f"json_extract_string(metadata, {NESTED}) as found from {_json(SPEND_COLUMNS)})",
        ),
    )
}


def make_log(kind: LogKind, folder: Path, requests: int) -> Path:
    """A log of the multiplied sample, with its catalog beside it."""
    log = folder / "requests.jsonl"
    if not (folder / "catalog").exists():
        generate = Path(__file__).with_name("generate.py")
        program = [sys.executable, str(generate), str(folder), "--requests", str(requests)]
        subprocess.run(program, check=True, capture_output=True)
    if not kind.write:
        return _joined(folder / "landing", log)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        read = at(KINDS["native JSON lines"].read, folder / "landing" / "*")
        connection.execute(f"create table request as {with_zones(read)}")
        connection.execute(at(kind.write, folder / kind.file_name))
        if kind.name.startswith("SpendLogs"):
            _give_keys_hashes(connection, folder / "catalog" / "api_keys.csv")
    return folder / kind.file_name


def with_zones(read: str) -> str:
    """The requests read by hand, their times as instants."""
    return (
        "select * replace (started_at at time zone 'UTC' as started_at, "
        f"completed_at at time zone 'UTC' as completed_at) from ({read})"
    )


def _give_keys_hashes(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The generated keys get the hash that the generated SpendLogs name them by."""
    connection.execute(
        f"copy (select * replace (sha256(api_key_id) as key_sha256) from read_csv('{path}', "
        f"all_varchar = true)) to '{path}.new' (header true)"
    )
    Path(f"{path}.new").replace(path)


def _joined(parts: Path, log: Path) -> Path:
    with log.open("wb") as whole:
        for path in sorted(parts.iterdir()):
            with path.open("rb") as part:
                shutil.copyfileobj(part, whole)
    return log
