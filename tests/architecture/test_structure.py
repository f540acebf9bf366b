"""The house stands as drawn: imports, sizes, words and forbidden constructs.

Here: rules about the tree that no linter knows. Keep out: behaviour.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("billing", "invoice_render", "orchestration")
MONEY_ROOMS = ("billing", "invoice_render")
COUNTS_ONLY = {"values.py", "conditions.py", "other_meters.py", "instants.py"}
"""Counts below 2^53 go through DOUBLE in ingestion, where BIGINT would round 1.5 away."""

FORECASTS = {"forecasting.py", "forecast_hours.py"}
"""A forecast of use is no money: dates come of it, and levels to compare a balance with."""


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def python_files(*rooms: str) -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in rooms]


def test_rooms_import_each_other_only_as_planned() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", python_files(*ROOMS), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 250


def test_no_float_touches_money() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in python_files(*MONEY_ROOMS)
        if path.name not in COUNTS_ONLY | FORECASTS
        for line in path.read_text().splitlines()
        if re.search(r"\bfloat\(|::double|as double|pl\.Float", line)
    ]
    assert guilty == []


def test_the_wall_clock_is_read_in_one_place() -> None:
    pattern = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(")
    guilty = {
        str(path.relative_to(ROOT))
        for path in python_files(*ROOMS)
        if pattern.search(path.read_text())
    }
    assert guilty == {"billing/clock.py"}


def test_no_sql_reads_the_wall_clock() -> None:
    pattern = re.compile(r"current_(date|timestamp)|\bnow\(\)", re.IGNORECASE)
    guilty = [path for path in tracked("dbt_project/**/*.sql") if pattern.search(path.read_text())]
    assert guilty == []


def test_every_module_says_what_it_keeps_out() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in python_files(*ROOMS)
        if path.name not in {"__init__.py", "env.py"}
        and "versions" not in path.parts
        and "eep out" not in " ".join(path.read_text().split())
    ]
    assert guilty == []


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    pattern = re.compile(r"index-url|--find-links|file:///|/root/|/work/")
    texts = tracked("*.py", "*.md", "*.toml", "*.lock", "*.yml", "*.sql", "*.cfg", "Makefile")
    guilty = [
        str(path) for path in texts if path != Path(__file__) and pattern.search(path.read_text())
    ]
    assert guilty == []
