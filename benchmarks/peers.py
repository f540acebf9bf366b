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
        stages = [charged["roll up"], charged["rate"]]
        return {
            "seconds": taken["seconds"] + sum(stage["seconds"] for stage in stages),
            "cpu": taken["cpu"] + sum(stage["cpu"] for stage in stages),
            "peak_mib": max(taken["peak_mib"], charged["peak_mib"]),
            "stages": {
                "load": taken["seconds"],
                **{name: charged[name]["seconds"] for name in ("roll up", "rate")},
            },
            "rate_cpu": charged["rate"]["cpu"],
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
    """Medians, against DuckDB on the file."""
    rows = found[METERBOOK][0]["rows"]
    own = found[METERBOOK][0]["charges"]
    print(
        f"{rows:,} rows ({found[METERBOOK][0]['quarantined']:,} quarantined), "
        f"{log.stat().st_size / 2**20:,.0f} MiB, {own['count']:,} charges, net {own['net']}"
    )
    print(
        f"{'':14}{'seconds':>9}{'ratio':>8}{'cpu':>9}{'by cpu':>8}{'peak MiB':>10}"
        f"{'of re-rating':>14}  charges"
    )
    medians = {
        name: {
            key: statistics.median(each[key] for each in figures)
            for key in ("seconds", "cpu", "peak_mib")
        }
        for name, figures in found.items()
    }
    base = dict(medians[REFERENCE])
    again = statistics.median(each["stages"]["rate"] for each in found[METERBOOK])
    for name, median in medians.items():
        first = found[name][0]
        share = rows / first["rows"] if name == LOOP else 1.0
        seconds, cpu = median["seconds"] * share, median["cpu"] * share
        verdict = (
            f"floats, extrapolated; {first['unpriced']:,} without a price"
            if name == LOOP
            else ("equal" if first["charges"] == own else f"DIFFER: net {first['charges']['net']}")
        )
        print(
            f"{name:14}{seconds:9.2f}{seconds / base['seconds']:7.2f}x{cpu:9.2f}"
            f"{cpu / base['cpu']:7.2f}x{median['peak_mib']:10,.0f}{seconds / again:13.1f}x  {verdict}"
        )
    print(f"\n{'':14}" + "".join(f"{stage:>10}" for stage in ("load", "roll up", "rate")))
    stages = {
        name: {
            stage: statistics.median(each["stages"][stage] for each in found[name])
            for stage in ("load", "roll up", "rate")
        }
        for name in (METERBOOK, KEPT)
    }
    for name, parts in stages.items():
        print(f"{name:14}" + "".join(f"{seconds:10.2f}" for seconds in parts.values()))
    ratios = [stages[METERBOOK][stage] / stages[KEPT][stage] for stage in stages[KEPT]]
    print(f"{'ratio':14}" + "".join(f"{ratio:9.2f}x" for ratio in ratios))
    sql = [sum(list(parts.values())[1:]) for parts in stages.values()]
    print(
        f"from rows that are loaded: {sql[0] / sql[1]:.2f} x DuckDB; with loading "
        f"{sum(stages[METERBOOK].values()) / sum(stages[KEPT].values()):.2f} x (aim: at most {TARGET} x)"
    )
    print(f"re-rating from the rollup: {again:.2f} s; the column says how many of them a way takes")


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
        print_table(log, measure_all(log, asked.rounds, names))


if __name__ == "__main__":
    main()
