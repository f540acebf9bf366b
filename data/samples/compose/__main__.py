"""Composes the sample month: `python data/samples/compose [--out FOLDER]`.

Reads the catalog and the reduced traces, writes the landing files of October and November 2026
and `2026-10/EXPECTED.json`, what was put in. Add a source of requests to `october_requests`.
Keep out everything that decides what a request, a fault or a file is.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import books
import edges
import landing
from catalog import Catalog, Key, read_catalog
from making import Maker, Sources
from skew import SPAN_FROM, SPAN_TO, Counts, arrivals, rank_keys, read_clients
from traces import Reasoning, read_traces
from traffic import HABITS
from usage import Ids, Request
from write import write

SAMPLES = Path(__file__).resolve().parents[1]
ORDINARY = 149_400
NOVEMBER = 800
FILE_MONTHS = ("2026-10", "2026-11")


class Composer:
    """Makes the requests of both files, key by key in rank order."""

    def __init__(self, catalog: Catalog, inputs: Path) -> None:
        self._sources = Sources(catalog, read_traces(inputs), Reasoning(inputs))
        self._clients = read_clients(inputs)
        self._keys = rank_keys(catalog.keys, tuple(HABITS))
        self._total = sum(sum(counts) for _, counts in self.ranked())
        self.ids = Ids()

    def ranked(self) -> list[tuple[Key, Counts]]:
        """Each key with the ServeGen client it is given."""
        return list(zip(self._keys, self._clients, strict=False))

    def maker(self, key: Key, name: str) -> Maker:
        """A maker of requests of one key."""
        return Maker(key, HABITS[key.organization_id], self._sources, self.ids, name)

    def share(self, counts: Counts, number: int) -> int:
        """The client's share of a number of requests."""
        return (number * sum(counts) + self._total // 2) // self._total

    def ordinary(self, key: Key, counts: Counts) -> Iterator[Request]:
        """Yields the month's traffic of one key."""
        maker = self.maker(key, "ordinary")
        number = self.share(counts, ORDINARY)
        long = maker.habits.long_requests if key.number == 1 else 0
        for turn, at in enumerate(arrivals(key, counts, number, SPAN_FROM, SPAN_TO)):
            if long and turn % (number // long) == 0:
                yield maker.long_text(at)
            elif maker.is_image():
                yield maker.image(at)
            else:
                yield maker.text(at)

    def october_requests(self) -> Iterator[Request]:
        """Yields what the October files hold, edges included."""
        for key, counts in self.ranked():
            yield from self.ordinary(key, counts)
            edge = self.maker(key, "edges")
            yield from edges.validity(edge)
            if key.number == 1:
                yield from edges.month_ends(edge)
                yield from edges.long_running(edge)

    def november_requests(self) -> Iterator[Request]:
        """Yields what the November file holds: early November and late October."""
        for key, counts in self.ranked():
            habits = HABITS[key.organization_id]
            if habits.is_litellm or not edges.is_usable(key):
                continue
            maker = self.maker(key, "november")
            yield from edges.november(maker, counts, self.share(counts, NOVEMBER))
            if key.number == 1:
                yield from edges.late(maker, edges.LATE_ROWS.get(key.organization_id, 0))


def compose(
    catalog_folder: Path, inputs: Path
) -> tuple[list[landing.LandingFile], landing.LandingFile]:
    """The October files and the November file."""
    composer = Composer(read_catalog(catalog_folder), inputs)
    inside = (r for r in composer.october_requests() if SPAN_FROM <= r.completed < SPAN_TO)
    october = landing.october(inside, composer.ids)
    last_week = next(file for file in october if "-w5." in file.path)
    return october, landing.november(composer.november_requests(), last_week, composer.ids)


def facts_of(files: list[landing.LandingFile], month: str, out: Path) -> books.Facts:
    """Writes the files and returns what they hold."""
    written = [
        {"file": Path(file.path).name} | books.file_facts(file.lines) | write(file, out)
        for file in files
    ]
    lines = [line for file in files for line in file.lines]
    return {"files": written, "months": books.month_facts(lines, month)}


def main() -> None:
    """Writes everything below the folder given."""
    parser = argparse.ArgumentParser(description="Composes the sample month.")
    parser.add_argument("--out", type=Path, default=SAMPLES)
    parser.add_argument("--catalog", type=Path, default=SAMPLES.parent / "catalog")
    asked = parser.parse_args()
    october, november = compose(asked.catalog, SAMPLES / "inputs")
    expected = {"month": FILE_MONTHS[0]} | facts_of(october, FILE_MONTHS[0], asked.out)
    expected["late"] = facts_of([november], FILE_MONTHS[1], asked.out)
    text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    (asked.out / "2026-10" / "EXPECTED.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
