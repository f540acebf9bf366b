"""Tables for spreadsheets and programs: RFC 4180, UTF-8, numbers plain, no formula alive.

Here: the one CSV writer. Keep out: what the columns mean.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from invoice_render.text import spreadsheet_safe

Value = str | int | Decimal | date


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """One table with a head row. Text is made inert; numbers keep every digit."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue()


def _cell(value: Value) -> str:
    match value:
        case str():
            return spreadsheet_safe(value)
        case date():
            return value.isoformat()
        case _:
            return format(value, "f") if isinstance(value, Decimal) else str(value)
