"""The quarantine as a user works in it, from a key that was never entered to the invoice."""

import csv
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.test_bad_input import GOOD, write_log

IN_DECEMBER = "2026-12-05T06:00:00Z"
SEARCHING = {"requested_model": "claude-opus-4-5", "model": "claude-opus-4-5", "web_searches": 2}
GHOST = GOOD | SEARCHING | {"request_id": "req_2", "api_key_id": "key_aurora_ghost"}
BROKEN = GOOD | {"request_id": "req_3", "output_visible": -7}
RAW = (
    *("ingest_file_meter", "usage_event", "usage_event_meter", "duplicate_event"),
    *("quarantine_release", "retried_row", "ignored_row"),
)


def add_ghost_key(home: Installation) -> None:
    path = home.root / "catalog" / "api_keys.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    known = next(row for row in rows if row["api_key_id"] == "key_aurora_01")
    sha256 = {"api_key_id": "key_aurora_ghost", "key_sha256": "f" * 64}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(known))
        writer.writeheader()
        writer.writerows([*rows, known | sha256])


def counts_of(home: Installation, month: str) -> dict[str, tuple[int, int, int]]:
    """Received, billed and quarantined requests of a balanced month, by organization."""
    balance = home.must("reconcile", month, "--json").json
    assert balance["balanced"] is True
    return {
        row["organization_id"]: (row["received"], row["billed"], row["quarantined"])
        for row in balance["organizations"]
        if row["received"] or row["billed"] or row["quarantined"]
    }


def raw_of(home: Installation) -> dict[str, Any]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return {
            table: connection.sql(f"select * from raw.{table} order by all").fetchall()
            for table in RAW
        }


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    """One sound row, one of a key nobody entered, one with a wrong count; not closed."""
    home = Installation.new(tmp_path / "home")
    landing = home.root / "landing"
    landing.mkdir()
    home.must("ingest", write_log(landing / "october.jsonl", GOOD, GHOST, BROKEN))
    return home


def test_waiting_rows_are_counted_with_what_to_do(home: Installation) -> None:
    found = home.must("quarantine", "list", "--json").json
    assert found["rows"] == 2
    group = {each["reason"]: each for each in found["groups"]}["unknown_key"]
    assert (group["organization_id"], group["file_name"]) == ("unknown", "october.jsonl")
    assert (group["rows"], group["sample_detail"]) == (1, "key_aurora_ghost")
    assert "api_keys.csv" in group["remedy"]
    assert home.must("quarantine", "list", "--org", "org_aurora", "--json").json["rows"] == 1
    assert "Rows waiting: 1." in home.must("quarantine", "list", "--file", "october.jsonl",
                                      "--reason", "bad_count").out  # fmt: skip


def test_a_row_is_shown_whole(home: Installation) -> None:
    (row,) = home.must("quarantine", "show", "1", "2", "--json").json["rows"]
    assert json.loads(row["raw_line"]) == GHOST
    assert "req_3" in home.must("quarantine", "show", "--reason", "bad_count").out
    done = home.run("quarantine", "show", "1", "1")
    assert (done.code, done.err) == (1, "No such row waits.\n")


def test_an_export_holds_each_waiting_row_with_its_text(home: Installation) -> None:
    path = home.root / "rows.jsonl"
    assert home.must("quarantine", "export", path, "--json").json["rows"] == 2
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [json.loads(row["raw_line"]) for row in rows] == [GHOST, BROKEN]
    assert rows[0].keys() >= {"file_name", "content_sha256", "line_number", "reason", "remedy"}
    assert not list(home.root.glob(".rows*"))
    done = home.run("quarantine", "export", home.root / "nowhere" / "rows.jsonl")
    assert done.code == 1
    assert "cannot be written" in done.err


@pytest.mark.long
def test_before_the_close_a_retried_row_is_billed_in_its_month(home: Installation) -> None:
    add_ghost_key(home)
    retried = home.must("quarantine", "retry", "--json").json
    assert {name: retried[name] for name in ("retried", "released", "accepted", "waiting")} == {
        "retried": 2,
        "released": 1,
        "accepted": 1,
        "waiting": 1,
    }
    home.must("close", "2026-10", "--finalize")
    assert counts_of(home, "2026-10") == {"org_aurora": (3, 2, 1)}


