"""A table that the second engine answers for, and its rows by key.

Here: reading, keying and naming rows. Keep out: which tables there are (`audited_tables`) and
comparing (`compare`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from billing.audit.findings import plain

Row = tuple[object, ...]
Rows = Mapping[Row, Sequence[Row]]


@dataclass(frozen=True)
class AuditedTable:
    """A table of the warehouse; the key's first column is the organization."""

    check_name: str
    relation: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    where: str = "true"
    source: str = ""

    @property
    def name(self) -> str:
        """What findings call the table."""
        return self.source or self.relation

    def read(
        self, connection: duckdb.DuckDBPyConnection, month: date, organizations: Sequence[str]
    ) -> dict[Row, list[Row]]:
        """Read the organizations' rows of a month by key; a key that occurs twice keeps both."""
        query = f"""
            select {", ".join((*self.key, *self.values))} from {self.relation}
            where billing_month = ? and {self.where}
            and organization_id in (select unnest(?::varchar[]))
        """
        width = len(self.key)
        rows = connection.execute(query, [month, list(organizations)]).fetchall()
        return gather((row[:width], row[width:]) for row in rows)

    def subject(self, key: Row) -> str:
        """Name a row by the parts of its key that say something."""
        named = zip(self.key[1:], key[1:], strict=True)
        return ", ".join(f"{column_name(name)} {plain(value)}" for name, value in named if value)


def gather(pairs: Iterable[tuple[Row, Row]]) -> dict[Row, list[Row]]:
    """Collect values by key, in an order that does not depend on how they were read."""
    rows: dict[Row, list[Row]] = {}
    for key, values in pairs:
        rows.setdefault(key, []).append(values)
    for several in rows.values():
        if len(several) > 1:
            several.sort(key=_sortable)
    return rows


def _sortable(row: Row) -> list[str]:
    return [str(value.normalize()) if isinstance(value, Decimal) else str(value) for value in row]


def column_name(column: str) -> str:
    """Return the name a column is read under."""
    return column.rsplit(" as ", 1)[-1]
