"""Every fault a row can have, the reason it gets, and what a value may look like."""

import json

import pytest

from tests.billing.ingestion.logs import native, spend_log, write_csv, write_json
from tests.billing.ingestion.sites import Site

NESTED = {"usage_object": {"prompt_tokens_details": {"cached_tokens": 612}}}
ONE_HOUR = {
    "prompt_tokens_details": {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 8}}
}


def fates(site: Site) -> list[tuple[object, ...]]:
    return site.rows("select reason, field from raw.quarantined_event order by line_number")


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"request_id": None}, "missing_id", "native_id"),
        ({"request_id": ""}, "missing_id", "native_id"),
        ({"kind": "reversal"}, "unknown_kind", "kind"),
        ({"completed_at": None}, "missing_time", "completed_at"),
        ({"completed_at": "2026-10-10T12:00:02"}, "time_without_zone", "completed_at"),
        ({"completed_at": "2026-10-10"}, "time_without_zone", "completed_at"),
        ({"completed_at": "yesterday"}, "unreadable_time", "completed_at"),
        ({"completed_at": "2026-02-30T00:00:00Z"}, "unreadable_time", "completed_at"),
        ({"completed_at": 1791633602}, "unreadable_time", "completed_at"),
        ({"completed_at": "1970-01-01T00:00:00Z"}, "time_out_of_range", "completed_at"),
        ({"completed_at": "2100-01-01T00:00:00Z"}, "time_out_of_range", "completed_at"),
        ({"completed_at": "2026-11-06T06:00:00.001Z"}, "time_out_of_range", "completed_at"),
        ({"started_at": "soon"}, "unreadable_time", "started_at"),
        ({"started_at": "2026-10-10T12:00:00"}, "time_without_zone", "started_at"),
        ({"api_key_id": "key_ghost"}, "unknown_key", "key"),
        ({"api_key_id": None}, "unknown_key", "key"),
        ({"api_key_id": "key_b"}, "key_of_another_organization", "organization_id"),
        ({"organization_id": "org_z"}, "key_of_another_organization", "organization_id"),
        ({"project_id": "proj_b"}, "key_of_another_project", "project_id"),
        ({"model": None, "requested_model": None}, "missing_model", "answered_model"),
        ({"outcome": "exploded"}, "unknown_outcome", "outcome"),
        ({"outcome": None}, "unknown_outcome", "outcome"),
        ({"is_byok": "perhaps"}, "bad_value", "is_byok"),
        ({"usage_quality": "guessed"}, "bad_value", "usage_quality"),
        ({"source_cost_usd": "cheap"}, "bad_value", "source_cost_usd"),
        ({"source_cost_usd": 10_000_000}, "bad_value", "source_cost_usd"),
        ({"latency_ms": -1}, "bad_count", "latency_ms"),
        ({"status": 1000}, "bad_count", "status_code"),
        ({"images": 1.5}, "bad_count", "other_meters"),
        ({"input_tokens": "many"}, "bad_count", "input_total"),
        ({"input_tokens": 139}, "part_larger_than_whole", "input_total"),
        ({"input_tokens": 141}, "total_mismatch", "input_total"),
        ({"output_tokens": 24}, "part_larger_than_whole", "output_total"),
        ({"output_tokens": 26}, "total_mismatch", "output_total"),
    ],
)
def test_a_native_fault_is_named(
    site: Site, changes: dict[str, object], reason: str, field: str
) -> None:
    write_json(site.landing / "log.jsonl", [native("bad") | changes, native("good")])
    report = site.ingest()
    assert (report.accepted, report.quarantined, report.refused) == (1, 1, ())
    assert fates(site) == [(reason, field)]


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"prompt_tokens": 100, "metadata": NESTED}, "part_larger_than_whole", "input_total"),
        ({"completion_tokens": 4}, "part_larger_than_whole", "output_total"),
        (
            {"prompt_tokens": None, "metadata": {"usage_object": ONE_HOUR}},
            "part_larger_than_whole",
            "input_total",
        ),
        ({"metadata": "{cut"}, "unreadable_row", ""),
        ({"api_key": "0" * 64}, "unknown_key", "key"),
        ({"api_key": "key_a"}, "unknown_key", "key"),
        ({"status": "dreaming"}, "unknown_outcome", "outcome"),
        ({"status": None}, "unknown_outcome", "outcome"),
        ({"endTime": None}, "missing_time", "completed_at"),
        ({"endTime": "2026-10-10 12:00:02.500"}, "time_without_zone", "completed_at"),
        ({"prompt_tokens": -1}, "bad_count", "input_total"),
    ],
)
def test_a_litellm_fault_is_named(
    site: Site, changes: dict[str, object], reason: str, field: str
) -> None:
    write_json(site.landing / "log.jsonl", [spend_log("bad", **changes), spend_log("good")])
    report = site.ingest()
    assert (report.accepted, report.quarantined, report.refused) == (1, 1, ())
    assert fates(site) == [(reason, field)]


