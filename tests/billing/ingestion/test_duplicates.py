"""One request is one event: identity is source, native id and kind, and holds no time."""

from datetime import UTC, datetime

import pytest

from billing.ingestion import line_marks
from tests.billing.ingestion.full_search import find_duplicates
from tests.billing.ingestion.logs import native, spend_log, write_csv, write_json
from tests.billing.ingestion.sites import Site

COPIES = (
    "select ingest_sequence, line_number, first_ingest_sequence, first_line_number, "
    "organization_id, input_uncached_tokens from raw.duplicate_event order by all"
)
CONFLICTS = (
    "select ingest_sequence, line_number, reason, detail from raw.quarantined_event order by all"
)
ACCEPTED = "select ingest_sequence, line_number from raw.usage_event order by all"


def test_the_first_line_of_a_file_wins(site: Site) -> None:
    write_json(site.landing / "log.jsonl", [native("x"), native("y"), native("x"), native("x")])
    report = site.ingest()
    assert (report.accepted, report.duplicates) == (2, 2)
    assert site.rows(COPIES) == [(1, 3, 1, 1, "org_a", 100), (1, 4, 1, 1, "org_a", 100)]


def test_overlapping_files_bill_a_request_once(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native(f"req_{n}") for n in range(6)])
    write_json(site.landing / "b.jsonl", [native(f"req_{n}") for n in range(4, 9)])
    report = site.ingest()
    assert (report.received, report.accepted, report.duplicates) == (11, 9, 2)
    assert site.rows(COPIES) == [(2, 1, 1, 5, "org_a", 100), (2, 2, 1, 6, "org_a", 100)]


