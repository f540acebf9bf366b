"""What the search for duplicates adds to an ingest: `python benchmarks/duplicates.py FOLDER`.

Here: the same batch taken into an empty warehouse and into one with a history of many times as
many events, all of them within the days that are searched; one request in a hundred stands in
both. Keep out: how the history came there: it is the ingested batch again under new ids, copied
from table to table. FOLDER gets the scratch files, which are removed.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import duckdb
from log_kinds import KINDS, at, with_zones
from own_process import Figures, generate, in_own_process, measured, take

from billing.first_row import first_row
from billing.ingestion import fates, intake
from billing.ingestion.duplicates import find_repeats, refresh_identities, search_history
from billing.warehouse import open_warehouse

WAYS = ("no history", "history")
BATCHES = ("days", "parquet")
PLACES = ("scattered", "together")
ONE_IN = 100
# A generated id is `req_` and twelve digits; the history's are as long.
OWN_ID = "native_id[:4] = 'req_'"
NEW_ID = "'h{copy:02d}_' || native_id[5:]"
MOST_TIMES = 99

FILES = """
insert into raw.ingest_file
select * replace (
    cast(ingest_sequence + {shift} as integer) as ingest_sequence,
    file_name || '.{copy}' as file_name, sha256(content_sha256 || '.{copy}') as content_sha256)
from seed.raw.ingest_file order by ingest_sequence"""
EVENTS = f"""
insert into raw.accepted_event
select * replace (
    cast(ingest_sequence + {{shift}} as integer) as ingest_sequence,
    case when {{met_again}} then native_id else {NEW_ID} end as native_id)
from seed.raw.accepted_event"""
OTHER_METERS = """
insert into raw.usage_event_meter
select * replace (cast(ingest_sequence + {shift} as integer) as ingest_sequence)
from seed.raw.usage_event_meter where fate = 'accepted'"""


def make_batch(folder: Path, requests: int, kind: str) -> Path:
    """The batch, with its catalog beside it: a compressed file for each day, or one of Parquet."""
    generate(folder, requests, compressed=True)
    landing = folder / "landing"
    if kind == "days":
        return landing
    whole = folder / "requests.parquet"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set memory_limit = '3GB'")
        read = at(KINDS["native JSON lines"].read, landing / "*")
        connection.execute(f"copy ({with_zones(read)}) to '{whole}' (format parquet)")
    shutil.rmtree(landing)
    return whole


def build_history(seed: Path, history: Path, times: int, place: str) -> Figures:
    """Make a warehouse of `times` the events in `seed`; events, files and those met again.

    Times of completion stay as they are, so that each event is within the days that are searched
    for each file of the batch. Identities are hashed by the product itself. Of place `nowhere`
    no event is met again.
    """
    with open_warehouse(history) as connection:
        connection.execute(f"attach '{seed}' as seed (read_only)")
        (files,) = _one(connection, "select max(ingest_sequence) from seed.raw.ingest_file")
        for table in ("request_shape", "key_owner"):
            connection.execute(f"insert into raw.{table} from seed.raw.{table}")
        for copy in range(times):
            met_again = _met_again(connection, copy, times, place)
            for statement in (FILES, EVENTS, OTHER_METERS):
                connection.execute(
                    statement.format(copy=copy, shift=copy * files, met_again=met_again)
                )
        connection.execute("detach seed")
        refresh_identities(connection)
        (events, hashes) = _one(
            connection,
            "select (select count(*) from raw.usage_event), "
            "(select count(*) from raw.event_identity)",
        )
        if events != hashes:
            raise SystemExit(f"{events} events, but {hashes} identities")
        (again,) = _one(connection, f"select count(*) from raw.accepted_event where {OWN_ID}")
    return {"events": events, "files": times * files, "met_again": again}


def _met_again(connection: duckdb.DuckDBPyConnection, copy: int, times: int, place: str) -> str:
    """SQL: whether an event of this copy keeps the id it has in the batch.

    Scattered they are in every file of the history; together they are lines that follow each
    other in its last file, as when a delivery overlaps with the one before.
    """
    if place == "nowhere":
        return "false"
    if place == "scattered":
        return f"hash(native_id, 'again') % {ONE_IN} = 0 and hash(native_id, 'copy') % {times} = {copy}"
    if copy < times - 1:
        return "false"
    last, rows = _one(
        connection,
        "select max(ingest_sequence), cast(sum(received) as bigint) from seed.raw.ingest_file",
    )
    return f"ingest_sequence = {last} and line_number <= {rows // ONE_IN}"


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[int, ...]:
    row = first_row(connection.execute(statement))
    return tuple(row or ())


def take_batch(batch: Path, warehouse: Path) -> Figures:
    """Ingest the batch; the fates of its rows, and the seconds spent in searching."""
    with timed_search() as seconds:
        report = take([batch], batch.parent / "catalog", warehouse)
    fates_of = {name: getattr(report, name) for name in ("accepted", "duplicates", "quarantined")}
    return fates_of | {"received": report.received, "search": sum(seconds)}


@contextmanager
def timed_search() -> Iterator[list[float]]:
    """Seconds of each search, of the history and of a file's rows, while the context lasts."""
    found: list[float] = []

    def timed(search: Callable[..., None]) -> Callable[..., None]:
        def timed_call(*arguments: object) -> None:
            started = perf_counter()
            search(*arguments)
            found.append(perf_counter() - started)

        return timed_call

    with (
        patch.object(intake, "search_history", timed(search_history)),
        patch.object(fates, "find_repeats", timed(find_repeats)),
    ):
        yield found


