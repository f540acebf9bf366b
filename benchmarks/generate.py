"""Multiplies the sample to any size: `python benchmarks/generate.py FOLDER --requests 20000000`.

Here: the command. It writes `FOLDER/catalog/`, many customers like the sample's, and
`FOLDER/landing/`, their native logs of October 2026. Keep out: what is measured with them.
"""

import argparse
from pathlib import Path
from time import perf_counter

from many_customers import write_catalog
from many_requests import write_logs

DATA = Path(__file__).resolve().parents[1] / "data"


def main() -> None:
    """Write the catalog and the logs, and say how long it took."""
    parser = argparse.ArgumentParser(description="Multiplies the sample month to any size.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=20_000_000)
    parser.add_argument("--organizations", type=int, default=2_000)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--compressed", action="store_true", help="write .jsonl.zst")
    asked = parser.parse_args()
    samples, folder = DATA / "samples", asked.folder
    keys = write_catalog(
        DATA / "catalog", samples / "inputs", folder / "catalog", asked.organizations, asked.keys
    )
    started = perf_counter()
    suffix = ".jsonl.zst" if asked.compressed else ".jsonl"
    size = write_logs(samples, folder / "landing", keys, asked.requests, suffix)
    seconds = perf_counter() - started
    print(f"{asked.requests:,} requests, {len(keys):,} keys, {size:,} bytes, {seconds:.1f} s")


if __name__ == "__main__":
    main()
