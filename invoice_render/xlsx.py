"""Workbooks for spreadsheets: the same tables as the CSV forms, one sheet each.

Here: the one XLSX writer. Text is never a formula, and a number that a spreadsheet would round
stays text. Keep out: what the columns mean.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import xlsxwriter

from invoice_render.errors import RenderError
from invoice_render.tabular import Value
from invoice_render.text import plain

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

EXACT_DIGITS = 15
"""A spreadsheet keeps numbers as binary fractions: this many digits always come back as written."""
MOST_DECIMALS = 30
LONGEST_TEXT, MOST_ROWS = 32_767, 1_048_576
WIDEST = 60
MADE_AT = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into every workbook: the same table is the same bytes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table under a name of at most 31 letters."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Value]]


def workbook(*sheets: Sheet) -> bytes:
    """The sheets as one file, their heads frozen; decimals show all the digits they have."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": MADE_AT})
    formats = _Formats(book)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, formats)
    book.close()
    return target.getvalue()


class _Formats:
    """The number formats of one workbook, each made once."""

    def __init__(self, book: "Workbook") -> None:
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.count = book.add_format({"num_format": "#,##0"})
        self._book = book
        self._decimals: dict[int, Format] = {}

    def decimal(self, digits: int) -> "Format":
        """Numbers with this many decimals."""
        if digits not in self._decimals:
            shown = "#,##0" + ("." + "0" * digits if digits else "")
            self._decimals[digits] = self._book.add_format({"num_format": shown})
        return self._decimals[digits]


def _write(target: "Worksheet", sheet: Sheet, formats: _Formats) -> None:
    widths = [len(name) for name in sheet.head]
    for column, name in enumerate(sheet.head):
        target.write_string(0, column, name, formats.head)
    for row, values in enumerate(sheet.rows, start=1):
        if row >= MOST_ROWS:
            raise RenderError(f"{sheet.name} has more rows than a workbook can hold.")
        for column, value in enumerate(values):
            _cell(target, (row, column), value, formats)
            widths[column] = max(widths[column], len(str(value)))
    for column, width in enumerate(widths):
        target.set_column(column, column, min(width + 2, WIDEST))
    target.freeze_panes(1, 0)


def _cell(target: "Worksheet", place: tuple[int, int], value: Value, formats: _Formats) -> None:
    match value:
        case "":
            return
        case str():
            target.write_string(*place, _inert(plain(value)))
        case date():
            at = datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a day has no zone
            target.write_datetime(*place, at, formats.day)
        case _ if not _is_kept(value):
            target.write_string(*place, format(value, "f"))
        case Decimal():
            decimals = max(0, -int(value.as_tuple().exponent))
            target.write_number(*place, value, formats.decimal(decimals))
        case _:
            target.write_number(*place, value, formats.count)


def _inert(text: str) -> str:
    """Text that the library takes for text: what looks like its own markup is marked up as text.

    Raises RenderError where no cell can hold it.
    """
    if len(text) > LONGEST_TEXT:
        raise RenderError(f"{text[:40]!r}... has more letters than a cell of a workbook can hold.")
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<r><t xml:space="preserve">{escape(text)}</t></r>'
    return text


def _is_kept(value: int | Decimal) -> bool:
    """Whether a spreadsheet shows each digit of a number as it was written."""
    whole, _, decimals = format(value, "f").lstrip("-").partition(".")
    return len((whole + decimals).lstrip("0")) <= EXACT_DIGITS and len(decimals) <= MOST_DECIMALS
