"""Rows that come in versions, of a format whose newest version stands or whose counts grow.

Here: the two formats and their rows. Keep out: what must become of them.
"""

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines
from tests.billing.ingestion.mappings import mapping, row

FIELDS = {
    "answered_model": "model",
    "outcome": "outcome",
    "input_uncached": "i",
    "cache_read": "c",
    "output_visible": "o",
}


def describe(bench: Bench, repeats: str, *, version: str | None = "v") -> None:
    """Make `own` the format of the rows below."""
    meters = {"image": "img", "image2": "img2"}
    bench.describe(mapping(fields=FIELDS, repeats=repeats, version=version, other_meters=meters))


def version(rid: object, number: object, **columns: object) -> Row:
    """One version of a row; a change to None drops the column."""
    given = row(rid, v=number, model="m", outcome="success", i=1) | columns
    return {name: value for name, value in given.items() if value is not None}


def deliver(bench: Bench, *files: list[Row]) -> list[tuple[int, ...]]:
    """Ingest files one after the other: received, accepted, duplicates, quarantined, replaced."""
    paths = [bench.file(json_lines(rows), f"{n:03}.jsonl") for n, rows in enumerate(files)]
    report = bench.ingest(*paths)
    assert report.refused == ()
    bench.require_sums()
    return [
        (file.received, file.accepted, file.duplicates, file.quarantined, file.replaced)
        for file in report.per_file
    ]
