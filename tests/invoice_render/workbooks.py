"""Reading a workbook as any program would: the XML in its archive, no library of ours.

Here: cells by sheet, and whether one of them is a formula. Keep out: writing.
"""

import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Book:
    """Sheets by name, rows of cells: texts as `str`, numbers as `Decimal`, nothing as `None`."""

    sheets: dict[str, list[list[str | Decimal | None]]]
    has_formula: bool


def read(content: bytes) -> Book:
    archive = zipfile.ZipFile(io.BytesIO(content))
    shared = etree.fromstring(archive.read("xl/sharedStrings.xml"))
    texts = ["".join(item.itertext()) for item in shared.findall(f"{_MAIN}si")]
    names = etree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    sheets, has_formula = {}, False
    for number, sheet in enumerate(names, start=1):
        root = etree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
        has_formula |= root.find(f".//{_MAIN}f") is not None
        sheets[sheet.get("name")] = [_cells(row, texts) for row in root.iter(f"{_MAIN}row")]
    return Book(sheets, has_formula)


def _cells(row: etree._Element, texts: list[str]) -> list[str | Decimal | None]:
    cells: list[str | Decimal | None] = []
    for cell in row.iter(f"{_MAIN}c"):
        column = ord(cell.get("r")[0]) - ord("A")
        cells += [None] * (column - len(cells))
        value = cell.findtext(f"{_MAIN}v")
        cells.append(texts[int(value)] if cell.get("t") == "s" else Decimal(value))
    return cells
