"""Which usage counts in a billing month: time windows and file sequences.

Here: from the books' snapshot in the warehouse to half-open windows per organization. Add
here when usage can be routed in another way. Keep out: what the usage is worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from billing.audit.local_time import month_bounds

BEFORE_FIRST_FILE = -1
NO_LAST_FILE = 2**62


@dataclass(frozen=True, slots=True)
class Window:
    """Usage completed in [starts_at, ends_at), from files in (after_sequence, up_to_sequence]."""

    organization_id: str
    service_month: date
    starts_at: datetime
    ends_at: datetime
    after_sequence: int
    up_to_sequence: int


def windows_of(
    connection: duckdb.DuckDBPyConnection, zones: Mapping[str, str], month: date
) -> list[Window]:
    """Return what `month` bills for each organization of `zones` (organization to zone).

    The month's own usage up to its watermark (all of it without one), and the late usage of
    earlier months that the books routed here.
    """
    spans = [(organization, month, BEFORE_FIRST_FILE, NO_LAST_FILE) for organization in zones]
    watermarks = dict(_watermarks(connection, month))
    spans = [
        (organization, served, after, watermarks.get(organization, up_to))
        for organization, served, after, up_to in spans
    ]
    spans += [late for late in _late_routes(connection, month) if late[0] in zones]
    return [
        Window(organization, served, *month_bounds(served, zones[organization]), after, up_to)
        for organization, served, after, up_to in spans
    ]


def _watermarks(connection: duckdb.DuckDBPyConnection, month: date) -> Sequence[tuple[str, int]]:
    query = "select organization_id, watermark from books.month_watermark where billing_month = ?"
    return connection.execute(query, [month]).fetchall()


def _late_routes(
    connection: duckdb.DuckDBPyConnection, month: date
) -> Sequence[tuple[str, date, int, int]]:
    query = """
        select organization_id, service_month, after_sequence, up_to_sequence
        from books.late_route where billing_month = ? and service_month <> ?
        order by all
    """
    return connection.execute(query, [month, month]).fetchall()
