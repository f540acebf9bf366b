"""From raw requests to net charges beside other engines: `python benchmarks/peers.py FOLDER`.

Here: one file of Parquet, one request in a hundred twice, and each way from it to the month's net
charges: deduplicate, roll up by quarter hour, rate, discount. Each runs in a process of its own;
charges must be equal to the last digit. A peer that is not installed is named and left out:
`pip install chdb pandas litellm`, or the extra `bench`. Keep out: the peers' programs
(`peer_sql.py`, `peer_frames.py`, `peer_loop.py`) and what a close does beyond this work.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import duckdb
import peer_frames
import peer_loop
import peer_sql
from dbt_models import CHARGES, INGESTION, between, prepare_month, run_models, total
from own_process import Figures, in_own_process, measured, take
from peer_log import make_log
from peer_terms import COLUMN_OF

from billing.home import Home

TARGET = 1.5
STAGES, UNITS = ("load", "roll up", "rate"), ("seconds", "cpu")
METERBOOK, REFERENCE, KEPT, LOOP = "Meterbook", "DuckDB", "DuckDB, kept", "litellm"
PEERS: dict[str, Callable[[Path, Path, Path], Figures]] = {
    **peer_sql.PEERS,
    **peer_frames.PEERS,
    **peer_loop.PEERS,
}
NEEDS = {"chDB": "chdb", "pandas": "pandas", LOOP: "litellm"}

OWN_CHARGES = f"""
select {peer_sql.GRAIN.replace("meter,", "case meter @cases else meter end as meter,")},
    quantity, contracted_amount as amount, net_amount as net
from intermediate.{CHARGES}"""
LINE = (
    f"concat_ws('|', {peer_sql.GRAIN.replace('terms_from_at', 'cast(terms_from_at as timestamp)')}, "
    "cast(quantity as bigint), cast(amount as decimal(38, 12)), cast(net as decimal(38, 12)))"
)


def ingest(log: Path, home: Home) -> Figures:
    """The file's rows in the warehouse: fates, manifest, quarantine, duplicates of all files."""
    report = take([log], log.parent / "catalog", home.warehouse_file)
    return {"rows": report.received, "quarantined": report.quarantined}


def charge(log: Path, home: Home, result: Path) -> Figures:
    """From raw rows to charges by the models that lead to them; catalog and books are loaded."""
    prepare_month(home, log.parent / "catalog")
    costs = run_models(home, select=[f"+{CHARGES}"], rebuild=True)
    rating = between(INGESTION, CHARGES)
    cases = " ".join(f"when '{meter}' then '{name}'" for meter, name in COLUMN_OF.items())
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        connection.execute(
            f"copy ({OWN_CHARGES.replace('@cases', cases)}) to '{result}' (format parquet)"
        )
    return {
        "roll up": vars(total(costs, costs.keys() - rating)),
        "rate": vars(total(costs, rating)),
    }


def meterbook(log: Path) -> Figures:
    """Both processes, as one way."""
    with tempfile.TemporaryDirectory(dir=log.parent) as name:
        home = Home(Path(name))
        home.prepare()
        taken = in_own_process(__file__, log.parent, "--ingest", log, name)
        result = Path(name) / "charges.parquet"
        charged = in_own_process(__file__, log.parent, "--charge", log, name, result)
        stages = {
            "load": {unit: taken[unit] for unit in UNITS},
            **{stage: charged[stage] for stage in STAGES[1:]},
        }
        return {
            **{unit: sum(stage[unit] for stage in stages.values()) for unit in UNITS},
            "peak_mib": max(taken["peak_mib"], charged["peak_mib"]),
            "stages": stages,
            "rows": taken["rows"],
            "quarantined": taken["quarantined"],
            "charges": charges_of(result),
        }


def peer(name: str, log: Path) -> Figures:
    """One peer in this process; what it imports is start-up."""
    if name in NEEDS:
        import_module(NEEDS[name])
    with tempfile.TemporaryDirectory(dir=log.parent) as folder:
        result = Path(folder) / "charges.parquet"
        terms = log.parent / "terms"
        found = measured(lambda: PEERS[name](log, terms, result))
        return found | ({"charges": charges_of(result)} if result.exists() else {})


