"""What a count and an instant may look like, and that nothing else is ever taken for one."""

import json

import pytest

from tests.billing.ingestion.logs import native, write_csv, write_json
from tests.billing.ingestion.sites import Site

REASONS = "select reason, field from raw.quarantined_event order by line_number"


@pytest.mark.parametrize("count", ["12", '"12"', "12.0", "1.2e1", '" 12"'])
def test_a_whole_number_is_a_count_in_any_notation(site: Site, count: str) -> None:
    line = json.dumps(native()).replace('"cache_read": 40', f'"cache_read": {count}')
    write_json(site.landing / "log.jsonl", [line])
    site.ingest()
    assert site.rows("select cache_read_tokens from raw.usage_event") == [(12,)]


@pytest.mark.parametrize(
    "count",
    [
        *("1.5", "-1", "-0.5", "1e-20", "NaN", "Infinity", "true", "false", '"twelve"', '""'),
        *("10000000001", "9007199254740993", "1e300", "1e999", "[1]", '{"n": 1}', '"0x1F"'),
        "9" * 400,
    ],
)
def test_what_is_no_whole_number_is_never_a_count(site: Site, count: str) -> None:
    line = json.dumps(native("bad")).replace('"cache_read": 40', f'"cache_read": {count}')
    write_json(site.landing / "log.jsonl", [line, native("good")])
    assert site.ingest().accepted == 1
    found = "select reason, field, cache_read_tokens from raw.quarantined_event"
    assert site.rows(found) == [("bad_count", "cache_read", 0)]


@pytest.mark.parametrize("count", ["1.5", "-1", "true", "NaN", "1e-20", "10000000001", "1,000"])
def test_a_csv_count_is_judged_like_a_json_one(site: Site, count: str) -> None:
    write_csv(site.landing / "log.csv", [native("bad", cache_read=count), native("good")])
    assert site.ingest().accepted == 1
    assert site.rows(REASONS) == [("bad_count", "cache_read")]


def test_the_largest_count_is_ten_billion(site: Site) -> None:
    write_json(site.landing / "log.jsonl", [native(cache_read=10_000_000_000)])
    assert site.ingest().accepted == 1


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-10-10T12:00:02Z", "2026-10-10 12:00:02"),
        ("2026-10-10t12:00:02z", "2026-10-10 12:00:02"),
        ("2026-10-10 12:00:02+00", "2026-10-10 12:00:02"),
        ("2026-10-10T17:30:02+05:30", "2026-10-10 12:00:02"),
        ("2026-10-10T17:30:02+0530", "2026-10-10 12:00:02"),
        ("2026-10-10T07:00:02.123456-05:00", "2026-10-10 12:00:02.123456"),
        ("2026-11-06T06:00:00Z", "2026-11-06 06:00:00"),
        ("2020-01-01T00:00:00Z", "2020-01-01 00:00:00"),
    ],
)
def test_an_instant_is_stored_in_utc_whatever_its_zone(site: Site, text: str, stored: str) -> None:
    write_json(site.landing / "log.jsonl", [native(completed_at=text)])
    site.ingest()
    assert site.rows("select completed_at::varchar from raw.usage_event") == [(stored,)]
