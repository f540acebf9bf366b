"""A file that is broken, enormous or made to hurt costs a row or itself, never the ingest."""

import gzip
import os
import random
import resource
from pathlib import Path

import pytest
import zstandard

from billing.ingestion import container
from billing.ingestion.lines import KEPT_OF_A_LONGER_LINE
from billing.ingestion.readers import LONGEST_RECORD
from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import (
    json_lines,
    native,
    spend_log,
    write_csv,
    write_parquet,
)

GOOD = json_lines([native("good")])
DEEP = 100_000
QUARANTINE = "select line_number, reason from raw.quarantined_event order by all"
TEXTS = "select line_number, raw_line from raw.quarantined_event order by all"


def csv_of(tmp_path: Path, *ids: str) -> bytes:
    return write_csv(tmp_path / "log.csv", [native(name) for name in ids]).read_bytes()


def refusal(bench: Bench, content: bytes, name: str = "log.jsonl") -> str:
    ((_, message),) = bench.ingest(bench.file(content, name)).refused
    assert bench.rows("select * from raw.ingest_file") == []
    return message


def test_a_line_of_a_gigabyte_needs_no_memory_and_is_one_bad_row(bench: Bench) -> None:
    path = bench.file(GOOD)
    with path.open("r+b") as file:
        file.truncate(len(GOOD) + (1 << 30))
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + json_lines([native("last")]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = bench.ingest(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (report.received, report.accepted) == (3, 2)
    assert bench.rows(QUARANTINE) == [(2, "unreadable_row")]
    assert grown < 400_000  # kilobytes


def test_a_long_csv_record_is_one_bad_row_kept_by_its_start(bench: Bench, tmp_path: Path) -> None:
    header, first, last = csv_of(tmp_path, "a", "b").splitlines(keepends=True)
    long = b"x" * (2 * LONGEST_RECORD + 7) + b"\n"
    report = bench.ingest(bench.file(header + first + long + last))
    assert (report.received, report.accepted) == (3, 2)
    ((line, text),) = bench.rows(TEXTS)
    assert (line, text[:-1]) == (2, "x" * KEPT_OF_A_LONGER_LINE)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_what_unpacks_beyond_all_measure_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, pack: object
) -> None:
    monkeypatch.setattr(container, "UNPACKED_AT_LEAST", 1 << 20)
    content = pack(GOOD + b" " * (8 << 20))  # type: ignore[operator]
    assert "times its size" in refusal(bench, content)


NESTED = {
    "lists": "[" * DEEP + "]" * DEEP,
    "objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "text": '"' + "[" * DEEP + '"',
}


@pytest.mark.parametrize("deep", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize(
    ("row", "place"),
    [(native("x"), '"provider": "openai"'), (native("x"), '"not_read": 0'), (spend_log("x"), "")],
    ids=["read", "unread", "metadata"],
)
def test_nesting_without_end_ends_no_ingest(
    bench: Bench, row: dict[str, object], place: str, deep: str
) -> None:
    whole = json_lines([row | {"not_read": 0}]).decode()
    if not place:
        start = whole.index('"metadata": ')
        place = whole[start : whole.index(', "not_read"')]
    content = whole.replace(place, place.split(":")[0] + ": " + deep).encode()
    report = bench.ingest(bench.file(json_lines([row | {"request_id": "good"}]) + content))
    assert (report.received, report.refused) == (2, ())
    assert bench.meters()["good", "cache_read"] == 40
    bench.require_sums()


@pytest.mark.parametrize(
    ("before", "ends"),
    [(b"", b"\r\n"), (b"\xef\xbb\xbf", b"\n"), (b"\n", b"\n"), (b"\n\r\n  \n", b"\r\n")],
    ids=["crlf", "mark", "blank line", "blank lines"],
)
def test_every_record_of_a_csv_is_read_whatever_stands_around_its_lines(
    bench: Bench, tmp_path: Path, before: bytes, ends: bytes
) -> None:
    content = csv_of(tmp_path, "a", "b", "c").replace(b"\n", ends)
    report = bench.ingest(bench.file(before + content))
    assert (report.received, report.accepted) == (3, 3)


def test_a_table_behind_a_header_repeated_in_the_middle_is_read_on(
    bench: Bench, tmp_path: Path
) -> None:
    content = csv_of(tmp_path, "a") + csv_of(tmp_path, "b")
    report = bench.ingest(bench.file(content))
    assert (report.received, report.accepted) == (3, 2)
    assert bench.rows(QUARANTINE) == [(2, "unreadable_time")]


def test_a_broken_csv_record_keeps_its_own_text(bench: Bench, tmp_path: Path) -> None:
    header, first, last = csv_of(tmp_path, "a", "b").splitlines(keepends=True)
    bad = b"\xff\xfe,too few\n"
    bench.ingest(bench.file(header + first + bad + last.replace(b"success", b"exploded")))
    (_, torn), (_, judged) = bench.rows(TEXTS)
    assert torn == "\ufffd\ufffd,too few"
    assert '"request_id": "b"' in judged


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"request_id,completed_at,api_key_id\r1,2,3\r", "line feed"),
        (b"request_id,Request_ID,completed_at,api_key_id\n1,2,3,4\n", "twice"),
        (b"\x00\x01binary", "binary"),
        (b"PK\x03\x04" + bytes(60), "binary"),
        (gzip.compress(gzip.compress(GOOD)), "binary"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "damaged gzip"),
        (gzip.compress(GOOD) + b"more", "damaged gzip"),
        (zstandard.ZstdCompressor().compress(GOOD) + b"more", "damaged zstd"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    bench: Bench, content: bytes, word: str
) -> None:
    message = refusal(bench, content)
    assert word in message
    assert message.startswith("log.jsonl")


def test_damaged_parquet_is_read_or_refused(bench: Bench) -> None:
    path = write_parquet(bench.root / "whole.parquet", [native("a"), native("b")], {})
    whole, chance = path.read_bytes(), random.Random(7)  # noqa: S311  # the same damage each time
    for _ in range(25):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        report = bench.ingest(bench.file(bytes(content)))
        assert report.files + report.skipped + len(report.refused) == 1
    bench.require_sums()


def test_a_pipe_is_refused_instead_of_read_half(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ((name, message),) = bench.ingest(tmp_path / "pipe").refused
    assert name == "pipe"
    assert "Write it into a file first" in message


def test_an_empty_array_has_no_rows(bench: Bench) -> None:
    report = bench.ingest(bench.file(b"[\n]\n"))
    assert (report.files, report.received, report.refused) == (1, 0, ())


def test_a_csv_text_that_looks_like_an_object_makes_no_json_of_the_file(bench: Bench) -> None:
    header = b"note,request_id,completed_at,api_key_id,model,outcome\n"
    rest = b",2026-10-10T12:00:00Z,key_a,m,success\n"
    content = header + b"{},1" + rest + b'"\n{""a"": 1}\n",2' + rest
    assert bench.ingest(bench.file(content)).accepted == 2