@pytest.mark.long
def test_after_the_close_a_retried_row_is_billed_in_the_next_month_and_both_reconcile(
    home: Installation,
) -> None:
    home.must("quarantine", "retry")
    home.must("close", "2026-10", "--finalize")
    october = {"org_aurora": (2, 1, 1), "unknown": (1, 0, 1)}
    assert counts_of(home, "2026-10") == october
    filed = home.documents()
    add_ghost_key(home)
    assert home.must("quarantine", "retry", "--json").json["late"] == 1
    home.must("close", "2026-11", "--finalize", now=IN_DECEMBER)
    assert counts_of(home, "2026-10") == october
    november = {"org_aurora": (1, 1, 0), "unknown": (-1, 0, -1)}
    assert counts_of(home, "2026-11") == november
    again = home.must("close", "2026-10", "--finalize", "--json", now=IN_DECEMBER).json
    assert again["blocked"] == []
    assert counts_of(home, "2026-10") == october
    assert filed.items() <= home.documents().items()
    _rebuilt_is_the_same(home, october, november)


def _rebuilt_is_the_same(
    home: Installation, october: dict[str, Any], november: dict[str, Any]
) -> None:
    raw, documents = raw_of(home), home.documents()
    shutil.rmtree(home.root / "warehouse")
    home.must("ingest", home.root / "landing", now=IN_DECEMBER)
    assert raw_of(home) == raw
    for month, counts in (("2026-10", october), ("2026-11", november)):
        closed = home.must("close", month, "--finalize", "--json", now=IN_DECEMBER).json
        assert closed["blocked"] == []
        assert counts_of(home, month) == counts
    assert home.documents() == documents


@pytest.mark.long
def test_a_discarded_row_counts_but_is_neither_listed_nor_retried(home: Installation) -> None:
    arguments = ("quarantine", "discard", "--reason", "unknown_key", "--by", "Ada")
    done = home.run(*arguments)
    assert done.code == 2
    done = home.run(*arguments, "--because", " ")
    assert done.code == 1
    assert "needs a reason" in done.err
    done = home.run("quarantine", "discard", "--because", "all of it")
    assert done.code == 1
    home.must(*arguments, "--because", "A test key of ours.")
    assert home.must("quarantine", "list", "--json").json["rows"] == 1
    (row,) = home.must("quarantine", "show", "--discarded", "--json").json["rows"]
    assert (row["because"], row["discarded_by"]) == ("A test key of ours.", "Ada")
    add_ghost_key(home)
    assert home.must("quarantine", "retry", "--json").json["released"] == 0
    done = home.run(*arguments, "--because", "Again.")
    assert done.code == 1
    assert "discarded before: 1" in done.err
    home.must("close", "2026-10", "--finalize")
    assert counts_of(home, "2026-10") == {"org_aurora": (2, 1, 1), "unknown": (1, 0, 1)}


@pytest.mark.parametrize(
    "boundary",
    [
        *("retry.before_rename", "retry.after_rename"),
        *("ingest.before_commit", "ingest.after_commit"),
    ],
)
def test_a_retry_killed_anywhere_and_run_again_counts_once(
    home: Installation, boundary: str
) -> None:
    add_ghost_key(home)
    arguments = ("quarantine", "retry", "--reason", "unknown_key")
    assert home.run(*arguments, kill_at=boundary).code == -signal.SIGKILL
    home.must(*arguments)
    raw = raw_of(home)
    assert len(raw["usage_event"]) == 2
    assert len(raw["quarantine_release"]) == 1
    files = [path.name for path in (home.root / "landing" / "retries").glob("*.jsonl")]
    assert files == ["retry-1.jsonl"]
    assert home.must("quarantine", "list", "--json").json["rows"] == 1


def test_a_discard_killed_before_its_commit_discarded_nothing(home: Installation) -> None:
    arguments = ("quarantine", "discard", "--reason", "unknown_key", "--because", "A test.")
    assert home.run(*arguments, kill_at="discard.before_commit").code == -signal.SIGKILL
    assert home.must("quarantine", "list", "--json").json["rows"] == 2
    assert home.run(*arguments, kill_at="discard.after_commit").code == -signal.SIGKILL
    assert home.must("quarantine", "list", "--json").json["rows"] == 1


def test_a_line_of_no_file_is_refused(home: Installation) -> None:
    done = home.run("quarantine", "discard", "--line", "2", "--because", "A test.")
    assert done.code == 1
    assert "--file" in done.err