def charges_of(result: Path) -> Figures:
    """How many charges, their sum, and a digest of every digit."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(
            "select count(*), cast(sum(cast(net as decimal(38, 12))) as varchar), "
            f"sha256(string_agg({LINE}, '\n' order by {LINE})) from '{result}'"
        ).fetchall()
    return dict(zip(("count", "net", "digest"), rows[0], strict=True))


def measure_all(log: Path, rounds: int, names: list[str]) -> dict[str, list[Figures]]:
    """Every way in turn, round by round; one that fails is left out from then on."""
    found: dict[str, list[Figures]] = {name: [] for name in (METERBOOK, *names)}
    for _ in range(rounds):
        for name in list(found):
            part = log.with_name("first.parquet") if name == LOOP else log
            try:
                figures = (
                    meterbook(log)
                    if name == METERBOOK
                    else in_own_process(__file__, log.parent, "--peer", name, part)
                )
            except subprocess.CalledProcessError as error:
                if name in (METERBOOK, REFERENCE):
                    raise
                print(f"{name} failed with exit code {error.returncode}", file=sys.stderr)
                del found[name]
                continue
            found[name].append(figures)
    return found


def print_table(log: Path, found: dict[str, list[Figures]]) -> None:
    """Medians, against DuckDB on the file and against re-rating from the rollup."""
    first = found[METERBOOK][0]
    own, rows = first["charges"], first["rows"]
    print(
        f"{rows:,} rows ({first['quarantined']:,} quarantined), {log.stat().st_size / 2**20:,.0f} "
        f"MiB, {own['count']:,} charges, net {own['net']}"
    )
    print(
        f"{'':14}{'seconds':>9}{'ratio':>8}{'cpu':>9}{'by cpu':>8}{'peak MiB':>10}"
        f"{'re-ratings':>12}  charges"
    )
    base = {unit: _median(found[REFERENCE], unit) for unit in UNITS}
    again = _stages(found[METERBOOK])["rate"]["cpu"]
    for name, figures in found.items():
        share = rows / figures[0]["rows"] if name == LOOP else 1.0
        seconds, cpu = (_median(figures, unit) * share for unit in UNITS)
        print(
            f"{name:14}{seconds:9.2f}{seconds / base['seconds']:7.2f}x{cpu:9.2f}"
            f"{cpu / base['cpu']:7.2f}x{_median(figures, 'peak_mib'):10,.0f}{cpu / again:11.1f}x"
            f"  {_verdict(name, figures[0], own)}"
        )
    print("re-ratings: how often Meterbook rates the rollup again in that processor time")


def print_stages(found: dict[str, list[Figures]]) -> None:
    """Loading, rolling up and rating, where both keep what they loaded."""
    print(f"\n{'':14}" + "".join(f"{stage + ', s':>12}{'cpu':>9}" for stage in STAGES))
    ours, theirs = (_stages(found[name]) for name in (METERBOOK, KEPT))
    for name, stages in ((METERBOOK, ours), (KEPT, theirs)):
        print(
            f"{name:14}"
            + "".join(f"{cost['seconds']:12.2f}{cost['cpu']:9.2f}" for cost in stages.values())
        )
    ratios = [ours[stage][unit] / theirs[stage][unit] for stage in STAGES for unit in UNITS]
    print(f"{'ratio':14}" + "".join(f"{r:{11 - 3 * (n % 2)}.2f}x" for n, r in enumerate(ratios)))
    for what, counted in (("once loaded", STAGES[1:]), ("with loading", STAGES)):
        seconds, cpu = (
            sum(ours[stage][unit] for stage in counted)
            / sum(theirs[stage][unit] for stage in counted)
            for unit in UNITS
        )
        print(f"{what}: {seconds:.2f} x DuckDB, {cpu:.2f} x by cpu (aim: at most {TARGET} x)")


def _median(figures: list[Figures], name: str) -> float:
    return float(statistics.median(each[name] for each in figures))


def _stages(figures: list[Figures]) -> dict[str, dict[str, float]]:
    return {
        stage: {
            unit: statistics.median(each["stages"][stage][unit] for each in figures)
            for unit in UNITS
        }
        for stage in STAGES
    }


def _verdict(name: str, figures: Figures, own: Figures) -> str:
    if name == LOOP:
        return f"floats, extrapolated; {figures['unpriced']:,} requests without a price"
    found = figures["charges"]
    return "equal" if found == own else f"DIFFER: {found['count']:,}, net {found['net']}"


def main() -> None:
    """Make the log, measure every way, and print the tables."""
    parser = argparse.ArgumentParser(description="From raw requests to net charges.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PEERS, action="append", help="default: every peer")
    parser.add_argument("--ingest", nargs=2, type=Path, metavar=("LOG", "HOME"))
    parser.add_argument("--charge", nargs=3, type=Path, metavar=("LOG", "HOME", "RESULT"))
    parser.add_argument("--peer", nargs=2, metavar=("NAME", "LOG"))
    asked = parser.parse_args()
    if asked.ingest:
        log, home = asked.ingest
        print(json.dumps(measured(lambda: ingest(log, Home(home)))))
        return
    if asked.charge:
        log, home, result = asked.charge
        print(json.dumps(measured(lambda: charge(log, Home(home), result))))
        return
    if asked.peer:
        name, log = asked.peer
        print(json.dumps(peer(name, Path(log))))
        return
    missing = [name for name, module in NEEDS.items() if find_spec(module) is None]
    if missing:
        print(f"Not installed, so left out: {', '.join(missing)}")
    names = [name for name in asked.only or PEERS if name not in missing]
    names = [*dict.fromkeys([KEPT, REFERENCE, *names])]
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as scratch:
        log = make_log(Path(scratch), asked.requests)
        found = measure_all(log, asked.rounds, names)
        print_table(log, found)
        print_stages(found)


if __name__ == "__main__":
    main()
