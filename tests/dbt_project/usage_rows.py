"""The usage of the fixture: two files, every request placed at an instant that matters.

Here: rows as they stand in schema `raw`. Keep out: the catalog (`catalog_rows`) and what the
rows should come to; that is in the tests.
"""

from itertools import count

from tests.dbt_project.customers import Row, short

METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)
LATE_FILE = 2

# organization, completed at, answered model, tokens by meter, what is unlike a plain success
REQUESTS: tuple[tuple[str, str, str, Row, Row], ...] = (
    ("org_berlin", "2026-10-02 08:00:00", "gpt", {"in": 190000, "read": 10000}, {}),
    ("org_berlin", "2026-10-02 08:00:00", "gpt", {"in": 190001, "read": 10000}, {}),
    ("org_berlin", "2026-10-16 12:14:59.999999", "gpt-2025-08-07", {"in": 1000}, {}),
    ("org_berlin", "2026-10-16 12:15:00", "gpt", {"in": 1000}, {}),
    ("org_berlin", "2026-10-20 09:30:00", "claude", {"out": 1000000}, {}),
    ("org_berlin", "2026-10-20 09:31:00", "", {}, {"outcome": "rate_limited", "status": 429}),
    ("org_kolkata", "2026-09-30 18:29:59.999999", "claude", {"out": 1000}, {}),
    ("org_kolkata", "2026-09-30 18:30:00", "claude", {"out": 2000}, {}),
    ("org_kolkata", "2026-10-10 18:29:59.999999", "claude", {"out": 10000}, {}),
    ("org_kolkata", "2026-10-10 18:30:00", "claude", {"out": 100000}, {}),
    ("org_tokyo", "2026-10-05 00:00:00", "claude", {"in": 10000000, "out": 1000}, {}),
    ("org_oslo", "2026-10-05 00:00:00", "claude", {"in": 1000000}, {}),
    ("org_oslo", "2026-10-05 00:01:00", "gpt", {"out": 500}, {"outcome": "client_aborted"}),
    ("org_oslo", "2026-10-05 00:02:00", "gpt", {"in": 300}, {"outcome": "upstream_error"}),
    ("org_oslo", "2026-10-05 00:03:00", "gpt", {"in": 700}, {"is_byok": True}),
    ("org_oslo", "2026-10-05 00:04:00", "gpt", {"in": 90}, {"outcome": "gateway_cache_hit"}),
    ("org_oslo", "2026-10-05 00:05:00", "painter", {}, {"image": 3}),
    ("org_plan", "2026-10-07 10:00:00", "gpt", {"in": 4000, "out": 100}, {}),
    ("org_custom", "2026-10-05 04:59:59.999999", "gpt", {"in": 10}, {}),
    ("org_custom", "2026-10-05 05:00:00", "gpt", {"in": 20}, {}),
    ("org_gap", "2026-10-07 10:00:00", "mystery", {"in": 77}, {}),
    ("org_gap", "2026-10-07 10:00:00", "gpt", {"in": 1000000}, {}),
    ("org_gap", "2026-10-31 00:00:00", "gpt", {"in": 50}, {}),
)
LATE_REQUESTS: tuple[tuple[str, str, str, Row, Row], ...] = (
    ("org_berlin", "2026-10-20 09:35:00", "gpt", {"in": 5000}, {}),
    ("org_berlin", "2026-11-03 09:35:00", "gpt", {"in": 1000000}, {}),
    ("org_tokyo", "2026-11-05 09:35:00", "claude", {"in": 40}, {"is_byok": True}),
)
SHORT_METERS = {"in": "input_uncached", "read": "cache_read", "out": "output_visible"}


def tokens(given: Row) -> Row:
    """Columns of the token meters, zero where `given` says nothing."""
    known = {SHORT_METERS[name]: quantity for name, quantity in given.items()}
    return {f"{meter}_tokens": known.get(meter, 0) for meter in METERS}


