"""A copy of the sample catalog that a test may spoil in one place.

Here: editing catalog files by spreadsheet row. Keep out: expectations.
"""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from billing.catalog import check_catalog
from billing.errors import Problem

SAMPLE = Path(__file__).parents[3] / "data" / "catalog"


@dataclass(frozen=True)
class CatalogFolder:
    """A catalog on disk; `row` counts like a spreadsheet, the first data row is 2."""

    path: Path

    def file(self, name: str) -> Path:
        return self.path / f"{name}.csv"

    def rows(self, name: str) -> list[dict[str, str]]:
        with self.file(name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def write(self, name: str, rows: list[dict[str, str]]) -> None:
        with self.file(name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def row_of(self, name: str, /, **values: str) -> int:
        rows = self.rows(name)
        matches = (row for row in rows if row.items() >= values.items())
        return rows.index(next(matches)) + 2

    def change(self, name: str, row: int, /, **values: str) -> None:
        rows = self.rows(name)
        rows[row - 2] |= values
        self.write(name, rows)

    def copy_row(self, name: str, row: int, /, **values: str) -> int:
        rows = self.rows(name)
        self.write(name, [*rows, rows[row - 2] | values])
        return len(rows) + 2

    def problems(self) -> list[Problem]:
        return check_catalog(self.path)


@pytest.fixture
def catalog(tmp_path: Path) -> CatalogFolder:
    path = tmp_path / "catalog"
    shutil.copytree(SAMPLE, path)
    return CatalogFolder(path)


@pytest.fixture
def refused(catalog: CatalogFolder) -> Callable[[str, int | None, str | None], Problem]:
    """The only problem of the catalog, when it names this place and a remedy."""

    def only_problem(name: str, row: int | None, field: str | None) -> Problem:
        problems = catalog.problems()
        assert [(p.file, p.row, p.field) for p in problems] == [(f"{name}.csv", row, field)]
        assert problems[0].remedy.endswith(".")
        return problems[0]

    return only_problem
