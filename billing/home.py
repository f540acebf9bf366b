"""Where one installation keeps its state on disk.

Here: the folders under `--home`. Add a folder when a stage needs a place of its own. Keep
out: reading or writing what is in them.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """One installation's folders; `root` is `--home`, `METERBOOK_HOME` or `data/`."""

    root: Path

    @property
    def catalog(self) -> Path:
        return self.root / "catalog"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def warehouse_file(self) -> Path:
        return self.root / "warehouse" / "meterbook.duckdb"

    @property
    def books_file(self) -> Path:
        return self.root / "books" / "books.sqlite"

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    def prepare(self) -> None:
        """Create the folders that hold state; existing ones are left as they are."""
        for folder in (
            self.landing,
            self.warehouse_file.parent,
            self.books_file.parent,
            self.documents,
            self.dagster,
        ):
            folder.mkdir(parents=True, exist_ok=True)