@pytest.mark.parametrize("block", [1, 3, 4])
def test_repeats_may_lie_in_any_block_of_lines(
    site: Site, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(line_marks, "LINES_OF_A_BLOCK", block)
    write_json(site.landing / "a.jsonl", [native(f"req_{n}") for n in range(12)])
    ids = ["req_0", "new_1", "req_5", "new_1", "new_2", "new_3", "req_11", "new_4"]
    write_json(site.landing / "b.jsonl", [native(name) for name in ids])
    report = site.ingest()
    assert (report.received, report.accepted, report.duplicates) == (20, 16, 4)
    assert site.rows(COPIES) == [
        (2, 1, 1, 1, "org_a", 100),
        (2, 3, 1, 6, "org_a", 100),
        (2, 4, 2, 2, "org_a", 100),
        (2, 7, 1, 12, "org_a", 100),
    ]


def test_the_same_id_with_other_content_quarantines_the_newcomer(site: Site) -> None:
    changed = native("x", output_visible=21)
    write_json(site.landing / "a.jsonl", [native("x"), changed, changed])
    write_json(site.landing / "b.jsonl", [changed, native("x")])
    report = site.ingest()
    assert (report.accepted, report.duplicates, report.quarantined) == (1, 1, 3)
    assert site.rows(ACCEPTED) == [(1, 1)]
    assert site.rows(CONFLICTS) == [
        (1, 2, "conflicting_content", "differs from line 1"),
        (1, 3, "conflicting_content", "differs from line 1"),
        (2, 1, "conflicting_content", "differs from file number 1, line 1"),
    ]


def test_a_difference_in_any_fact_is_a_conflict(site: Site) -> None:
    changes: list[dict[str, object]] = [
        {"completed_at": "2026-10-10T12:00:02.501Z"},
        {"started_at": "2026-10-10T12:00:00.001Z"},
        {"model": "gpt-5"},
        {"region": "eu"},
        {"service_tier": "batch"},
        {"is_byok": True},
        {"outcome": "client_aborted"},
        {"status": 206},
        {"images": 1},
        {"web_searches": 1},
        {"latency_ms": 1},
        {"usage_quality": "estimated"},
        {"source_cost_usd": "0.01"},
        {"throttle_cause": "rpm"},
        {"cache_write_1h": 1},
        {"api_key_id": "key_b", "organization_id": None, "project_id": None},
    ]
    write_json(site.landing / "a.jsonl", [native("x")])
    write_json(site.landing / "b.jsonl", [native("x", **change) for change in changes])
    site.ingest()
    found = site.rows("select line_number from raw.quarantined_event order by all")
    assert [line for (line,) in found] == list(range(1, len(changes) + 1))


def test_the_same_content_written_otherwise_is_a_duplicate(site: Site) -> None:
    other = native("x", completed_at="2026-10-10T17:30:02.5+05:30", cache_read="40.0", images=0)
    reordered = dict(reversed(other.items()))
    write_json(site.landing / "a.jsonl", [native("x"), reordered | {"ignored": "extra"}])
    report = site.ingest()
    assert (report.accepted, report.duplicates) == (1, 1)


def test_images_are_part_of_the_content_across_files(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x", images=2, web_searches=1)])
    write_json(site.landing / "b.jsonl", [native("x", images=2, web_searches=1), native("x")])
    report = site.ingest()
    assert (report.duplicates, report.quarantined) == (1, 1)


def test_csv_and_json_of_one_gateway_share_identity(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x")])
    write_csv(site.landing / "b.csv", [native("x")])
    assert site.ingest().duplicates == 1


def test_two_sources_may_use_the_same_id(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x")])
    write_json(site.landing / "b.jsonl", [spend_log("x")])
    assert site.ingest().accepted == 2
    other = write_json(site.root / "other.jsonl", [native("x", region="us")])
    assert site.ingest(other, source_id="gateway_us").accepted == 1


def test_a_quarantined_row_is_nobodys_original(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x", outcome="exploded"), native("x")])
    report = site.ingest()
    assert (report.accepted, report.duplicates, report.quarantined) == (1, 0, 1)


def test_a_file_seen_before_is_skipped_under_any_name(site: Site) -> None:
    first = write_json(site.landing / "a.jsonl", [native("x")])
    assert site.ingest().files == 1
    again = site.ingest()
    assert (again.files, again.skipped, again.received) == (0, 1, 0)
    (site.landing / "b.jsonl").write_bytes(first.read_bytes())
    assert site.ingest().skipped == 2
    assert site.rows(ACCEPTED) == [(1, 1)]


def test_the_search_looks_back_35_days_from_the_earliest_completion(site: Site) -> None:
    early = "2026-09-05T12:00:00Z"
    write_json(site.landing / "a.jsonl", [native("old", completed_at=early)])
    write_json(
        site.landing / "b.jsonl",
        [native("old", completed_at=early), native("new", completed_at="2026-10-12T00:00:00Z")],
    )
    assert site.ingest().duplicates == 1


def test_beyond_35_days_only_the_full_search_finds_a_copy(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x", completed_at="2026-09-05T11:59:59Z")])
    write_json(site.landing / "b.jsonl", [native("x", completed_at="2026-10-10T12:00:00Z")])
    assert site.ingest().accepted == 2
    with site.open() as connection:
        (found,) = find_duplicates(connection)
    assert (found.source_id, found.native_id, found.kind) == ("native", "x", "usage")
    assert found.places == ((1, 1), (2, 1))


def test_exactly_35_days_are_searched(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("x", completed_at="2026-09-05T12:00:00Z")])
    write_json(site.landing / "b.jsonl", [native("x", completed_at="2026-10-10T12:00:00Z")])
    report = site.ingest()
    assert (report.accepted, report.quarantined) == (1, 1)


def test_the_full_search_is_silent_over_sound_tables(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native(f"req_{n % 50}") for n in range(100)])
    site.ingest()
    with site.open() as connection:
        assert find_duplicates(connection) == []


def test_a_copy_whose_key_changed_hands_between_files_is_judged_by_the_key(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [spend_log("x")])
    site.ingest()
    keys = site.catalog / "api_keys.csv"
    keys.write_text(keys.read_text().replace("org_a,proj_a", "org_c,proj_c"))
    site.now = datetime(2026, 11, 6, tzinfo=UTC)
    write_json(site.landing / "b.jsonl", [spend_log("x"), spend_log("y")])
    report = site.ingest()
    assert (report.accepted, report.duplicates) == (1, 1)
