"""Counting what became of accepted usage: rolled up, rated, invoiced.

Here: requests and meters in the rollup by reason, in charges and on invoice lines. Add a
stage here. Keep out: raw rows (`raw_counts`) and judging (`conservation`).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import duckdb

from billing.audit.raw_counts import COLUMNS, REQUESTS
from billing.audit.usage import MAIN_METERS
from billing.audit.windows import WINDOWS_CTE, Window, countable, spans_of, window_parameters

_ROLLUP = f"""
{WINDOWS_CTE}
select windows.organization_id, keys.not_billed_reason, {{quantities}}
from {{table}} as rows
inner join intermediate.dim_usage_key as keys on rows.usage_key_id = keys.usage_key_id
inner join windows
    on keys.organization_id = windows.organization_id
    and rows.quarter_hour >= windows.starts_at and rows.quarter_hour < windows.ends_at
    and rows.ingest_sequence > windows.after_sequence
    and rows.ingest_sequence <= windows.up_to_sequence
group by all
"""
_RATED = """
select organization_id, meter, sum(quantity) from intermediate.int_rating__charges
where billing_month = ? group by all
"""
_INVOICED = """
select organization_id, meter,
       sum(case when corrects_month < billing_month then -quantity else quantity end)
from finance.fct_invoice_lines
where billing_month = ? and line_kind = 'usage' group by all
"""


class Fate(NamedTuple):
    """What happened to accepted usage; an empty reason means that it is billed."""

    organization_id: str
    not_billed_reason: str


def count_rollup(
    connection: duckdb.DuckDBPyConnection, windows: Sequence[Window]
) -> dict[Fate, Counter[str]]:
    """Count the rollup's requests and meters in `windows` by organization and reason."""
    counts: dict[Fate, Counter[str]] = {}
    parameters = window_parameters(windows)
    quantities = f"sum(rows.requests), {COLUMNS}"
    query = _rollup("int_usage__quarter_hours", quantities, windows)
    row: tuple[Any, ...]
    for row in connection.execute(query, parameters).fetchall():
        sums = zip((REQUESTS, *MAIN_METERS), row[2:], strict=True)
        counts[Fate(row[0], row[1])] = Counter({meter: int(sum_) for meter, sum_ in sums})
    quantities = "rows.meter, sum(rows.quantity)"
    query = _rollup("int_usage__quarter_hour_meters", quantities, windows)
    for row in connection.execute(query, parameters).fetchall():
        counts.setdefault(Fate(row[0], row[1]), Counter())[row[2]] += int(row[3])
    return counts


def _rollup(table: str, quantities: str, windows: Sequence[Window]) -> str:
    rows = countable(f"intermediate.{table}", "quarter_hour", spans_of(windows))
    return _ROLLUP.format(table=rows, quantities=quantities)


def count_rated(connection: duckdb.DuckDBPyConnection, month: date) -> dict[tuple[str, str], int]:
    """Return the quantity in charges by organization and meter."""
    return _by_meter(connection, _RATED, month)


def count_invoiced(
    connection: duckdb.DuckDBPyConnection, month: date
) -> dict[tuple[str, str], int]:
    """Return the quantity on usage lines by organization and meter."""
    return _by_meter(connection, _INVOICED, month)


def _by_meter(
    connection: duckdb.DuckDBPyConnection, query: str, month: date
) -> dict[tuple[str, str], int]:
    rows = connection.execute(query, [month]).fetchall()
    return {(organization_id, meter): int(sum_) for organization_id, meter, sum_ in rows}
