"""A waiting row that is sound now is taken once, and what it counted for is taken back."""

import json
from pathlib import Path

import pytest

from billing.ingestion.quarantine import Chosen
from billing.periods import BillingMonth
from tests.billing.ingestion.logs import native, write_csv, write_json
from tests.billing.ingestion.sites import Site, write_catalog

EVENTS = (
    "select ingest_sequence, line_number, native_id, organization_id, source_id "
    "from raw.usage_event order by all"
)
COUNTED = """
select meter, cast(sum(quantity) as bigint) from raw.ingest_file_meter group by meter order by meter
"""
FATES = """
with fates as (
    select 'accepted' as fate, count(*) as rows, sum(input_uncached_tokens) as tokens
    from raw.usage_event
    union all select 'quarantined', count(*), sum(input_uncached_tokens) from raw.quarantined_event
    union all select 'quarantined', -count(*), -sum(input_uncached_tokens)
    from raw.quarantine_release
)
select fate, sum(rows)::int, coalesce(sum(tokens), 0)::int from fates group by fate order by fate
"""
NEW_KEY = ("key_new", "org_a", "proj_a")


@pytest.fixture
def waiting(site: Site) -> Site:
    """One sound row, one of a key nobody knows, one that no catalog can cure."""
    rows = [
        native("x"),
        native("y", api_key_id="key_new", images=2),
        native("z", outcome="exploded"),
    ]
    write_json(site.landing / "a.jsonl", rows)
    site.ingest()
    return site


def test_a_row_of_an_unknown_key_counts_once_when_the_key_is_known(waiting: Site) -> None:
    waiting.add_key(*NEW_KEY)
    (file,) = waiting.retry().per_file
    assert (file.received, file.accepted, file.quarantined) == (0, 1, -1)
    assert (file.released, file.ignored) == (1, 1)
    assert waiting.rows(EVENTS) == [
        (1, 1, "x", "org_a", "native"),
        (2, 1, "y", "org_a", "native"),
    ]
    assert waiting.rows(FATES) == [("accepted", 2, 200), ("quarantined", 1, 100)]


def test_over_both_files_every_meter_was_received_once(waiting: Site) -> None:
    before = waiting.rows(COUNTED)
    waiting.add_key(*NEW_KEY)
    waiting.retry()
    assert waiting.rows(COUNTED) == before
    side = "select fate, sum(quantity)::int from raw.usage_event_meter group by fate order by fate"
    assert waiting.rows(side) == [("accepted", 2), ("quarantined", 2), ("released", 2)]


def test_a_release_is_taken_back_where_the_row_counted(waiting: Site) -> None:
    waiting.add_key(*NEW_KEY)
    waiting.retry()
    place = "reason, organization_id, completed_at, input_uncached_tokens, output_visible_tokens"
    was = waiting.rows(f"select {place} from raw.quarantined_event where line_number = 2")
    assert waiting.rows(f"select {place} from raw.quarantine_release") == was
    assert was[0][:2] == ("unknown_key", "unknown")


def test_a_row_that_is_still_faulty_stays_and_counts_nowhere_else(waiting: Site) -> None:
    waiting.add_key(*NEW_KEY)
    waiting.retry()
    assert waiting.waiting() == [(1, 3, "unknown_outcome")]
    assert waiting.rows("select * from raw.ignored_row") == [(2, "still_quarantined", 1)]


def test_retrying_twice_counts_nothing_twice(waiting: Site) -> None:
    waiting.add_key(*NEW_KEY)
    waiting.retry()
    before = waiting.rows(FATES)
    (again,) = waiting.retry().per_file
    assert (again.accepted, again.released, again.ignored) == (0, 0, 1)
    assert waiting.rows(FATES) == before


