"""Which files a path argument means, and that the same content counts once under any name."""

from pathlib import Path

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import json_lines, native, write_json
from tests.billing.ingestion.sites import Site


def names(bench: Bench) -> list[object]:
    return [name for (name,) in bench.rows("select file_name from raw.ingest_file order by all")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two logs, one of them deeper, and what is no log yet."""
    for name in ("in/a.jsonl", "in/deep/b.jsonl", "in/.hidden.jsonl", "in/c.jsonl.part"):
        write_json(tmp_path / name, [native(name)])
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("*.jsonl", ["a.jsonl"]),
        ("?.jsonl", ["a.jsonl"]),
        ("[ab].jsonl", ["a.jsonl"]),
        ("*", ["a.jsonl", "b.jsonl"]),
        ("**/*.jsonl", ["a.jsonl", "b.jsonl"]),
        ("de*", ["b.jsonl"]),
    ],
)
def test_a_pattern_the_shell_left_is_expanded(
    bench: Bench, folder: Path, pattern: str, taken: list[str]
) -> None:
    report = bench.ingest(folder / pattern)
    assert report.refused == ()
    assert names(bench) == taken


@pytest.mark.parametrize("pattern", ["*.csv", "nowhere/*", "*.part", "[z].jsonl"])
def test_a_pattern_that_matches_nothing_is_refused_by_name(
    bench: Bench, folder: Path, pattern: str
) -> None:
    ((name, message),) = bench.ingest(folder / pattern).refused
    assert name == str(folder / pattern)
    assert "matches no file" in message


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(bench: Bench, folder: Path) -> None:
    path = write_json(folder / "log[1].jsonl", [native("x")])
    bench.ingest(path)
    assert names(bench) == ["log[1].jsonl"]


@pytest.mark.parametrize("target", ["outside/secret.jsonl", "outside", "nowhere", "in/circle"])
def test_a_link_that_leads_out_of_a_folder_is_refused_by_name(
    bench: Bench, folder: Path, target: str
) -> None:
    write_json(folder.parent / "outside" / "secret.jsonl", [native("secret")])
    (folder / "circle").symlink_to(folder.parent / target)
    report = bench.ingest(folder)
    ((name, message),) = report.refused
    assert name == "circle"
    assert "circle is a link that leads out of in or to nothing" in message
    assert names(bench) == ["a.jsonl", "deep/b.jsonl"]


def test_a_link_within_a_folder_is_the_file_it_leads_to(bench: Bench, folder: Path) -> None:
    (folder / "z.jsonl").symlink_to("deep/b.jsonl")
    (folder / "unfinished.jsonl").symlink_to("c.jsonl.part")
    (folder / "again").symlink_to("deep")
    report = bench.ingest(folder)
    assert (report.files, report.skipped, report.refused) == (2, 1, ())


def test_a_link_that_is_named_is_followed(bench: Bench, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(folder / "a.jsonl")
    (tmp_path / "folder").symlink_to(folder / "deep")
    report = bench.ingest(tmp_path / "file", tmp_path / "folder")
    assert (report.accepted, report.refused) == (2, ())


def test_the_same_content_counts_once_under_two_names_and_twice_packed(
    bench: Bench, tmp_path: Path
) -> None:
    rows = [native("x"), native("y")]
    paths = [write_json(tmp_path / name, rows) for name in ("a.jsonl", "b.txt", "c.jsonl.gz")]
    report = bench.ingest(*paths, tmp_path / "a.jsonl", tmp_path)
    assert (report.files, report.accepted, report.duplicates) == (2, 2, 2)
    assert report.skipped == 1
    bench.require_sums()


@pytest.mark.parametrize("step", ["unpack", "decide", "write"])
@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_a_file_replaced_while_it_is_read_is_refused_and_taken_whole_the_next_time(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str, name: str
) -> None:
    from billing.ingestion import intake  # noqa: PLC0415  # patched below

    path = write_json(site.landing / name, [native("old")])
    original = getattr(intake, step)

    def replacing(*arguments: object) -> object:
        other = write_json(site.root / name, [native("new"), native("newer")])
        other.replace(path)
        return original(*arguments)

    monkeypatch.setattr(intake, step, replacing)
    ((_, message),) = site.ingest().refused
    assert "changed while it was read" in message
    assert site.rows("select * from raw.usage_event") == []
    monkeypatch.undo()
    assert site.ingest().accepted == 2
    assert path.stat().st_size != len(json_lines([native("old")]))
