"""The parts every page is made of.

Here: facts, cells and tables that hold only finished text. Add a part when a page needs a new
shape. Keep out: documents, formats and words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from invoice_render.text import plain

Align = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; `is_strong` marks the one that matters most."""

    label: str
    value: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column, with a note below its label; the wide one takes the space that is left.

    The notes of its cells stand below their texts, or beside them where rows shall stay low.
    """

    label: str
    align: Align = "end"
    is_wide: bool = False
    note: str = ""
    has_notes_beside: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, a smaller note below it, and the length of a bar in thousandths (0: no bar)."""

    text: str
    note: str = ""
    bar: int = 0


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one title with their amount; a table without groups has one, untitled."""

    rows: tuple[Row, ...]
    title: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `foot` is the total row."""

    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    foot: Row = ()
    note: str = ""


def facts(pairs: Iterable[tuple[str, str]]) -> tuple[Fact, ...]:
    """Facts of inert text; pairs without a value are left out."""
    cleaned = ((label, plain(value)) for label, value in pairs)
    return tuple(Fact(label, value) for label, value in cleaned if value)


def row(*texts: str) -> Row:
    """A row of plain cells."""
    return tuple(Cell(text) for text in texts)


def table(
    caption: str, columns: Iterable[Column], rows: Iterable[Row], foot: Row = (), note: str = ""
) -> Table:
    """A table without groups."""
    return Table(caption, tuple(columns), (Group(tuple(rows)),), foot, note)


def name_column(label: str) -> Column:
    """The wide column of names at the start of a table."""
    return Column(label, "start", is_wide=True)
