"""A batch of documents by one process and by all cores: `python benchmarks/rendering.py FOLDER`.

Here: the same documents made into files twice, then looked at once more when nothing changed; the
peak memory of the process that hands them out. Keep out: the time of single forms (`documents.py`).
FOLDER gets the scratch files, which are removed.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from documents import invoice
from own_process import Figures, in_own_process, measured

from orchestration.rendered import stamp_of
from orchestration.rendering_batch import Task, render_all

LINES = 10


def tasks(documents: Path, many: int) -> Iterator[Task]:
    """So many invoices of ten lines with every electronic form, one after the other."""
    plain = invoice(LINES)
    for serial in range(1, many + 1):
        number = f"INV-2026-{serial:06}"
        folder = documents / f"org_{serial % 1000:03}" / number
        frozen = plain.model_copy(update={"number": number}).frozen_bytes()
        yield Task(folder, stamp_of(documents, folder), frozen, None, None)


def make(documents: Path, many: int, workers: int) -> Figures:
    """Make them all; how many changed."""
    changed = sum(each.changed for each in render_all(tasks(documents, many), workers=workers))
    return {"changed": changed}


def main() -> None:
    """Measure each way in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, help="in this process; prints JSON")
    asked = parser.parse_args()
    if asked.workers:
        work = partial(make, asked.folder, asked.documents, asked.workers)
        print(json.dumps(measured(work)))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        rows = {
            way: in_own_process(
                __file__, Path(name) / place, "--documents", asked.documents, "--workers", workers
            )
            for way, place, workers in (
                ("one process", "alone", 1),
                (f"{cores} processes", "many", cores),
                ("nothing changed", "many", cores),
            )
        }
    for way, found in rows.items():
        print(
            f"{way} | {found['changed']:,} made | {found['seconds']:.1f} s | "
            f"peak {found['peak_mib']:.0f} MiB"
        )
    alone, many, again = (each["seconds"] for each in rows.values())
    print(f"{cores} cores are {alone / many:.2f} x one; looking again {again / many:.3f} x")


if __name__ == "__main__":
    main()
