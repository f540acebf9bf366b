"""Killed at every named commit boundary and at random moments, then run again: nothing shows.

Kills accumulate in one home: each command is killed, started again, killed at the next place,
and at the end the home must equal one that was never disturbed. `METERBOOK_CRASHES` sets how
many random moments are tried; from 20 on, every boundary of a close is, instead of a few.
"""

import os
import random
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billing.boundaries import NAMES
from tests.orchestration.installation import Installation

pytestmark = pytest.mark.long

RANDOM_KILLS = int(os.environ.get("METERBOOK_CRASHES", "1"))
CLOSE = ("close", "2026-10", "--finalize")
INGEST_BOUNDARIES = [name for name in NAMES if name.startswith("ingest.")]
FEW = (
    "catalog.before_commit",
    "draft.after_commit",
    "finalize.after_commit",
    "render.between_renames",
)
CLOSE_BOUNDARIES = [
    name
    for name in NAMES
    if not name.startswith(("ingest.", "retry.", "discard.", "refresh.", "receivable."))
    and (RANDOM_KILLS >= 20 or name in FEW)
]
RAW = ("ingest_file", "ingest_file_meter", "usage_event", "usage_event_meter", "duplicate_event")


def facts_of(home: Installation) -> dict[str, Any]:
    """Raw rows, the register and the bytes of every document."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        raw = {
            table: connection.sql(f"select * from raw.{table} order by all").fetchall()
            for table in (*RAW, "quarantined_event")
        }
    register = home.must("invoices", "--json").json["invoices"]
    return {"raw": raw, "register": register, "documents": home.documents()}


@pytest.fixture(scope="module")
def undisturbed(closed_small: Installation) -> dict[str, Any]:
    return facts_of(closed_small)


def test_a_kill_at_every_commit_boundary_leaves_no_trace(
    undisturbed: dict[str, Any], small_landing: Path, tmp_path: Path, books_url: str
) -> None:
    home = replace(Installation.new(tmp_path / "home"), books_url=books_url)
    for name in INGEST_BOUNDARIES:
        for passing in (1, 2):
            done = home.run("ingest", small_landing, kill_at=f"{name}:{passing}")
            assert done.code in (-signal.SIGKILL, 0), done.err
    home.must("ingest", small_landing)
    killed = 0
    for name in CLOSE_BOUNDARIES:
        passing = 4 if name.startswith("finalize") else 1
        done = home.run(*CLOSE, kill_at=f"{name}:{passing}")
        assert done.code in (-signal.SIGKILL, 0), done.err
        killed += done.code == -signal.SIGKILL
    assert killed >= len(CLOSE_BOUNDARIES) - 2
    home.must(*CLOSE)
    assert facts_of(home) == undisturbed


def test_a_kill_at_any_moment_leaves_no_trace(
    undisturbed: dict[str, Any], small_landing: Path, tmp_path: Path
) -> None:
    home = Installation.new(tmp_path / "home")
    moments = random.Random(20261101)  # noqa: S311  # which moments is no secret
    for _ in range(RANDOM_KILLS):
        home.run_and_kill("ingest", small_landing, after_seconds=moments.uniform(0.5, 6))
    home.must("ingest", small_landing)
    for _ in range(RANDOM_KILLS):
        home.run_and_kill(*CLOSE, after_seconds=moments.uniform(3, 45))
    home.must(*CLOSE)
    assert facts_of(home) == undisturbed
    numbers = [each["number"] for each in undisturbed["register"] if each["kind"] == "invoice"]
    assert numbers == [f"INV-2026-{serial:06d}" for serial in range(1, len(numbers) + 1)]
