"""What the catalog promises about one CSV file.

Here: the shape of such a promise. Add a field when most files need it. Keep out: the
promises themselves, which are in the modules beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandera.polars as pa
import polars as pl


@dataclass(frozen=True)
class Window:
    """Rows that share `scope` must not be valid at the same time.

    `instants` are columns that tell start and end within their days: such a row may begin and end
    on one day.
    """

    starts: str
    ends: str
    scope: tuple[str, ...] = ()
    instants: tuple[str, str] | None = None


@dataclass(frozen=True)
class CatalogFile:
    """One file: its columns, what identifies a row, what it points to, when it is valid.

    `references` maps a column to (file, column) where its value must exist; an empty value
    points nowhere. A window without scope only says that its end follows its start. A file that
    may be absent has no rows then; a column that may be absent is then empty in every row.
    """

    name: str
    columns: Mapping[str, pa.Column]
    key: tuple[str, ...]
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    window: Window | None = None
    may_be_absent: bool = False
    absent_columns: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name on disk."""
        return f"{self.name}.csv"

    @property
    def schema(self) -> pa.DataFrameSchema:
        """The Pandera contract over the file's text."""
        return pa.DataFrameSchema(dict(self.columns), name=self.name)

    def dtype(self, column: str) -> pl.DataType:
        """Tell the type a column's text is read as."""
        metadata = self.columns[column].metadata or {}
        dtype: pl.DataType = metadata["dtype"]
        return dtype

    def is_open_end(self, column: str) -> bool:
        """Whether an empty text in this column means that the end never comes."""
        return bool((self.columns[column].metadata or {})["open_end"])
