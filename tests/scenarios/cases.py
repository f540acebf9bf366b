"""Scenario folders: finding them, and making one catalog and one landing of them all.

Here: the way from a case's short CSV files to files the product reads. A column that a case
leaves out has its value from `common/defaults.toml`; ids are told apart by the cases
themselves. Keep out: expected values, which stand in the cases.
"""

import csv
import hashlib
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from billing.catalog.files import FILES

FOLDER = Path(__file__).parent
COMMON = FOLDER / "common"
DEFAULTS: dict[str, dict[str, str]] = tomllib.loads((COMMON / "defaults.toml").read_text())
Row = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One folder: `README.md` with the arithmetic, `catalog/`, `landing/`, `expected.json`.

    `agreed_later/<month>/` has catalog rows that are not there before that month is closed.
    """

    name: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def expected(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = json.loads((self.folder / "expected.json").read_text())
        return documents

    @property
    def organizations(self) -> list[str]:
        rows = rows_of(self.folder / "catalog" / "billing_profiles.csv")
        return [row["organization_id"] for row in rows]

    @property
    def months(self) -> list[str]:
        """The months in which files arrive or a document is expected."""
        landed = {path.name for path in (self.folder / "landing").glob("*")}
        return sorted(landed | {document["month"] for document in self.expected})


def all_cases() -> list[Case]:
    """Every case, in alphabetical order."""
    return [Case(path.parent.name) for path in sorted(FOLDER.glob("*/expected.json"))]


def rows_of(path: Path) -> list[Row]:
    """The rows of a CSV file; none when it does not exist."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write_catalog(folder: Path, cases: list[Case], month: str) -> None:
    """Write the common catalog and all cases' rows as one catalog, as it stands in a month."""
    later = (path for case in cases for path in (case.folder / "agreed_later").glob("*"))
    sources = [
        COMMON / "catalog",
        *(case.folder / "catalog" for case in cases),
        *sorted(path for path in later if path.name <= month),
    ]
    write_rows(
        folder,
        {
            file.name: [row for source in sources for row in rows_of(source / file.file_name)]
            for file in FILES.values()
        },
    )


def write_rows(folder: Path, rows: Mapping[str, list[Row]]) -> None:
    """Write catalog files from short rows; a file that may be absent and has none is."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES.values():
        own = rows.get(file.name, [])
        if own or not file.may_be_absent:
            filled = [_filled(file.name, row, list(file.columns)) for row in own]
            write_csv(folder / file.file_name, list(file.columns), filled)


def _filled(name: str, row: Row, columns: list[str]) -> Row:
    """Give a row the columns it leaves out; `{column}` stands for that column's value."""
    defaults = DEFAULTS.get(name, {})
    filled = {column: defaults.get(column, "").format(**row) for column in columns} | row
    if name == "api_keys":
        filled["key_sha256"] = hashlib.sha256(row["api_key_id"].encode()).hexdigest()
    return filled


def deliver(folder: Path, cases: list[Case], month: str) -> Iterator[Path]:
    """Write the files of a month as a gateway would; yields them in the order of arrival."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        for source in sorted((case.folder / "landing" / month).glob("*")):
            target = folder / f"{case.name}-{month}-{source.name}"
            if source.suffix == ".csv":
                _fill_in(source, target, f"{case.name}-{month}-{source.stem}")
            else:
                shutil.copyfile(source, target)
            yield target


def _fill_in(source: Path, target: Path, name: str) -> None:
    """Write a log of the native format with what its rows leave out."""
    rows = rows_of(source)
    for number, row in enumerate(rows, 1):
        row.setdefault("request_id", f"{name}-{number}")
        row.setdefault("outcome", "success")
    write_csv(target, list(rows[0]), rows)


def write_csv(path: Path, columns: list[str], rows: list[Row]) -> None:
    """Write rows under a header."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
