"""Which files of earlier months a month bills, told from watermarks alone.

Here: the second engine's own reading of how late usage walks on, month by month, so that it does not
lean on the routes that the models were given. Keep out: windows of usage (`windows`), and deciding
watermarks.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

import duckdb

NO_LAST_FILE = 2**62

ROUTES_INTO = f"""
select earlier.organization_id, earlier.service_month, earlier.after_sequence,
    coalesce(own.watermark, {NO_LAST_FILE}) as up_to_sequence
from (
    select organization_id, billing_month as service_month,
        max(watermark) over since as after_sequence, count(*) over since as months
    from books.month_watermark where billing_month < $month
    window since as (
        partition by organization_id order by billing_month desc rows unbounded preceding
    )
) as earlier
left join books.month_watermark as own
    on earlier.organization_id = own.organization_id and own.billing_month = $month
where earlier.months = date_diff('month', earlier.service_month, $month)
    and earlier.after_sequence < coalesce(own.watermark, {NO_LAST_FILE})
"""
"""One row per organization and earlier month: the files of it that no month between has billed.

A month without a watermark ends the walk: it takes all there is.
"""
_MARKS = """
select organization_id, billing_month, watermark from books.month_watermark
where list_contains($organizations, organization_id) and billing_month >= $first
"""


def file_stretches(
    connection: duckdb.DuckDBPyConnection, months: Collection[tuple[str, date]]
) -> dict[tuple[str, date], list[int]]:
    """Return after which files a new document began to bill each (organization, service month)."""
    return {
        each: [0, *(last for _, last in billed)]
        for each, billed in months_that_billed(connection, months).items()
    }


def months_that_billed(
    connection: duckdb.DuckDBPyConnection, months: Collection[tuple[str, date]]
) -> dict[tuple[str, date], list[tuple[date, int]]]:
    """Return the months that billed each (organization, service month), each with its last file."""
    if not months:
        return {}
    values = {
        "organizations": sorted({name for name, _ in months}),
        "first": min(month for _, month in months),
    }
    marks: dict[str, dict[date, int]] = {}
    for name, month, watermark in connection.execute(_MARKS, values).fetchall():
        marks.setdefault(name, {})[month] = watermark
    return {(name, month): list(_billed(marks.get(name, {}), month)) for name, month in months}


def _billed(marks: Mapping[date, int], month: date) -> Iterator[tuple[date, int]]:
    last = 0
    while month in marks:
        if marks[month] > last:
            last = marks[month]
            yield month, last
        month = _next(month)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