def requests() -> list[Row]:
    """Accepted requests of the first file."""
    return _events(1, REQUESTS)


def late_requests() -> list[Row]:
    """Accepted requests of the second file; one is of a kind not seen before."""
    return _events(LATE_FILE, LATE_REQUESTS)


def usage_rows() -> dict[str, list[Row]]:
    """Rows of every other raw table after the first file."""
    images = [
        {"ingest_sequence": 1, "line_number": line, "fate": "accepted", "meter": "image",
         "quantity": request[4]["image"]}
        for line, request in enumerate(REQUESTS, 1)
        if "image" in request[4]
    ]  # fmt: skip
    return {
        "usage_event_meter": images,
        "duplicate_event": [_duplicate()],
        "quarantined_event": [
            _quarantined(101, "bad_count", "org_oslo", "2026-10-05 00:06:00", {"in": 11}),
            _quarantined(102, "unreadable_row", "unknown", None, {}),
            _quarantined(103, "unknown_key", "unknown", "2026-10-05 00:07:00", {"in": 13}),
        ],
        "ingest_file": [file_row(1, len(REQUESTS), 1, 3)],
    }


def _events(sequence: int, given_requests: tuple[tuple[str, str, str, Row, Row], ...]) -> list[Row]:
    lines = count(1)
    return [
        {
            "ingest_sequence": sequence,
            "line_number": next(lines),
            "source_id": "gateway",
            "native_id": f"req_{sequence}_{number}",
            "kind": "usage",
            "row_version": 0,
            "response_id": "",
            "parent_id": "",
            "parent_relation": "",
            "key_type": "",
            "organization_id": organization,
            "project_id": f"proj_{short(organization)}",
            "api_key_id": f"key_{short(organization)}",
            "requested_model": model or "gpt",
            "answered_model": model,
            "provider": "any",
            "region": "",
            "service_tier_asked": "",
            "service_tier": "default",
            "is_byok": unlike.get("is_byok", False),
            "outcome": unlike.get("outcome", "success"),
            "status_code": unlike.get("status", 200),
            "throttle_cause": "",
            "usage_quality": "reported",
            "started_at": completed_at,
            "completed_at": completed_at,
            "latency_ms": 1000,
            **tokens(given),
        }
        for number, (organization, completed_at, model, given, unlike) in enumerate(given_requests)
    ]


def _duplicate() -> Row:
    return {
        "ingest_sequence": 1,
        "line_number": 100,
        "source_id": "gateway",
        "native_id": "req_1_0",
        "kind": "usage",
        "organization_id": "org_berlin",
        "completed_at": "2026-10-02 08:00:00",
        "first_ingest_sequence": 1,
        "first_line_number": 1,
        **tokens({"in": 190000, "read": 10000}),
    }


def _quarantined(
    line: int, reason: str, organization: str, completed_at: str | None, given: Row
) -> Row:
    return {
        "ingest_sequence": 1,
        "line_number": line,
        "reason": reason,
        "field": "",
        "detail": "",
        "remedy": "",
        "native_id": "",
        "organization_id": organization,
        "completed_at": completed_at,
        "raw_line": "{}",
        **tokens(given),
    }


def file_row(sequence: int, accepted: int, duplicates: int = 0, quarantined: int = 0) -> Row:
    """The manifest's row of a file."""
    return {
        "ingest_sequence": sequence,
        "file_name": f"file_{sequence}.jsonl",
        "content_sha256": str(sequence),
        "size_bytes": 1,
        "format": "native",
        "source_id": "gateway",
        "received": accepted + duplicates + quarantined,
        "accepted": accepted,
        "duplicates": duplicates,
        "quarantined": quarantined,
        "late": 0,
        "ignored": 0,
        "file_month": "2026-10-01" if sequence == 1 else "2026-11-01",
        "ingested_at": "2026-11-01 00:00:00",
        "last_completed_at": "2026-10-31 23:59:59",
        "supplied": "",
    }
