"""However rows are laid out in a file, the accepted ones are those of the same rows as lines."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines, native, spend_log

EVENTS = "select * exclude (ingest_sequence) from raw.usage_event order by line_number"
FAULTS = "select line_number, reason, field from raw.quarantined_event order by all"
NATIVE = [
    native("a"),
    native("b", region='two\nlines, "quoted" \\ é😀', cache_read=7),
    native("c", completed_at="nope"),
    native("d", model="{}", provider="[1]"),
    native("a"),
]
SPEND = [
    spend_log("a"),
    spend_log("b", prompt_tokens=-1),
    spend_log("c", completion_tokens=99),
    spend_log("d", metadata={"note": 'a "quoted"\nline', "usage_object": {}}),
]


def array(rows: list[Row]) -> bytes:
    return json.dumps(rows).encode()


def one_per_line(rows: list[Row]) -> bytes:
    return b"[\n" + b",\n".join(json.dumps(row).encode() for row in rows) + b"\n]\n"


def indented_array(rows: list[Row]) -> bytes:
    return json.dumps(rows, indent=2, ensure_ascii=False).encode()


def marked_array(rows: list[Row]) -> bytes:
    return b"\xef\xbb\xbf" + indented_array(rows).replace(b"\n", b"\r\n")


def indented_objects(rows: list[Row]) -> bytes:
    return b"\n".join(json.dumps(row, indent=1).encode() for row in rows)


def objects_without_a_line_between(rows: list[Row]) -> bytes:
    return b"".join(json.dumps(row).encode() for row in rows)


def objects_with_a_space_between(rows: list[Row]) -> bytes:
    return b" ".join(json.dumps(row).encode() for row in rows) + b"\n"


def table(rows: list[Row], delimiter: str = ",", line_end: str = "\n") -> bytes:
    flat = [
        {k: json.dumps(v, indent=1) if isinstance(v, dict) else v for k, v in row.items()}
        for row in rows
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(flat[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    for row in flat:
        writer.writerow({name: row.get(name) for name in flat[0]})
    return text.getvalue().encode()


def tabs(rows: list[Row]) -> bytes:
    return table(rows, "\t")


LAYOUTS = [
    *(array, one_per_line, indented_array, marked_array, indented_objects),
    *(objects_without_a_line_between, objects_with_a_space_between, table, tabs),
]


def outcome(bench: Bench, content: bytes) -> list[object]:
    bench.wipe()
    report = bench.ingest(bench.file(content))
    assert report.refused == ()
    bench.require_sums()
    counts = (report.received, report.accepted, report.duplicates, report.quarantined)
    return [counts, bench.rows(EVENTS), bench.rows(FAULTS)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("rows", [NATIVE, SPEND], ids=["native", "litellm"])
def test_rows_mean_the_same_in_every_layout(
    bench: Bench, rows: list[Row], layout: Callable[[list[Row]], bytes]
) -> None:
    columns = dict.fromkeys(name for row in rows for name in row)
    whole = [{name: row[name] for name in columns if name in row} for row in rows]
    if layout in (table, tabs):  # whose header is that of the first row
        whole = [dict.fromkeys(columns) | row for row in whole]
    assert outcome(bench, layout(whole)) == outcome(bench, json_lines(rows))


@pytest.mark.parametrize("layout", LAYOUTS[:5])
@pytest.mark.parametrize("lost", [1, 3, 200])
def test_of_a_document_whose_end_is_lost_nothing_is_taken(
    bench: Bench, layout: Callable[[list[Row]], bytes], lost: int
) -> None:
    content = layout(NATIVE).rstrip()[:-lost]
    ((_, message),) = bench.ingest(bench.file(content)).refused
    assert "no whole JSON document" in message
    assert "Deliver it again" in message
    assert bench.rows("select * from raw.ingest_file") == []


def test_what_stands_in_an_array_and_is_no_object_is_set_aside(bench: Bench) -> None:
    content = json.dumps([native("a"), 1, None, "x", [], native("b")]).encode()
    report = bench.ingest(bench.file(content))
    assert (report.received, report.accepted, report.quarantined) == (6, 2, 4)
    bench.require_sums()


def test_a_column_of_json_that_is_none_makes_its_rows_unreadable(bench: Bench) -> None:
    content = table(SPEND).replace(b'""', b"'")
    report = bench.ingest(bench.file(content))
    assert (report.received, report.accepted) == (4, 0)
    assert {reason for _, reason, _ in bench.rows(FAULTS)} == {"unreadable_row"}
