"""How much memory one big file takes: `python benchmarks/big_file.py FOLDER --gigabytes 10`.

Here: one uncompressed file of native JSON lines of the size asked, taken in a process of its own.
Keep out: the rate against bare DuckDB (`ingest.py`). FOLDER gets the scratch files, which are
removed; they are one and a half times the size of the file.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from time import perf_counter

from own_process import Figures, generate, in_own_process, measured, take

TARGET_MIB = 3 * 2**10
PROBED = 20_000
GIGABYTE = 10**9


def make_file(folder: Path, size: float) -> Path:
    """One file of about `size` bytes with its catalog beside it: a generated month, day by day."""
    generate(folder, PROBED, compressed=False)
    row = sum(path.stat().st_size for path in (folder / "landing").iterdir()) / PROBED
    shutil.rmtree(folder / "landing")
    generate(folder, max(round(size / row), 1), compressed=False)
    whole = folder / "requests.jsonl"
    with whole.open("wb") as file:
        for path in sorted((folder / "landing").iterdir()):
            with path.open("rb") as part:
                shutil.copyfileobj(part, file, 1 << 24)
            path.unlink()
    return whole


def take_file(log: Path) -> Figures:
    """Ingest the file into a new warehouse beside it."""
    report = take([log], log.parent / "catalog", log.with_name("meterbook.duckdb"))
    return {"rows": report.received, "quarantined": report.quarantined}


def compare(log: Path, made_in: float) -> None:
    """Measure once and print the figures."""
    size = log.stat().st_size
    found = in_own_process(__file__, log.parent, "--measure", log)
    print(
        f"{size / GIGABYTE:.2f} GB, {found['rows']:,} rows ({found['quarantined']:,} quarantined), "
        f"written in {made_in:.0f} s"
    )
    print(
        f"{found['seconds']:.1f} s, {found['cpu']:.1f} s of processor time, "
        f"{found['rows'] / found['seconds']:,.0f} rows/s, {size / 1e6 / found['seconds']:,.0f} MB/s"
    )
    print(
        f"peak memory {found['peak_mib']:,.0f} MiB, {found['peak_mib'] / TARGET_MIB:.2f} "
        "of the 3 GiB it may be"
    )


def main() -> None:
    """Make the file, measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Memory that one big file takes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=10.0)
    parser.add_argument("--measure", type=Path, metavar="LOG")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measured(lambda: take_file(asked.measure))))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        started = perf_counter()
        log = make_file(Path(name), asked.gigabytes * GIGABYTE)
        compare(log, perf_counter() - started)


if __name__ == "__main__":
    main()
