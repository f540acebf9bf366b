"""Which rows of the quarantine a command is about.

Here: the choice and its SQL. Add a field when rows can be chosen by something else. Keep out:
the rows (`waiting.py`).
"""

from dataclasses import dataclass, replace

from billing.errors import IngestError


@dataclass(frozen=True)
class Chosen:
    """Rows that meet everything given; nothing given is all of them.

    `file` is a file's number or its name. Discarded rows are left out unless asked for, and
    then they alone are meant. Raises IngestError for a line of no file.
    """

    reason: str | None = None
    organization_id: str | None = None
    file: str | None = None
    line: int | None = None
    is_discarded: bool = False

    def __post_init__(self) -> None:
        if self.line is not None and self.file is None:
            raise IngestError("A line is one of a file: name the file with --file.")

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the choice."""
        return self.words == ""

    @property
    def words(self) -> str:
        """The choice as a reader of the audit log sees it."""
        named = {
            "reason": self.reason,
            "organization": self.organization_id,
            "file": self.file,
            "line": self.line,
        }
        return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)

    def discarded(self) -> "Chosen":
        """The same choice among discarded rows."""
        return replace(self, is_discarded=True)

    def where(self) -> tuple[str, list[object]]:
        """The SQL condition over `kept_row` and its parameters."""
        column = "ingest_sequence" if (self.file or "").isdigit() else "file_name"
        given: dict[str, object] = {
            "reason": self.reason,
            "organization_id": self.organization_id,
            column: int(self.file) if self.file and self.file.isdigit() else self.file,
            "line_number": self.line,
        }
        used = {name: value for name, value in given.items() if value is not None}
        conditions = [f"{name} = ?" for name in used]
        return " and ".join(["is_discarded = ?", *conditions]), [self.is_discarded, *used.values()]
