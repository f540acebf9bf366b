"""A file is what its bytes say, and each is taken whole or not at all."""

import gzip
from pathlib import Path

import pytest
import zstandard

from billing.errors import IngestError
from tests.billing.ingestion.logs import (
    json_lines,
    native,
    write_bytes,
    write_csv,
    write_json,
    write_parquet,
)
from tests.billing.ingestion.sites import Site

MANY = [native(f"req_{n}") for n in range(5000)]


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz", "log.jsonl.zst"])
def test_a_log_is_read_plain_and_compressed(site: Site, name: str) -> None:
    write_json(site.landing / name, [native("req_1"), native("req_2")])
    assert site.ingest().accepted == 2


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.parquet", "log", "log.jsonl"])
def test_compression_is_told_by_content_not_by_name(site: Site, name: str) -> None:
    content = zstandard.ZstdCompressor().compress(json_lines([native()]))
    (site.landing / name).write_bytes(content)
    assert site.ingest().accepted == 1


def test_parquet_and_csv_are_read_under_any_name(site: Site) -> None:
    write_parquet(site.landing / "a.jsonl", [native("req_1")], {})
    write_csv(site.landing / "b.parquet", [native("req_2")])
    report = site.ingest()
    assert (report.accepted, report.refused) == (2, ())


def test_several_compressed_members_are_one_file(site: Site) -> None:
    first, second = json_lines([native("req_1")]), json_lines([native("req_2")])
    (site.landing / "a.gz").write_bytes(gzip.compress(first) + gzip.compress(second) + bytes(64))
    third, fourth = json_lines([native("req_3")]), json_lines([native("req_4")])
    pack = zstandard.ZstdCompressor().compress
    (site.landing / "b.zst").write_bytes(pack(third) + pack(fourth))
    assert site.ingest().accepted == 4


@pytest.mark.parametrize("name", ["cut.jsonl.gz", "cut.jsonl.zst"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_of_a_truncated_file_nothing_is_taken_and_of_the_others_all(
    site: Site, name: str, share: float
) -> None:
    path = write_json(site.landing / name, MANY)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    write_json(site.landing / "whole.jsonl", [native("req_1")])
    report = site.ingest()
    ((refused, message),) = report.refused
    assert refused == name
    assert name in message
    assert "Deliver it again" in message
    assert (report.files, report.accepted) == (1, 1)
    assert site.rows("select distinct ingest_sequence from raw.usage_event") == [(1,)]


def test_a_damaged_file_that_is_delivered_again_whole_is_taken(site: Site) -> None:
    path = write_json(site.landing / "log.jsonl.gz", MANY)
    whole = path.read_bytes()
    path.write_bytes(whole[:900])
    assert site.ingest().files == 0
    path.write_bytes(whole)
    assert site.ingest().accepted == len(MANY)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'[{"request_id": "x"}, {"requ', "no whole JSON"),
        ('{"request_id": "x"}'.encode("utf-16"), "UTF-16"),
        (b"\x7fELF\x00\x00\x01\x02", "binary"),
        (b"dear finance,\nplease find attached\n", "no known log format"),
        (b"PAR1 is not enough", "Parquet"),
        (b'{"hello": 1}\n', "no known log format"),
        (b"request_id,request_id\n1,2\n", "twice"),
    ],
)
def test_what_is_no_log_is_refused_by_name(site: Site, content: bytes, word: str) -> None:
    (site.landing / "strange.jsonl").write_bytes(content)
    ((name, message),) = site.ingest().refused
    assert name == "strange.jsonl"
    assert "strange.jsonl" in message
    assert word in message
    assert site.rows("select * from raw.ingest_file") == []


def test_a_missing_path_is_refused_by_name(site: Site) -> None:
    ((name, message),) = site.ingest(site.root / "nowhere.jsonl").refused
    assert name == "nowhere.jsonl"
    assert "cannot be read" in message


def test_an_unknown_format_is_refused_before_anything_is_read(site: Site) -> None:
    with pytest.raises(IngestError, match="litellm, litellm_standard, native"):
        site.ingest(format_name="mainframe")


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv", "empty.jsonl.gz", "empty.jsonl.zst"])
def test_an_empty_file_is_taken_with_no_rows(site: Site, name: str) -> None:
    write_bytes(site.landing / name, b"")
    report = site.ingest()
    assert (report.files, report.received, report.refused) == (1, 0, ())
    assert site.rows("select received, file_month::varchar from raw.ingest_file") == [
        (0, "2026-11-01")
    ]


def test_a_csv_with_a_header_only_has_no_rows(site: Site) -> None:
    (site.landing / "log.csv").write_text(",".join(native()) + "\n")
    report = site.ingest()
    assert (report.files, report.received, report.refused) == (1, 0, ())


def test_folders_are_walked_in_order_of_name_without_hidden_and_unfinished_files(
    site: Site,
) -> None:
    names = ("b.jsonl", "a/z.jsonl", "a/.hidden.jsonl", ".git/x.jsonl", "c.jsonl.tmp", "d.part")
    for number, name in enumerate(names):
        write_json(site.landing / name, [native(f"req_{number}")])
    report = site.ingest()
    taken = [(file.ingest_sequence, file.file_name) for file in report.per_file]
    assert taken == [(1, "a/z.jsonl"), (2, "b.jsonl")]


def test_a_file_that_changes_while_it_is_read_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_json(site.landing / "log.jsonl", [native()])

    def replace(_: str) -> None:
        path.write_bytes(json_lines([native("req_1"), native("req_2")]))

    monkeypatch.setattr("billing.ingestion.store.reached", lambda _: None)
    monkeypatch.setattr("billing.ingestion.intake.decide", _after(replace))
    ((_, message),) = site.ingest().refused
    assert "changed while it was read" in message
    assert site.rows("select * from raw.usage_event") == []


def _after(act: object) -> object:
    from billing.ingestion.fates import decide  # noqa: PLC0415  the original, before patching

    def acting(*arguments: object) -> None:
        act("")  # type: ignore[operator]
        decide(*arguments)  # type: ignore[arg-type]

    return acting


def test_scratch_files_do_not_stay(site: Site) -> None:
    left = site.warehouse.with_name("meterbook.duckdb.ingest")
    left.mkdir(parents=True)
    (left / "plain").write_text("from a process that was killed")
    write_json(site.landing / "log.jsonl.gz", ["broken", native()])
    site.ingest()
    assert [path.name for path in site.warehouse.parent.iterdir()] == [site.warehouse.name]


def test_progress_is_told_file_by_file(site: Site, tmp_path: Path) -> None:
    from billing.clock import Clock  # noqa: PLC0415
    from billing.ingestion import ingest  # noqa: PLC0415

    paths = [write_json(tmp_path / f"{n}.jsonl", [native(f"req_{n}")]) for n in range(3)]
    told: list[str] = []
    with site.open() as connection:
        ingest(
            connection,
            paths,
            catalog_folder=site.catalog,
            clock=Clock(site.now),
            manifest={},
            decisions={},
            finalized={},
            on_file=lambda file: told.append(file.file_name),
        )
    assert told == ["0.jsonl", "1.jsonl", "2.jsonl"]
