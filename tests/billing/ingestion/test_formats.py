"""What each log format says becomes the same canonical event."""

from pathlib import Path

from tests.billing.ingestion.logs import (
    Row,
    native,
    spend_log,
    write_csv,
    write_json,
    write_parquet,
)
from tests.billing.ingestion.sites import Site

METERS = (
    "input_uncached_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, "
    "cache_write_unknown_ttl_tokens, output_visible_tokens, output_reasoning_tokens"
)
COUNTS = "bigint"
TYPES = dict.fromkeys(
    ("status", "input_uncached", "cache_read", "output_visible", "output_reasoning"), COUNTS
) | {"started_at": "timestamptz", "completed_at": "timestamptz"}


def test_the_same_request_is_the_same_event_in_every_container(site: Site, tmp_path: Path) -> None:
    rows = [native("req_1"), native("req_2", output_visible=7, started_at="2026-10-10T11:00:00Z")]
    contents = []
    for number, container in enumerate(("jsonl", "csv", "parquet")):
        other = Site(tmp_path / container)
        other.root.mkdir()
        (other.root / "catalog").symlink_to(site.catalog)
        path = other.root / f"log{number}.{container}"
        if container == "jsonl":
            write_json(path, rows)
        elif container == "csv":
            write_csv(path, rows)
        else:
            write_parquet(path, rows, TYPES)
        assert other.ingest(path).accepted == 2
        contents.append(other.rows("select * from raw.usage_event order by line_number"))
    assert contents[0] == contents[1] == contents[2]


def test_native_and_litellm_are_told_apart_by_their_columns(site: Site) -> None:
    write_json(site.landing / "a.log", [native()])
    write_json(site.landing / "b.log", [spend_log()])
    assert [file.format for file in site.ingest().per_file] == ["native", "litellm"]


def test_an_absent_tier_is_default_and_the_served_one_counts(site: Site) -> None:
    rows = [
        native("req_1"),
        native("req_2", service_tier="priority", service_tier_served="default"),
        native("req_3", service_tier="batch"),
        native("req_4", service_tier="auto"),
    ]
    write_json(site.landing / "log.jsonl", rows)
    site.ingest()
    found = "select service_tier_asked, service_tier from raw.usage_event order by line_number"
    assert site.rows(found) == [
        ("", "default"),
        ("priority", "default"),
        ("batch", "batch"),
        ("auto", "default"),
    ]


def test_images_and_searches_are_rows_beside_the_event(site: Site) -> None:
    bad = native("req_2", images=2, outcome="exploded")
    write_json(
        site.landing / "log.jsonl",
        [native(images=3, web_searches=1), bad, native(images=3, web_searches=1)],
    )
    site.ingest()
    found = "select line_number, fate, meter, quantity from raw.usage_event_meter order by all"
    assert site.rows(found) == [
        (1, "accepted", "image", 3),
        (1, "accepted", "web_search", 1),
        (2, "quarantined", "image", 2),
        (3, "duplicate", "image", 3),
        (3, "duplicate", "web_search", 1),
    ]


def test_a_request_may_count_as_none_and_nothing_else_may(site: Site) -> None:
    none = native(images=0, meters={"request": 0, "page": 0})
    write_json(site.landing / "log.jsonl", [none, native("req_2", meters={"request": 2}), none])
    site.ingest()
    found = "select line_number, fate, meter, quantity from raw.usage_event_meter order by all"
    assert site.rows(found) == [
        (1, "accepted", "request", 0),
        (2, "accepted", "request", 2),
        (3, "duplicate", "request", 0),
    ]


def test_the_totals_of_a_file_count_rows_of_every_fate(site: Site) -> None:
    rows: list[Row | str] = [native(images=3)] * 2
    rows += [native("req_2", outcome="exploded"), "not a row"]
    write_json(site.landing / "log.jsonl", rows)
    site.ingest()
    assert dict(site.rows("select meter, quantity from raw.ingest_file_meter")) == {
        "requests": 4,
        "input_uncached": 300,
        "cache_read": 120,
        "output_visible": 60,
        "output_reasoning": 15,
        "image": 6,
    }
