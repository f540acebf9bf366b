"""Line numbers are those of an editor, whatever stands between the rows."""

from pathlib import Path

import duckdb
import pytest

from billing.ingestion.lines import KEPT_OF_A_LONGER_LINE, LONGEST_LINE
from tests.billing.ingestion.logs import json_lines, native, write_csv
from tests.billing.ingestion.sites import Site

PLACES = "select native_id, line_number from raw.usage_event order by line_number"
ASIDE = "select line_number, reason from raw.quarantined_event order by line_number"
FIRST, SECOND = json_lines([native("a")]), json_lines([native("b")])


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (FIRST + SECOND, [("a", 1), ("b", 2)]),
        (FIRST + b"\n\n  \t\n" + SECOND + b"\n", [("a", 1), ("b", 5)]),
        (b"\n" + FIRST + SECOND.rstrip(), [("a", 2), ("b", 3)]),
        ((FIRST + b"\n" + SECOND).replace(b"\n", b"\r\n"), [("a", 1), ("b", 3)]),
        (b"\xef\xbb\xbf" + FIRST + SECOND, [("a", 1), ("b", 2)]),
        (b"\xef\xbb\xbf\n" + FIRST + b"  " + SECOND, [("a", 2), ("b", 3)]),
    ],
)
def test_blank_lines_line_ends_and_marks_shift_no_number(
    site: Site, content: bytes, places: list[tuple[str, int]]
) -> None:
    (site.landing / "log.jsonl").write_bytes(content)
    report = site.ingest()
    assert (report.received, report.accepted) == (2, 2)
    assert site.rows(PLACES) == places


@pytest.mark.parametrize(
    "bad",
    [
        b'{"request_id": ',
        b'{"request_id": "x", "model": {"a": 1}',
        b'{"request_id": "x"}{"request_id": "y"}',
        b'{"request_id": "x", "n": 01}',
        b'{"request_id": "\xff\xfe"}',
        b'{"request_id": "\\ud800"}',
        b'{"request_id": "x", "request_id": "y"}',
        b'{"request_id": "x\ty"}',
        b"{'request_id': 'x'}",
        b"}{",
        b"null",
        b"{" + b"[" * 5000,
        b"\x00",
    ],
)
def test_a_line_that_is_no_object_is_set_aside_alone(site: Site, bad: bytes) -> None:
    (site.landing / "log.jsonl").write_bytes(FIRST + bad + b"\n" + SECOND)
    report = site.ingest()
    assert (report.received, report.accepted, report.refused) == (3, 2, ())
    assert site.rows(PLACES) == [("a", 1), ("b", 3)]
    assert site.rows(ASIDE) == [(2, "unreadable_row")]


def test_nesting_without_end_is_no_fault_of_a_readable_row(site: Site) -> None:
    deep = FIRST.replace(b"{", b'{"tags": ' + b"[" * 3000 + b"]" * 3000 + b", ", 1)
    (site.landing / "log.jsonl").write_bytes(deep + b"broken {\n" + SECOND)
    assert site.ingest().accepted == 2
    assert site.rows(ASIDE) == [(2, "unreadable_row")]


def test_a_line_beyond_all_measure_is_set_aside_by_its_start(site: Site) -> None:
    long = b'{"request_id": "' + b"x" * (LONGEST_LINE + 2_000_000) + b'"}\n'
    (site.landing / "log.jsonl").write_bytes(FIRST + long + SECOND)
    report = site.ingest()
    assert (report.received, report.accepted) == (3, 2)
    assert site.rows(PLACES) == [("a", 1), ("b", 3)]
    assert site.rows("select length(raw_line) from raw.quarantined_event") == [
        (KEPT_OF_A_LONGER_LINE,)
    ]


def write_many(path: Path, rows: int, *, container: str) -> None:
    """Many rows whose id is their line number."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select 'req_' || n as request_id, 'key_a' as api_key_id,
                '2026-10-10T12:00:00Z' as completed_at, 'gpt-5' as model,
                'success' as outcome, n % 7 as input_uncached
            from range(1, {rows} + 1) as numbers(n) order by n) to '{path}'
            ({"format json" if container == "jsonl" else f"format {container}"})"""
        )


@pytest.mark.parametrize("container", ["jsonl", "csv", "parquet"])
def test_rows_read_in_parallel_keep_their_numbers(site: Site, container: str) -> None:
    write_many(site.landing / f"log.{container}", 400_000, container=container)
    assert site.ingest().accepted == 400_000
    wrong = "select count(*) from raw.usage_event where native_id <> 'req_' || line_number"
    assert site.rows(wrong) == [(0,)]


def test_numbers_stay_true_behind_bad_lines_in_the_middle_of_a_long_file(site: Site) -> None:
    path = site.landing / "log.jsonl"
    write_many(path, 100_000, container="jsonl")
    lines = path.read_bytes().split(b"\n")
    lines[40_000], lines[70_000], lines[70_001] = b'{"request_id":', b"", b'{"a":}'
    path.write_bytes(b"\n".join(lines))
    report = site.ingest()
    assert (report.received, report.accepted, report.quarantined) == (99_999, 99_997, 2)
    assert site.rows(ASIDE) == [(40_001, "unreadable_row"), (70_002, "unreadable_row")]
    wrong = "select count(*) from raw.usage_event where native_id <> 'req_' || line_number"
    assert site.rows(wrong) == [(0,)]


def test_csv_rows_are_numbered_as_records(site: Site) -> None:
    write_csv(site.landing / "log.csv", [native("a", region="two\nlines"), native("b")])
    site.ingest()
    assert site.rows(PLACES) == [("a", 1), ("b", 2)]
    assert site.rows("select region from raw.usage_event where native_id = 'a'") == [
        ("two\nlines",)
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "too,few",
        "too,many" + "," * 40,
        '"never closed',
        'a,"b"c,d',
        "   ",
        "\udcff\udcfe,b",
    ],
)
def test_a_broken_csv_record_is_set_aside_alone(site: Site, bad: str) -> None:
    path = write_csv(site.landing / "log.csv", [native("a", region="two\nlines"), native("b")])
    text = path.read_text()
    header, rest = text.split("\n", 1)
    first_b = rest.index("b,2026")
    broken = f"{header}\n{rest[:first_b]}{bad}\n{rest[first_b:]}"
    path.write_bytes(broken.encode("utf-8", "surrogateescape"))
    report = site.ingest()
    is_blank = not bad.strip()
    assert (report.accepted, report.quarantined) == (2, 0 if is_blank else 1)
    assert site.rows(PLACES) == [("a", 1), ("b", 2 if is_blank else 3)]


def test_a_header_repeated_in_the_middle_is_a_bad_row(site: Site) -> None:
    path = write_csv(site.landing / "log.csv", [native("a"), native("b")])
    header = path.read_text().split("\n", 1)[0]
    path.write_text(f"{path.read_text()}{header}\n")
    report = site.ingest()
    assert (report.accepted, report.quarantined) == (2, 1)


def test_csv_line_ends_may_mix(site: Site) -> None:
    path = write_csv(site.landing / "log.csv", [native("a"), native("b"), native("c")])
    first, second, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\xef\xbb\xbf" + first + b"\r\n" + second + b"\r\n" + rest)
    assert site.ingest().accepted == 3
