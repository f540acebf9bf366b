"""Requests that are charged as such: how many there are, and how many there can be.

Here: charged requests beyond those that logs count, held against the rollup's requests of the
same usage, without looking at prices; and the rows that count their own request. Keep out: which
of them have a price (`usage`), adding them up (`tally`) and judging (`conservation`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import duckdb

from billing.audit.raw_counts import SIGNS
from billing.audit.usage import REQUEST
from billing.audit.windows import WINDOWS_CTE, Window, countable, spans_of, window_parameters

_CHARGED = f"""
select organization_id, service_month, project_id, payer, model_id, service_tier, region,
       cast(sum(quantity) as bigint)
from intermediate.int_rating__charges
where billing_month = ? and meter = '{REQUEST}'
group by all
order by all
"""
_ROLLUP = f"""
{WINDOWS_CTE}
select windows.organization_id, windows.service_month, keys.project_id, keys.payer,
       keys.billed_model_id, keys.service_tier, keys.region, {{quantities}}
from {{table}} as rows
inner join intermediate.dim_usage_key as keys on rows.usage_key_id = keys.usage_key_id
inner join windows
    on keys.organization_id = windows.organization_id
    and rows.quarter_hour >= windows.starts_at and rows.quarter_hour < windows.ends_at
    and rows.ingest_sequence > windows.after_sequence
    and rows.ingest_sequence <= windows.up_to_sequence
{{also}}
where keys.not_billed_reason = '' and keys.billed_model_id in (select unnest(?::varchar[]))
group by all
"""
_LOGGED = _ROLLUP.format(
    table="{meters}",
    quantities="cast(sum(rows.quantity) as bigint)",
    also=f"and rows.meter = '{REQUEST}'",
)
# What one file says of a quarter hour is charged whole or not at all, without the requests that
# its own rows count.
_NOT_LOGGED = "rows.requests - coalesce(logged.requests, 0)"
_REQUESTS = _ROLLUP.format(
    table="{usage}",
    quantities=f"cast(sum(least({_NOT_LOGGED}, 0)) as bigint), "
    f"cast(sum(greatest({_NOT_LOGGED}, 0)) as bigint)",
    also=f"""left join intermediate.int_usage__quarter_hour_meters as logged
    on logged.meter = '{REQUEST}' and rows.usage_key_id = logged.usage_key_id
    and rows.quarter_hour = logged.quarter_hour
    and rows.ingest_sequence = logged.ingest_sequence""",
)
# Rows that say how many `request` they are, from the logs and from the rollup.
_OWN_COUNTS = f"""
{WINDOWS_CTE}
select windows.organization_id, cast(sum({{requests}}) as bigint)
from {{rows}}
inner join windows
    on {{owner}}.organization_id = windows.organization_id
    and rows.{{instant}} >= windows.starts_at and rows.{{instant}} < windows.ends_at
    and rows.ingest_sequence > windows.after_sequence
    and rows.ingest_sequence <= windows.up_to_sequence
where {{counts}}.meter = '{REQUEST}'
group by windows.organization_id
"""
_OF_LOGS = _OWN_COUNTS.format(
    requests=SIGNS["accepted"],
    rows="""{events} as rows
inner join raw.usage_event_meter as side
    on rows.ingest_sequence = side.ingest_sequence and rows.line_number = side.line_number
    and side.fate = 'accepted'""",
    owner="rows",
    instant="completed_at",
    counts="side",
)
_OF_ROLLUP = _OWN_COUNTS.format(
    requests="rows.requests",
    rows="""{meters} as rows
inner join intermediate.dim_usage_key as keys on rows.usage_key_id = keys.usage_key_id""",
    owner="keys",
    instant="quarter_hour",
    counts="rows",
)


class Place(NamedTuple):
    """Where requests are charged: what usage and its charges have in common."""

    organization_id: str
    service_month: date
    project_id: str
    payer: str
    model_id: str
    service_tier: str
    region: str


@dataclass(frozen=True)
class ChargedRequests:
    """Requests charged at a place, beyond the meter of that name that logs give.

    The rollup has `used` requests there that were not counted by logs, and `taken_back` ones
    below zero.
    """

    place: Place
    charged: int
    taken_back: int
    used: int

    @property
    def are_possible(self) -> bool:
        """Tell whether the rollup has as many: none of another model or project stand in."""
        return self.taken_back <= self.charged <= self.used


def count_charged_requests(
    connection: duckdb.DuckDBPyConnection, windows: Sequence[Window], month: date
) -> list[ChargedRequests]:
    """Count charged requests by place; nothing is read of the rollup when there are none."""
    charged = {Place(*row[:-1]): int(row[-1]) for row in _rows(connection, _CHARGED, [month])}
    if not charged:
        return []
    models = sorted({place.model_id for place in charged})
    parameters = [*window_parameters(windows), models]
    sources = _sources(windows)
    found = _rows(connection, _LOGGED.format(**sources), parameters)
    logged = {Place(*row[:-1]): int(row[-1]) for row in found}
    found = _rows(connection, _REQUESTS.format(**sources), parameters)
    requests = {Place(*row[:-2]): (int(row[-2]), int(row[-1])) for row in found}
    return [
        ChargedRequests(place, quantity - logged.get(place, 0), *requests.get(place, (0, 0)))
        for place, quantity in charged.items()
    ]


def count_own_counts(
    connection: duckdb.DuckDBPyConnection, windows: Sequence[Window]
) -> dict[str, tuple[int, int]]:
    """Count the rows that count their own request, by organization: in the logs, in the rollup."""
    parameters, sources = window_parameters(windows), _sources(windows)
    logs, rollup = (
        dict(_rows(connection, query.format(**sources), parameters))
        for query in (_OF_LOGS, _OF_ROLLUP)
    )
    return {key: (logs.get(key, 0), rollup.get(key, 0)) for key in {**logs, **rollup}}


def _sources(windows: Sequence[Window]) -> dict[str, str]:
    """Return the rows of each table that the windows can count."""
    spans = spans_of(windows)
    rollup = "intermediate.int_usage__quarter_hour"
    return {
        "events": countable("raw.usage_event", "completed_at", spans),
        "usage": countable(f"{rollup}s", "quarter_hour", spans),
        "meters": countable(f"{rollup}_meters", "quarter_hour", spans),
    }


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(query, list(parameters)).fetchall()