def test_more_written_for_an_hour_than_written_at_all_is_a_part_larger_than_its_whole(
    site: Site,
) -> None:
    written = {"cache_creation_tokens": 5} | ONE_HOUR["prompt_tokens_details"]
    row = spend_log(metadata={"usage_object": {"prompt_tokens_details": written}})
    write_json(site.landing / "log.jsonl", [row])
    site.ingest()
    assert fates(site) == [("part_larger_than_whole", "cache_write_total")]


def test_a_quarantined_row_keeps_what_can_be_read_of_it_and_its_text(site: Site) -> None:
    row = native("bad", output_visible=-7, images=2)
    write_json(site.landing / "log.jsonl", [native("good"), "", row])
    site.ingest()
    facts = (
        "select line_number, native_id, organization_id, completed_at::varchar, detail, "
        "input_uncached_tokens, output_visible_tokens, output_reasoning_tokens, raw_line, "
        "remedy <> '' from raw.quarantined_event"
    )
    assert site.rows(facts) == [
        (
            *(3, "bad", "org_a", "2026-10-10 12:00:02.5", "-7", 100, 0, 5),
            *(json.dumps(row), True),
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"completed_at": "noon"},
        {"completed_at": "2100-01-01T00:00:00Z"},
        {"api_key_id": "key_ghost"},
        {"organization_id": "org_b"},
        {"project_id": "proj_b"},
    ],
)
def test_a_row_without_time_or_sure_owner_counts_for_nobody(
    site: Site, changes: dict[str, object]
) -> None:
    write_json(site.landing / "log.jsonl", [native(**changes)])
    site.ingest()
    found = site.rows("select organization_id from raw.quarantined_event")
    assert found == [("unknown",)]


def test_a_line_that_is_no_json_is_unreadable_and_kept(site: Site) -> None:
    write_json(site.landing / "log.jsonl", [native(), '{"request_id": "x', "plain text", "[1, 2]"])
    site.ingest()
    found = "select line_number, reason, raw_line from raw.quarantined_event order by line_number"
    assert site.rows(found) == [
        (2, "unreadable_row", '{"request_id": "x'),
        (3, "unreadable_row", "plain text"),
        (4, "unreadable_row", "[1, 2]"),
    ]


def test_text_of_csv_and_parquet_rows_is_kept_as_json(site: Site) -> None:
    write_csv(site.landing / "log.csv", [native("good"), native("bad", outcome="exploded")])
    site.ingest()
    ((text,),) = site.rows("select raw_line from raw.quarantined_event")
    assert json.loads(str(text))["request_id"] == "bad"


def test_hostile_texts_are_only_texts(site: Site) -> None:
    hostile = [
        "'; drop table raw.usage_event; --",
        "=cmd|' /C calc'!A0",
        "\u202egnp",
        "a\x00b",
        "😀" * 300,
    ]
    write_json(site.landing / "log.jsonl", [native(text, region=text) for text in hostile])
    assert site.ingest().accepted == len(hostile)
    found = site.rows("select native_id from raw.usage_event order by line_number")
    assert [text for (text,) in found] == hostile


def test_a_file_of_bad_rows_only_is_taken_when_its_format_is_named(site: Site) -> None:
    write_json(site.landing / "log.jsonl", ["{broken", "{}"])
    report = site.ingest(format_name="native")
    assert (report.received, report.quarantined, report.refused) == (2, 2, ())
    assert fates(site) == [("unreadable_row", ""), ("unreadable_row", "")]


def test_the_outcomes_are_those_of_the_catalog(site: Site) -> None:
    rules = site.catalog / "outcome_rules.csv"
    rules.write_text(rules.read_text() + "exploded,false\n")
    write_json(site.landing / "log.jsonl", [native(outcome="exploded")])
    assert site.ingest().accepted == 1
