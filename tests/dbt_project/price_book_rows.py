"""One customer of the sample's catalog under a price book of every dimension.

Here: rows that are added to the sample's catalog files, and the usage that meets them. Keep out:
what they should come to; that is in the test.
"""

import csv
import shutil
from pathlib import Path
from typing import Any

from tests.dbt_project.customers import Row
from tests.dbt_project.usage_rows import tokens

SAMPLE = Path(__file__).parents[2] / "data" / "catalog"
MILLION = 1_000_000


def _price(meter: str, unit_price: str, tier: str = "default", window: str = "") -> Row:
    return {
        "price_id": f"house-1/{meter}/{tier}/{window}",
        "model_id": "house-1",
        "meter": meter,
        "service_tier": tier,
        "context_above_tokens": "0",
        "region": "",
        "currency": "USD",
        "unit_price": unit_price,
        "valid_from_at": "2026-01-01T00:00:00Z",
        "valid_to_at": "",
        "source": "own list",
        "checked_date": "2026-01-01",
        "price_window_id": window,
    }


def _uplift(name: str, model: str, pct: str, starts: str) -> Row:
    return {
        "uplift_id": name,
        "provider": "house",
        "model_id": model,
        "region": "eu",
        "uplift_pct": pct,
        "valid_from_at": starts,
        "valid_to_at": "",
        "source": "own list",
        "checked_date": "2026-01-01",
    }


def _off(name: str, model: str, provider: str, pct: str, starts: str) -> Row:
    return {
        "adjustment_id": name,
        "contract_id": "contract_cobalt_2026",
        "model_id": model,
        "family": "",
        "provider": provider,
        "off_pct": pct,
        "valid_from_date": starts,
        "valid_to_date": "",
    }


ADDED: dict[str, list[Row]] = {
    "models": [
        {"model_id": "house-1", "display_name": "House 1", "provider": "house",
         "family": "house", "modality": "text"}
    ],
    "model_patterns": [
        {"pattern_id": "dated", "pattern": "house-1-*", "precedence": "1", "model_id": "house-1"},
        {"pattern_id": "rest", "pattern": "house-*", "precedence": "2", "model_id": "gpt-5"},
    ],
    "price_windows": [
        {"price_window_id": "night", "starts_time": "22:00", "ends_time": "06:00",
         "weekdays": "mon tue wed thu fri", "zone": "Europe/Berlin"}
    ],
    "prices": [
        _price("input_uncached", "0.000004"),
        _price("input_uncached", "0.000001", window="night"),
        _price("input_uncached", "0.000006", tier="enterprise"),
        _price("input_audio", "0.00001"),
        _price("request", "0.001"),
    ],
    "region_uplifts": [
        _uplift("eu_of_house", "", "0.1", "2026-01-01T00:00:00Z"),
        _uplift("eu_of_house_1", "house-1", "0.25", "2026-10-20T00:00:00Z"),
    ],
    "price_adjustments": [
        _off("house_off", "", "house", "0.2", "2026-01-01"),
        _off("house_1_off", "house-1", "", "0.3", "2026-10-16"),
    ],
}  # fmt: skip

# completed at (UTC), answered model, what is unlike a million input tokens at the default tier
REQUESTS: tuple[tuple[str, str, Row], ...] = (
    ("2026-10-05 19:59:59", "house-1", {}),
    ("2026-10-05 20:00:00", "house-1", {}),
    ("2026-10-06 03:59:59", "house-1-2026", {}),
    ("2026-10-06 04:00:00", "house-1-2026", {}),
    ("2026-10-10 03:45:00", "house-1", {}),
    ("2026-10-10 20:00:00", "house-1", {}),
    ("2026-10-11 22:00:00", "house-1", {}),
    ("2026-10-16 03:59:59", "house-1", {}),
    ("2026-10-16 04:00:00", "house-1", {}),
    ("2026-10-26 20:00:00", "house-1", {}),
    ("2026-10-26 21:00:00", "house-1", {}),
    ("2026-10-05 12:00:00", "house-1", {"region": "eu"}),
    ("2026-10-05 20:00:00", "house-1", {"region": "eu"}),
    ("2026-10-20 12:00:00", "house-1", {"region": "eu"}),
    ("2026-10-05 12:00:00", "house-1", {"service_tier": "enterprise"}),
    ("2026-10-05 12:30:00", "house-1", {"input_audio": MILLION}),
    ("2026-10-05 12:30:00", "house-5", {}),
)


def write_catalog(folder: Path) -> None:
    """Copy the sample's catalog to `folder` and add the price book's rows."""
    shutil.copytree(SAMPLE, folder)
    for name, rows in ADDED.items():
        file = folder / f"{name}.csv"
        known: list[dict[str, Any]] = []
        if file.exists():
            with file.open(encoding="utf-8", newline="") as stream:
                known = list(csv.DictReader(stream))
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows([*known, *rows])


def raw_rows() -> dict[str, list[Row]]:
    """The usage as it stands in schema `raw`, in one file."""
    events = [_event(line, *request) for line, request in enumerate(REQUESTS, start=1)]
    audio = [
        {"ingest_sequence": 1, "line_number": line, "fate": "accepted", "meter": "input_audio",
         "quantity": request[2]["input_audio"]}
        for line, request in enumerate(REQUESTS, start=1)
        if "input_audio" in request[2]
    ]  # fmt: skip
    counted = {
        "requests": len(events),
        "input_uncached": sum(event["input_uncached_tokens"] for event in events),
        "input_audio": MILLION,
    }
    return {
        "usage_event": events,
        "usage_event_meter": audio,
        "ingest_file": [_file(len(events))],
        "ingest_file_meter": [
            {"ingest_sequence": 1, "meter": meter, "quantity": quantity}
            for meter, quantity in counted.items()
        ],
    }


def _event(line: int, at: str, model: str, unlike: Row) -> Row:
    return {
        "ingest_sequence": 1,
        "line_number": line,
        "source_id": "gateway",
        "native_id": f"req_{line}",
        "kind": "usage",
        "row_version": 0,
        **dict.fromkeys(("response_id", "parent_id", "parent_relation", "key_type"), ""),
        "organization_id": "org_cobalt",
        "project_id": "proj_cobalt_triage",
        "api_key_id": "key_cobalt_01",
        "requested_model": model,
        "answered_model": model,
        "provider": "house",
        "region": unlike.get("region", ""),
        "service_tier_asked": "",
        "service_tier": unlike.get("service_tier", "default"),
        "is_byok": False,
        "outcome": "success",
        "status_code": 200,
        "throttle_cause": "",
        "usage_quality": "reported",
        "started_at": at,
        "completed_at": at,
        "latency_ms": 1000,
        **tokens({} if "input_audio" in unlike else {"in": MILLION}),
    }


def _file(accepted: int) -> Row:
    return {
        "ingest_sequence": 1,
        "file_name": "october.jsonl",
        "content_sha256": "1",
        "size_bytes": 1,
        "format": "native",
        "source_id": "gateway",
        "received": accepted,
        "accepted": accepted,
        **dict.fromkeys(("duplicates", "quarantined", "late", "ignored"), 0),
        "file_month": "2026-10-01",
        "ingested_at": "2026-11-01 00:00:00",
        "last_completed_at": "2026-10-31 23:59:59",
        "supplied": "",
    }
