"""What every command shares: options, tables and the one JSON object.

Here: presentation on a terminal or in a pipe. Keep out: anything about a subject.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from billing.clock import Clock, clock_from

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="METERBOOK_HOME", help="Where all state is kept.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one machine-readable object.")]
DEFAULT_HOME = Path("data")
WIDE = 200


def terminal(*, to_stderr: bool = False) -> Console:
    """Rich on a terminal; plain wide lines in a pipe or file."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False)


def clock() -> Clock:
    """The injected clock."""
    return clock_from(os.environ)


def print_json(data: Mapping[str, Any]) -> None:
    """One object on stdout; decimals and dates as strings, a decimal with all of its digits."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=_text) + "\n")


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: int = 0
) -> None:
    """A table whose last `right` columns are numbers."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        is_number = index >= len(columns) - right
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    terminal().print(table)
