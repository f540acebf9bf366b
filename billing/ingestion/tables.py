"""The tables of schema `raw` and the meters they carry.

Here: what a raw table looks like, once. Add a column here first. Keep out: filling them
(`store.py`) and everything derived from them.
"""

import hashlib

import duckdb

from billing.errors import MeterbookError
from billing.first_row import first_row

MAIN_METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)
INPUT_METERS = MAIN_METERS[:5]
OUTPUT_METERS = MAIN_METERS[5:]
UNKNOWN_ORGANIZATION = "unknown"
METER_COLUMNS = tuple(f"{meter}_tokens" for meter in MAIN_METERS)

_METERS = ", ".join(f"{column} bigint not null" for column in METER_COLUMNS)
_SHAPE_TEXTS = (
    *("source_id", "kind", "parent_relation", "key_type"),
    *("requested_model", "answered_model", "provider", "region"),
    *("service_tier_asked", "service_tier"),
    *("outcome", "throttle_cause", "usage_quality"),
)
SHAPE_TYPES = dict.fromkeys(_SHAPE_TEXTS, "varchar") | {
    "is_byok": "boolean",
    "status_code": "smallint",
}
SHAPE_COLUMNS = tuple(SHAPE_TYPES)
OWNER_COLUMNS = ("organization_id", "project_id", "api_key_id")

_TABLES = {
    "ingest_file": """
        ingest_sequence integer primary key, file_name varchar not null,
        content_sha256 varchar not null unique, size_bytes bigint not null,
        format varchar not null, source_id varchar not null, received bigint not null,
        accepted bigint not null, duplicates bigint not null, quarantined bigint not null,
        late bigint not null, ignored bigint not null, file_month date not null,
        last_completed_at timestamp, ingested_at timestamp not null,
        supplied varchar not null""",
    "ignored_row": """
        ingest_sequence integer not null, rule varchar not null, rows bigint not null""",
    "ingest_file_meter": """
        ingest_sequence integer not null, meter varchar not null, quantity bigint not null""",
    "request_shape": f"""
        shape_id bigint primary key,
        {", ".join(f"{name} {kind} not null" for name, kind in SHAPE_TYPES.items())}""",
    "key_owner": f"""
        owner_id integer primary key,
        {", ".join(f"{name} varchar not null" for name in OWNER_COLUMNS)}""",
    "accepted_event": f"""
        ingest_sequence integer not null, line_number bigint not null,
        shape_id bigint not null, owner_id integer not null, is_reversal boolean not null,
        native_id varchar not null, row_version bigint not null,
        response_id varchar not null, parent_id varchar not null,
        started_at timestamp, completed_at timestamp not null, latency_ms bigint,
        {_METERS}, source_cost_usd decimal(18, 12)""",
    "event_identity": """
        identity_hash ubigint not null, ingest_sequence integer not null,
        line_number bigint not null""",
    "usage_event_meter": """
        ingest_sequence integer not null, line_number bigint not null,
        fate varchar not null, meter varchar not null, quantity bigint not null""",
    "duplicate_event": f"""
        ingest_sequence integer not null, line_number bigint not null,
        source_id varchar not null, native_id varchar not null, kind varchar not null,
        organization_id varchar not null, completed_at timestamp not null,
        first_ingest_sequence integer not null, first_line_number bigint not null, {_METERS}""",
    "quarantined_event": f"""
        ingest_sequence integer not null, line_number bigint not null,
        reason varchar not null, field varchar not null, detail varchar not null,
        remedy varchar not null, native_id varchar not null,
        organization_id varchar not null, completed_at timestamp, {_METERS},
        raw_line varchar not null""",
    "provider_bill_file": """
        bill_number integer primary key, file_name varchar not null,
        content_sha256 varchar not null unique, size_bytes bigint not null,
        format varchar not null, source_id varchar not null, rows bigint not null,
        ingested_at timestamp not null""",
    "provider_bill": """
        bill_number integer not null, line_number bigint not null, provider varchar not null,
        bill_date date not null, model varchar not null, project varchar not null,
        api_key varchar not null, line_item varchar not null, service_tier varchar not null,
        is_batch boolean not null, is_byok boolean not null, currency varchar not null,
        amount decimal(38, 12), requests bigint, input_total_tokens bigint,
        cache_read_tokens bigint, cache_write_tokens bigint, output_total_tokens bigint,
        output_reasoning_tokens bigint, web_searches bigint""",
    "quarantine_release": f"""
        ingest_sequence integer not null, line_number bigint not null,
        original_ingest_sequence integer not null, original_line_number bigint not null,
        reason varchar not null, organization_id varchar not null,
        completed_at timestamp, {_METERS}""",
    "retried_row": """
        ingest_sequence integer not null, line_number bigint not null,
        content_sha256 varchar not null, original_line_number bigint not null,
        result varchar not null""",
}

# An accepted event with everything its shape and its owner say.
_VIEWS = {
    "usage_event": f"""
        select event.ingest_sequence, event.line_number, shape.source_id, event.native_id,
            case when event.is_reversal then 'reversal' else shape.kind end as kind,
            event.row_version, event.response_id, event.parent_id, shape.parent_relation,
            shape.key_type, owner.organization_id, owner.project_id, owner.api_key_id,
            shape.requested_model, shape.answered_model, shape.provider, shape.region,
            shape.service_tier_asked, shape.service_tier, shape.is_byok, shape.outcome,
            shape.status_code, shape.throttle_cause, shape.usage_quality, event.started_at,
            event.completed_at, event.latency_ms, {", ".join(METER_COLUMNS)},
            event.source_cost_usd
        from raw.accepted_event as event
        inner join raw.request_shape as shape on event.shape_id = shape.shape_id
        inner join raw.key_owner as owner on event.owner_id = owner.owner_id""",
}
_LAYOUT = hashlib.sha256(repr((_TABLES, _VIEWS)).encode()).hexdigest()


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw` and its tables where they are missing.

    Raises MeterbookError when they were laid out by another version of Meterbook.
    """
    connection.execute("create schema if not exists raw")
    known = refuse_other_layout(connection)
    for name, columns in _TABLES.items():
        connection.execute(f"create table if not exists raw.{name} ({columns})")
    for name, query in _VIEWS.items():
        connection.execute(f"create view if not exists raw.{name} as {query}")
    if "layout" not in known:
        connection.execute(f"create table raw.layout as select '{_LAYOUT}' as fingerprint")


def refuse_other_layout(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables in schema `raw`, none of which is changed.

    Raises MeterbookError when they were laid out by another version of Meterbook.
    """
    found = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'raw'"
    ).fetchall()
    known = {name for (name,) in found}
    if known & set(_TABLES) and _layout(connection, known) != _LAYOUT:
        raise MeterbookError(
            "The warehouse was laid out by another version of Meterbook. Move its file away and "
            "ingest the logs again: everything in it can be rebuilt from them and the books."
        )
    return known


def _layout(connection: duckdb.DuckDBPyConnection, known: set[str]) -> str:
    if "layout" not in known:
        return ""
    row = first_row(connection.execute("select fingerprint from raw.layout"))
    return str(row[0]) if row else ""
