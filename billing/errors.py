"""What can be refused, and how a refusal reads.

Here: the exception types every room raises and the `Problem` that names file, row, field and
remedy. Add a type only when a caller must tell it apart. Keep out: catching and printing,
which the command line does.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one place of the input, and what to do about it."""

    file: str
    message: str
    remedy: str
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.field is not None:
            place += f", field {self.field}"
        return f"{place}: {self.message}. {self.remedy}"


class MeterbookError(Exception):
    """A refusal: nothing was changed, and the text says what to do."""


class CatalogError(MeterbookError):
    """The catalog does not hold together; `problems` lists all of them at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class IngestError(MeterbookError):
    """A file cannot be ingested as a whole; no row of it was taken."""


class BooksError(MeterbookError):
    """The books refuse: an invariant of numbers, documents or watermarks would break."""


class WarehouseBusyError(MeterbookError):
    """Another process is writing to the warehouse."""