def test_a_row_retried_in_vain_can_be_retried_when_its_key_is_known(waiting: Site) -> None:
    unknown = Chosen(reason="unknown_key")
    assert waiting.retry(unknown).per_file[0].released == 0
    waiting.add_key(*NEW_KEY)
    assert waiting.retry(unknown).per_file[0].released == 1
    assert waiting.retry(unknown).files == 0


def test_two_files_that_point_to_one_row_release_it_once(waiting: Site) -> None:
    first = waiting.write_retries(Chosen(reason="unknown_key"))
    second = waiting.write_retries(Chosen(file="1", line=2))
    waiting.add_key(*NEW_KEY)
    assert first.files != second.files
    report = waiting.ingest()
    assert (report.accepted, report.files) == (1, 1)
    assert waiting.rows("select count(*) from raw.quarantine_release") == [(1,)]


def test_a_row_that_was_released_meanwhile_is_not_waiting(waiting: Site) -> None:
    (path,) = waiting.write_retries(Chosen(reason="unknown_key")).files
    waiting.add_key(*NEW_KEY)
    waiting.ingest()
    pointer = json.loads(path.read_text()) | {"attempt": 9}
    write_json(path.with_name("retry-7.jsonl"), [pointer])
    (file,) = waiting.ingest().per_file
    assert (file.accepted, file.released, file.ignored) == (0, 0, 1)
    results = "select result from raw.retried_row order by ingest_sequence"
    assert waiting.rows(results) == [("released",), ("not_waiting",)]


def test_a_corrected_row_delivered_meanwhile_makes_the_retried_one_a_duplicate(
    waiting: Site,
) -> None:
    waiting.add_key(*NEW_KEY)
    corrected = native("y", api_key_id="key_new", images=2)
    write_json(waiting.landing / "b.jsonl", [corrected])
    waiting.ingest()
    (file,) = waiting.retry(Chosen(reason="unknown_key")).per_file
    assert (file.accepted, file.duplicates, file.quarantined) == (0, 1, -1)


def test_other_content_under_the_id_leaves_the_row_where_it_is(waiting: Site) -> None:
    waiting.add_key(*NEW_KEY)
    write_json(waiting.landing / "b.jsonl", [native("y", output_visible=1)])
    waiting.ingest()
    (file,) = waiting.retry(Chosen(reason="unknown_key")).per_file
    assert (file.released, file.ignored) == (0, 1)
    assert (1, 2, "unknown_key") in waiting.waiting()


def test_a_discarded_row_is_not_read_again(waiting: Site) -> None:
    (path,) = waiting.write_retries().files
    ((sha256,),) = waiting.rows("select content_sha256 from raw.ingest_file")
    waiting.discarded = {(str(sha256), 2): "unknown_key"}
    waiting.add_key(*NEW_KEY)
    (file,) = waiting.ingest(path).per_file
    assert file.released == 0
    assert waiting.write_retries(Chosen(reason="unknown_key")).rows == 0


def test_a_discarded_row_stays_out_when_the_warehouse_is_rebuilt(waiting: Site) -> None:
    ((sha256,),) = waiting.rows("select content_sha256 from raw.ingest_file")
    waiting.discarded = {(str(sha256), 2): "unknown_key"}
    waiting.add_key(*NEW_KEY)
    waiting.warehouse.unlink()
    report = waiting.ingest()
    assert (report.accepted, report.quarantined) == (1, 2)


def test_what_was_supplied_with_the_file_holds_for_its_retried_rows(site: Site) -> None:
    row = native("x", completed_at="2026-10-10T12:00:02", outcome="exploded")
    write_json(site.landing / "a.jsonl", [row])
    site.ingest(source_id="west", supplied={"zone": "UTC"})
    rules = site.catalog / "outcome_rules.csv"
    rules.write_text(rules.read_text() + "exploded,false\n")
    assert site.retry().accepted == 1
    assert site.rows(EVENTS) == [(2, 1, "x", "org_a", "west")]


