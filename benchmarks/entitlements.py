"""How fast entitlements are made and read, for any number of organizations with a key each.

Here: the list as an act makes it, its file, and reading keys by hash: in a process and over HTTP.
Keep out: who the customers are (`many_customers.py`).
"""

import argparse
import threading
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from time import perf_counter

from many_customers import write_catalog

from billing.clock import Clock
from billing.subscriptions import read_customer_files
from billing.subscriptions.entitlements import entitlements, write_entitlements
from billing.subscriptions.published import PublishedEntitlements
from orchestration.entitlement_server import KEYS, EntitlementServer

DATA = Path(__file__).resolve().parents[1] / "data"
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
READS, ASKED = 200_000, 10_000


def read_here(published: PublishedEntitlements, hashes: list[str]) -> float:
    """Reads per second in this process."""
    started = perf_counter()
    found = sum(published.find(sha256) is not None for sha256 in hashes)
    seconds = perf_counter() - started
    if found != len(hashes):
        raise SystemExit("a key was not found")
    return len(hashes) / seconds


def read_over_http(published: PublishedEntitlements, hashes: list[str], clients: int) -> float:
    """Answers per second over kept connections, the clients in this process too."""
    server = EntitlementServer(("127.0.0.1", 0), published)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    failed: list[int] = []

    def ask(own: list[str]) -> None:
        connection = HTTPConnection("127.0.0.1", server.server_address[1])
        for sha256 in own:
            connection.request("GET", KEYS + sha256)
            response = connection.getresponse()
            response.read()
            if response.status != 200:  # noqa: PLR2004  # as HTTP has it
                failed.append(response.status)
        connection.close()

    parts = [hashes[place::clients] for place in range(clients)]
    threads = [threading.Thread(target=ask, args=(part,)) for part in parts]
    started = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - started
    server.shutdown()
    if failed:
        raise SystemExit(f"{len(failed)} answers failed")
    return len(hashes) / seconds


def main() -> None:
    """Make, publish and read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--organizations", type=int, default=10_000)
    arguments = parser.parse_args()
    catalog, published = arguments.folder / "catalog", arguments.folder / "published"
    published.mkdir(parents=True)
    number = arguments.organizations
    write_catalog(DATA / "catalog", DATA / "samples" / "inputs", catalog, number, number)
    started = perf_counter()
    files = read_customer_files(catalog)
    print(f"reading and checking the catalog: {perf_counter() - started:.2f} s")
    started = perf_counter()
    rows = entitlements(files, NOW, {})
    print(f"entitlements of {len(rows):,} keys: {perf_counter() - started:.2f} s")
    started = perf_counter()
    write_entitlements(published, rows, NOW)
    print(f"publishing both files: {perf_counter() - started:.2f} s")
    reader = PublishedEntitlements(published, Clock())
    started = perf_counter()
    len(reader)
    print(f"reading the file after it was swapped: {perf_counter() - started:.2f} s")
    draw = Random(1)  # noqa: S311  # which keys is no secret
    hashes = draw.choices([row.key_sha256 for row in rows], k=READS)
    print(f"in this process: {read_here(reader, hashes):,.0f} keys per second")
    for clients in (1, 4):
        rate = read_over_http(reader, hashes[:ASKED], clients)
        print(f"over HTTP, {clients} clients: {rate:,.0f} answers per second")


if __name__ == "__main__":
    main()