def forget(path: Path) -> None:
    """Have the system keep nothing of a file in memory, as of a history nobody just read."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def require_same(plain: Figures, found: Figures, again: int) -> None:
    """Stop unless exactly the requests met again are what the history changed."""
    expected = (plain["accepted"] - again, plain["duplicates"] + again, plain["quarantined"])
    seen = (found["accepted"], found["duplicates"], found["quarantined"])
    if expected != seen or not again:
        raise SystemExit(f"accepted, duplicate and quarantined: {seen}, expected {expected}")


def print_table(rounds: dict[str, list[Figures]]) -> None:
    """Medians of both ways, and what the history added."""
    print(
        f"{'':12}{'seconds':>9}{'cpu':>9}{'search s':>10}{'peak MiB':>10}{'duplicates':>12}"
        f"{'quarantined':>13}"
    )
    medians = {
        way: {
            name: statistics.median(figures[name] for figures in found)
            for name in ("seconds", "cpu", "search", "peak_mib")
        }
        for way, found in rounds.items()
    }
    for way, median in medians.items():
        print(
            f"{way:12}{median['seconds']:9.1f}{median['cpu']:9.1f}{median['search']:10.1f}"
            f"{median['peak_mib']:10,.0f}{rounds[way][0]['duplicates']:12,}"
            f"{rounds[way][0]['quarantined']:13,}"
        )
    plain, full = medians[WAYS[0]], medians[WAYS[1]]
    search = (full["search"] - plain["search"]) / plain["seconds"]
    shares = [full[name] / plain[name] - 1 for name in ("seconds", "cpu")]
    print(
        f"the history adds {shares[0]:+.1%} of the seconds, {shares[1]:+.1%} of the cpu; "
        f"its search alone {search:+.1%} of the seconds"
    )


def compare(folder: Path, batch: Path, asked: argparse.Namespace) -> None:
    """Measure both ways in turn and print the table."""
    seed, history, warehouse = (folder / f"{name}.duckdb" for name in ("seed", "history", "work"))
    rounds: dict[str, list[Figures]] = {way: [] for way in WAYS}
    rounds[WAYS[0]].append(in_own_process(__file__, folder, "--measure", batch, seed))
    plain = rounds[WAYS[0]][0]
    started = perf_counter()
    built = in_own_process(
        __file__, folder, "--build", seed, history, "--times", asked.times, "--place", asked.place
    )
    seed.unlink()
    print(
        f"{plain['received']:,} requests as {asked.batch}; a history of {built['events']:,} events "
        f"in {built['files']} files, {history.stat().st_size / 2**30:.1f} GiB, "
        f"built in {perf_counter() - started:.0f} s; {built['met_again']:,} met again, {asked.place}",
        flush=True,
    )
    for number in range(asked.rounds):
        if number:
            rounds[WAYS[0]].append(in_own_process(__file__, folder, "--measure", batch, warehouse))
            warehouse.unlink()
        is_last = number == asked.rounds - 1
        (shutil.move if is_last else shutil.copyfile)(history, warehouse)
        forget(warehouse)
        found = in_own_process(__file__, folder, "--measure", batch, warehouse)
        warehouse.unlink()
        require_same(plain, found, built["met_again"])
        rounds[WAYS[1]].append(found)
    print_table(rounds)


def main() -> None:
    """Make the batch, measure, and print a table."""
    parser = argparse.ArgumentParser(description="What the search for duplicates adds.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=20_000_000, help="of the batch")
    parser.add_argument("--times", type=int, default=5, help="the history is as many batches")
    parser.add_argument("--batch", choices=BATCHES, default=BATCHES[0])
    parser.add_argument("--place", choices=PLACES, default=PLACES[0], help="of what is met again")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--measure", nargs=2, type=Path, metavar=("BATCH", "WAREHOUSE"))
    parser.add_argument("--build", nargs=2, type=Path, metavar=("SEED", "HISTORY"))
    asked = parser.parse_args()
    if asked.measure:
        batch, warehouse = asked.measure
        print(json.dumps(measured(lambda: take_batch(batch, warehouse))))
        return
    if asked.build:
        seed, history = asked.build
        print(json.dumps(build_history(seed, history, asked.times, asked.place)))
        return
    if not 1 <= asked.times <= MOST_TIMES:
        parser.error(f"--times is 1 to {MOST_TIMES}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        compare(Path(name), make_batch(Path(name), asked.requests, asked.batch), asked)


if __name__ == "__main__":
    main()
