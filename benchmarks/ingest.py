"""How fast logs are ingested, against bare DuckDB: `python benchmarks/ingest.py`.

Here: the measurement and its table, for each kind of log. Each round loads the same file bare
and with Meterbook, in processes of their own that take turns; medians are compared. Keep out:
making the logs (`generate.py`, `log_kinds.py`).
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from log_kinds import KINDS, LogKind, make_log
from own_process import Figures, in_own_process, measured, take

WAYS = ("bare DuckDB", "meterbook")


def load(way: str, kind: LogKind, log: Path, folder: Path) -> Figures:
    """Load the log once, bare or with all that an ingest does; the rows."""
    if way == WAYS[0]:
        return {"rows": kind.bare(log, folder)}
    return {"rows": take([log], log.parent / "catalog", folder / "meterbook.duckdb").received}


def measure(way: str, kind: LogKind, log: Path) -> Figures:
    """Load once in this process; seconds, rows and peak memory."""
    with tempfile.TemporaryDirectory(dir=log.parent) as name:
        return measured(lambda: load(way, kind, log, Path(name)))


def rounds(kind: LogKind, log: Path, number: int) -> dict[str, list[Figures]]:
    """Measure both ways in turn, each time in a new process."""
    found: dict[str, list[Figures]] = {way: [] for way in WAYS}
    for _ in range(number):
        for way in WAYS:
            asked = ("--log", log, "--kind", kind.name, "--measure", way)
            found[way].append(in_own_process(__file__, *asked))
    return found


def print_table(kind: LogKind, log: Path, found: dict[str, list[Figures]]) -> None:
    """Medians, and Meterbook's rate as a share of the bare one."""
    medians = {way: statistics.median(f["seconds"] for f in found[way]) for way in WAYS}
    print(f"\n{kind.name}, {log.stat().st_size / 2**20:,.0f} MiB")
    print(f"{'':14}{'seconds':>9}{'cpu':>8}{'rows/s':>12}{'peak MiB':>10}{'rate':>8}{'by cpu':>8}")
    spent = {way: statistics.median(f["cpu"] for f in found[way]) for way in WAYS}
    for way in WAYS:
        peak = max(f["peak_mib"] for f in found[way])
        rate = found[way][0]["rows"] / medians[way]
        share, by_cpu = medians[WAYS[0]] / medians[way], spent[WAYS[0]] / spent[way]
        print(
            f"{way:14}{medians[way]:9.2f}{spent[way]:8.2f}{rate:12,.0f}{peak:10,.0f}"
            f"{share:7.2f}x{by_cpu:7.2f}x"
        )


def main() -> None:
    """Make the logs or take one, measure, and print a table for each kind."""
    parser = argparse.ArgumentParser(description="Ingesting logs against bare DuckDB.")
    parser.add_argument("--requests", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all of them")
    parser.add_argument("--log", type=Path, help="a log of the kind with its catalog/ beside it")
    parser.add_argument("--measure", choices=WAYS, help="load once and print the figures")
    asked = parser.parse_args()
    kinds = [KINDS[name] for name in asked.kind or KINDS]
    if asked.measure:
        print(json.dumps(measure(asked.measure, kinds[0], asked.log)))
        return
    with tempfile.TemporaryDirectory(dir=asked.log and asked.log.parent) as name:
        for kind in kinds:
            log = asked.log or make_log(kind, Path(name), asked.requests)
            print_table(kind, log, rounds(kind, log, asked.rounds))
            if not asked.log:
                log.unlink()


if __name__ == "__main__":
    main()