def test_rows_of_csv_are_read_again_like_their_neighbours(site: Site) -> None:
    write_csv(site.landing / "a.csv", [native("x"), native("y", api_key_id="key_new")])
    site.ingest()
    site.add_key(*NEW_KEY)
    assert site.retry().accepted == 1
    facts = (
        "select distinct columns(* exclude (ingest_sequence, line_number, native_id, "
        "api_key_id)) from raw.usage_event"
    )
    assert len(site.rows(facts)) == 1


def test_a_text_that_was_no_utf8_is_not_taken_for_what_it_was_replaced_by(site: Site) -> None:
    broken = json.dumps(native("y", region="EUROPE")).encode().replace(b"EUROPE", b"E\xffU")
    path = site.landing / "a.jsonl"
    path.write_bytes(json.dumps(native("x")).encode() + b"\n" + broken + b"\n")
    site.ingest()
    assert site.waiting() == [(1, 2, "unreadable_row")]
    assert site.retry().per_file[0].released == 0


def test_rows_of_each_month_and_format_have_a_retry_file_of_their_own(site: Site) -> None:
    september = native("s", api_key_id="key_new", completed_at="2026-09-10T12:00:02Z")
    write_json(site.landing / "a.jsonl", [native("y", api_key_id="key_new")])
    write_json(site.landing / "b.jsonl", [september])
    site.ingest()
    retries = site.write_retries()
    assert [path.name for path in retries.files] == ["retry-1.jsonl", "retry-2.jsonl"]
    site.ingest()
    months = "select file_month::varchar from raw.ingest_file order by ingest_sequence"
    assert [month for (month,) in site.rows(months)][2:] == ["2026-09-01", "2026-10-01"]


@pytest.mark.parametrize(
    "line", ["{}", "[]", "no json", '{"content_sha256": "x", "line_number": 1, "attempt": 1}']
)
def test_a_damaged_retry_file_is_refused_with_its_line(waiting: Site, line: str) -> None:
    (path,) = waiting.write_retries().files
    path.write_text(path.read_text() + line + "\n")
    report = waiting.ingest()
    assert report.files == 0
    assert "line 3 points to no row" in report.refused[0][1]


def test_a_released_row_of_a_finalized_month_is_late(waiting: Site) -> None:
    waiting.finalized = {("org_a", BillingMonth(2026, 10)): 1}
    waiting.add_key(*NEW_KEY)
    assert waiting.retry().late == 1


@pytest.mark.parametrize("is_key_known_before", [True, False])
def test_rebuilt_after_finalization_every_row_is_where_it_was(
    waiting: Site, tmp_path: Path, is_key_known_before: bool
) -> None:
    if is_key_known_before:
        waiting.add_key(*NEW_KEY)
    waiting.retry()
    other = Site(tmp_path / "rebuilt")
    write_catalog(other.catalog)
    waiting.landing.rename(other.landing)
    numbers = waiting.rows("select content_sha256, ingest_sequence from raw.ingest_file")
    other.manifest = {str(sha256): int(str(number)) for sha256, number in numbers}
    decided = (
        "select content_sha256, line_number, reason from raw.quarantined_event inner join "
        "raw.ingest_file using (ingest_sequence) union all select files.content_sha256, "
        "retried.line_number, retried.result from raw.retried_row as retried inner join "
        "raw.ingest_file as files using (ingest_sequence) where result <> 'released'"
    )
    found = waiting.rows(decided)
    other.decisions = {(str(sha), int(str(line))): str(why) for sha, line, why in found}
    other.add_key(*NEW_KEY)
    other.ingest()
    same, rebuilt = waiting.tables(), other.tables()
    for row_of in (same, rebuilt):
        row_of["ingest_file"] = [(row[0], *row[2:]) for row in row_of["ingest_file"]]
        row_of["quarantined_event"] = [(*row[:4], *row[5:]) for row in row_of["quarantined_event"]]
    assert rebuilt == same
    assert other.waiting() == waiting.waiting()
