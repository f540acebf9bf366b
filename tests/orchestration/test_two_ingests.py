"""Two ingests at once on one home: one works, the other is told to wait, nothing is doubled."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from billing.home import Home
from tests.billing.ingestion.logs import json_lines, native
from tests.billing.ingestion.sites import write_catalog

ROWS = 20_000


def start(home: Home, log: Path, out: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-m", "orchestration.cli", "ingest", str(log)]
    with out.open("wb") as file:
        return subprocess.Popen(
            [*program, "--home", str(home.root)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ,
        )


def test_of_two_ingests_one_waits_its_turn_and_nothing_is_doubled(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home.catalog)
    log = tmp_path / "log.jsonl"
    log.write_bytes(json_lines(native(f"req_{n}") for n in range(ROWS)))
    outs = [tmp_path / f"{n}.txt" for n in range(2)]
    processes = [start(home, log, out) for out in outs]
    codes = [process.wait(timeout=120) for process in processes]
    told = [out.read_text() for out in outs]
    assert 0 in codes, told
    for code, text in zip(codes, told, strict=True):
        assert "Traceback" not in text
        if code:
            assert "Another process" in text.replace("\n", " ")
    # Whoever was refused runs the command again.
    assert start(home, log, outs[0]).wait(timeout=120) == 0
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        counts = "select count(*), count(distinct native_id) from raw.usage_event"
        assert connection.execute(counts).fetchall() == [(ROWS, ROWS)]
        files = "select count(*), sum(received), sum(accepted) from raw.ingest_file"
        assert connection.execute(files).fetchall() == [(1, ROWS, ROWS)]


def test_an_ingest_while_the_home_is_held_is_refused_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_catalog(home.catalog)
    log = tmp_path / "log.jsonl"
    log.write_bytes(json_lines([native("x")]))
    out = tmp_path / "out.txt"
    with home.exclusive():
        assert start(home, log, out).wait(timeout=60) == 1
    text = " ".join(out.read_text().split())
    assert f"Another process (pid {os.getpid()}) is working" in text
    assert "Wait until it has ended" in text
    assert not home.warehouse_file.exists()
