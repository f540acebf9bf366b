"""Values nobody should log, and that none of them becomes money, a crash or another value."""

from pathlib import Path

import duckdb
import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import json_lines, native, spend_log

FAULTS = "select reason, field from raw.quarantined_event order by all"
COMPLETED = "select completed_at::varchar from raw.usage_event"


def fault(bench: Bench, content: bytes, **given: str) -> tuple[object, ...]:
    report = bench.ingest(bench.file(content), supplied=given)
    assert (report.received, report.quarantined) == (1, 1)
    (found,) = bench.rows(FAULTS)
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompt_tokens": 39}, "part_larger_than_whole"),
        ({"completion_tokens": 4}, "part_larger_than_whole"),
        ({"prompt_tokens": 10**11}, "bad_count"),
        ({"prompt_tokens": 0.5}, "bad_count"),
        ({"prompt_tokens": float("nan")}, "bad_count"),
        ({"prompt_tokens": float("-inf")}, "bad_count"),
        ({"endTime": "1970-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"endTime": "2100-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"endTime": "294247-01-10T04:00:54Z"}, "time_out_of_range"),
        ({"endTime": "infinity"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00+99:00"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00 CET"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00 NZ"}, "time_without_zone"),
        ({"endTime": "2026-10-10 12:00:00 NZ"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00 Z"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00.5 anythingZ"}, "time_without_zone"),
        ({"endTime": "2026-10-10T12:00:00+02:00Z"}, "unreadable_time"),
        ({"spend": "1e400"}, "bad_value"),
    ],
)
def test_more_cached_than_there_was_and_times_out_of_time_are_set_aside(
    bench: Bench, changes: dict[str, object], reason: str
) -> None:
    assert fault(bench, json_lines([spend_log("x") | changes]))[0] == reason


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-10-10T12:00:00", "2026-10-10 12:00:00"),
        ("2026-10-10 12:00:00.5", "2026-10-10 12:00:00.5"),
        ("2026-10-10T12:00:00+02:00", "2026-10-10 10:00:00"),
    ],
)
def test_a_local_time_is_an_instant_only_when_the_operator_says_so(
    bench: Bench, text: str, stored: str
) -> None:
    content = json_lines([native(completed_at=text)])
    report = bench.ingest(bench.file(content))
    assert report.quarantined == ("+" not in text)
    bench.wipe()
    assert bench.ingest(bench.file(content), supplied={"zone": "UTC"}).accepted == 1
    assert bench.rows(COMPLETED) == [(stored,)]


@pytest.mark.parametrize("text", ["noon", "2026-10-10", "epoch", "12:00:00", "2026-13-01T00:00:00"])
def test_a_zone_makes_no_instant_of_what_is_none(bench: Bench, text: str) -> None:
    found = fault(bench, json_lines([native(completed_at=text)]), zone="UTC")
    assert found in {("unreadable_time", "completed_at"), ("time_without_zone", "completed_at")}
    assert bench.rows("select detail from raw.quarantined_event") == [(text,)]


TYPES = {
    "int": "7",
    "negative": "-7",
    "double": "7.0::double",
    "fraction": "7.5::double",
    "nan": "'nan'::double",
    "decimal": "7.10::decimal(18, 2)",
    "huge": "170141183460469231731687303715884105727::hugeint",
    "local": "timestamp '2026-10-10 12:00:00'",
    "date": "date '2026-10-10'",
    "list": "[1, 2]",
    "struct": "{'a': 1}",
    "map": "map {'a': 1}",
    "blob": r"'\xAA\x00abc'::blob",
    "bool": "true",
    "null": "null::integer",
}
GOOD = {"completed_at": set(), "cache_read": {"int", "double", "null"}, "is_byok": {"bool", "null"}}
REASONS = {
    "completed_at": {"unreadable_time", "time_without_zone", "missing_time"},
    "cache_read": {"bad_count"},
    "is_byok": {"bad_value"},
}


@pytest.mark.parametrize("column", GOOD)
def test_a_parquet_column_of_the_wrong_type_is_a_fault_of_its_rows(
    bench: Bench, column: str
) -> None:
    values = [parquet(bench, name, **{column: value}) for name, value in TYPES.items()]
    report = bench.ingest(*values, format_name="native")
    assert (report.received, report.refused) == (len(TYPES), ())
    found = bench.rows(
        "select file_name, reason, field from raw.quarantined_event "
        "join raw.ingest_file using (ingest_sequence)"
    )
    assert {name for name, _, _ in found} == set(TYPES) - GOOD[column]
    assert all(reason in REASONS[column] and field == column for _, reason, field in found)


def test_a_text_column_of_any_type_is_text(bench: Bench) -> None:
    texts = ("provider", "region", "throttle_cause", "requested_model")
    paths = [parquet(bench, name, **dict.fromkeys(texts, of)) for name, of in TYPES.items()]
    report = bench.ingest(*paths, format_name="native")
    assert (report.accepted, report.refused) == (len(TYPES), ())
    bench.wipe()
    ids = [parquet(bench, request_id=of) for of in TYPES.values() if of != TYPES["null"]]
    assert bench.ingest(*ids, format_name="native").quarantined == 0
    bench.require_sums()


def test_a_whole_number_is_the_same_id_in_json_and_in_a_floating_column(bench: Bench) -> None:
    row = {"completed_at": "2026-10-10T12:00:00Z", "api_key_id": "key_a", "model": "m"}
    row |= {"outcome": "success", "cache_read": "3"}
    bench.ingest(bench.file(json_lines([row | {"request_id": 9007199254740991}])))
    path = parquet(bench, request_id="9007199254740991::double")
    assert bench.ingest(path).duplicates == 1


def parquet(bench: Bench, name: str = "log", **columns: str) -> Path:
    values = {
        "request_id": f"'{name}'",
        "completed_at": "'2026-10-10T12:00:00Z'",
        "api_key_id": "'key_a'",
        "model": "'m'",
        "outcome": "'success'",
        "cache_read": "3",
    } | columns
    path = bench.file(b"", name)
    chosen = ", ".join(f'{value} as "{name}"' for name, value in values.items())
    duckdb.sql(f"copy (select {chosen}) to '{path}' (format parquet)")
    return path
