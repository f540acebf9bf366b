"""October 2026 of three organizations, worked out by hand, as a correct warehouse holds it.

org_berlin (contract, EUR at 0.9): gpt-5 1,000,003 input x 0.000001125 = 1.125003375 and 200
output x 0.000009 = 0.0018; sonnet 500,001 input x 0.0000027 = 1.3500027. Together 2.476806075
-> 2.48; by model 1.13 and 1.35; by line 1.13, 0.00 and 1.35. 10 % of 2.48 = 0.25, spread 0.11,
0.00 and 0.14; 20 % of 1.35 - 0.14 = 1.21 -> 0.24. Taxable 1.99, 19 % = 0.38, total 2.37.

org_kolkata (balance, USD): 1,000,000 input of gpt-5 at 1.25, in the first quarter hour of its
month. 5.00 + 10.00 - 1.25 = 13.75.

org_plan (plan): fee 19.00 from October 31, 19 % = 3.61; one request included.
"""

from collections.abc import Mapping
from datetime import date, datetime

import duckdb

from tests.billing.audit.closed_month_catalog import CATALOG_TABLES
from tests.billing.audit.closed_month_results import insert_results
from tests.billing.audit.warehouse import empty_warehouse, insert

MONTH = date(2026, 10, 1)
BERLIN_STARTS = datetime.fromisoformat("2026-09-30T22:00:00")
KOLKATA_STARTS = datetime.fromisoformat("2026-09-30T18:30:00")
NOON = datetime.fromisoformat("2026-10-10T12:00:00")

KEYS: tuple[Mapping[str, object], ...] = (
    {"usage_key_id": 1, "organization_id": "org_berlin", "payer": "contract", "model": "gpt-5"},
    {"usage_key_id": 2, "organization_id": "org_berlin", "payer": "contract", "model": "sonnet"},
    {"usage_key_id": 3, "organization_id": "org_kolkata", "payer": "balance", "model": "gpt-5"},
    {
        "usage_key_id": 4,
        "organization_id": "org_plan",
        "payer": "subscription",
        "model": "gpt-5",
        "not_billed_reason": "included_in_subscription",
    },
)
EVENTS = (
    (1, NOON, {"input_uncached_tokens": 1_000_003, "output_visible_tokens": 200}),
    (2, NOON, {"input_uncached_tokens": 500_001}),
    (3, KOLKATA_STARTS, {"input_uncached_tokens": 1_000_000}),
    (4, NOON, {"input_uncached_tokens": 40}),
)


def closed_month() -> duckdb.DuckDBPyConnection:
    """Build the warehouse; nothing in it is computed by the code under test."""
    connection = empty_warehouse()
    connection.execute(CATALOG_TABLES)
    _usage(connection)
    insert_results(connection)
    return connection


def _usage(connection: duckdb.DuckDBPyConnection) -> None:
    for organization in ("org_berlin", "org_kolkata", "org_plan", "unknown"):
        mark = {"organization_id": organization, "billing_month": MONTH, "watermark": 1}
        insert(connection, "books.month_watermark", mark)
    file = {"ingest_sequence": 1, "file_name": "october.jsonl", "file_month": MONTH}
    manifest = {"received": 6, "accepted": 4, "duplicates": 1, "quarantined": 1}
    insert(connection, "raw.ingest_file", {**file, **manifest})
    # 1,000,003 + 500,001 + 1,000,000 + 40 accepted, 40 in the duplicate
    counted = {"requests": 6, "input_uncached": 2_500_084, "output_visible": 200}
    for meter, quantity in counted.items():
        row = {"ingest_sequence": 1, "meter": meter, "quantity": quantity}
        insert(connection, "raw.ingest_file_meter", row)
    for line, (key, (_, at, meters)) in enumerate(zip(KEYS, EVENTS, strict=True), start=1):
        _event(connection, key, line, at, meters)
    place = {"ingest_sequence": 1, "organization_id": "org_plan"}
    twice = {"line_number": 5, "completed_at": NOON, "input_uncached_tokens": 40}
    insert(connection, "raw.duplicate_event", {**place, "native_id": "r4", **twice})
    lost = {"ingest_sequence": 1, "organization_id": "unknown"}
    insert(connection, "raw.quarantined_event", {**lost, "line_number": 6, "reason": "missing_id"})
    fates = "intermediate.int_usage__file_fates"
    one = {"requests": 1}
    insert(connection, fates, {**place, "fate": "duplicate", **one, "input_uncached_tokens": 40})
    insert(connection, fates, {**lost, "fate": "quarantined", **one})


def _event(
    connection: duckdb.DuckDBPyConnection,
    key: Mapping[str, object],
    line: int,
    at: datetime,
    meters: Mapping[str, int],
) -> None:
    organization = str(key["organization_id"])
    short = organization.removeprefix("org_")
    owner = {"organization_id": organization, "project_id": f"proj_{short}"}
    model = key["model"]
    names = ("requested_model_id", "answered_model_id", "billed_model_id")
    attributes = {name: value for name, value in key.items() if name != "model"}
    dimension = {**attributes, **owner, "api_key_id": f"key_{short}", **dict.fromkeys(names, model)}
    insert(connection, "intermediate.dim_usage_key", dimension)
    kind = {"requested_model": model, "answered_model": model}
    kind["request_kind_id"] = key["usage_key_id"]
    insert(connection, "intermediate.int_usage__request_kinds", kind)
    insert(
        connection,
        "raw.usage_event",
        {
            "ingest_sequence": 1,
            "line_number": line,
            "native_id": f"r{line}",
            **owner,
            "api_key_id": f"key_{short}",
            "requested_model": model,
            "answered_model": model,
            "completed_at": at,
            **meters,
        },
    )
    place = {"usage_key_id": key["usage_key_id"], "quarter_hour": at, "ingest_sequence": 1}
    insert(connection, "intermediate.int_usage__quarter_hours", {**place, "requests": 1, **meters})
    fate = {"ingest_sequence": 1, "organization_id": organization, "fate": "accepted"}
    insert(connection, "intermediate.int_usage__file_fates", {**fate, "requests": 1, **meters})
