"""What an ingest tells its caller.

Here: the counts per file and over one call. Keep out: printing them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from billing.errors import IngestError
from billing.ingestion.bills import BillReport


@dataclass(frozen=True)
class FileReport:
    """One file that was taken; every row of it has exactly one of the three fates.

    A row that replaced one of an earlier file is not in `accepted` but in `duplicates`, because
    over both files one request was accepted; `replaced` counts such rows. `ignored` are rows
    that are no requests; they are not received. A retry file received nothing new: `quarantined`
    is below zero by the rows it `released`, and lines that released none are ignored.
    """

    file_name: str
    format: str
    source_id: str
    ingest_sequence: int
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    replaced: int = 0
    ignored: int = 0
    released: int = 0


@dataclass(frozen=True)
class IngestReport:
    """One call: the files taken, those seen before, and those refused as a whole.

    `late` counts accepted rows of months already finalized; they are part of `accepted`.
    `refused` pairs the name of a file of which nothing was taken with the reason and remedy.
    `bills` are those of providers, which hold no requests and are in none of the counts.
    """

    per_file: tuple[FileReport, ...]
    skipped: int
    refused: tuple[tuple[str, str], ...]
    bills: tuple[BillReport, ...] = ()

    @property
    def files(self) -> int:
        """Files taken."""
        return len(self.per_file)

    @property
    def received(self) -> int:
        """Rows in them, blank lines not counted."""
        return sum(file.received for file in self.per_file)

    @property
    def accepted(self) -> int:
        """Rows that became usage."""
        return sum(file.accepted for file in self.per_file)

    @property
    def duplicates(self) -> int:
        """Rows that were delivered before."""
        return sum(file.duplicates for file in self.per_file)

    @property
    def quarantined(self) -> int:
        """Rows set aside with a reason."""
        return sum(file.quarantined for file in self.per_file)

    @property
    def late(self) -> int:
        """Accepted rows of months already finalized."""
        return sum(file.late for file in self.per_file)

    @property
    def ignored(self) -> int:
        """Rows that are no requests."""
        return sum(file.ignored for file in self.per_file)


@dataclass
class Told:
    """What became of each file so far."""

    refused: list[tuple[str, str]]
    reports: list[FileReport] = field(default_factory=list)
    bills: list[BillReport] = field(default_factory=list)
    skipped: int = 0

    @contextmanager
    def refusing(self, name: str) -> Iterator[None]:
        """Note down what is wrong with the file called `name`, and go on after it."""
        try:
            yield
        except IngestError as error:
            self.refused.append((name, str(error)))

    def report(self) -> IngestReport:
        """All of it."""
        return IngestReport(
            tuple(self.reports), self.skipped, tuple(sorted(self.refused)), tuple(self.bills)
        )
