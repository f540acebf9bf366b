"""Usage that allowances or tiers count, quarter hour by quarter hour, from the rollup.

Here: reading it with the files that were billed before, for organizations with such terms
only. Keep out: sharing it out (`volume_walk`); all other usage needs no more than its sum.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb

from billing.audit.terms import Slice, Terms
from billing.audit.usage import MAIN_METERS, SLICES_CTE, Attributes, Usage, slice_parameters
from billing.audit.volume_walk import Portion, TermFinder, shared_usage, walk
from billing.audit.windows import BEFORE_FIRST_FILE

_QUARTER_HOURS = f"""
{SLICES_CTE},
metered as (%(metered)s)
select slices.slice_id, usage.quarter_hour, usage.ingest_sequence, usage.meter,
       keys.project_id, keys.payer, keys.billed_model_id, keys.service_tier, keys.region,
       keys.context_band, sum(usage.quantity)
from metered as usage
inner join intermediate.dim_usage_key as keys on usage.usage_key_id = keys.usage_key_id
inner join slices
    on keys.organization_id = slices.organization_id
    and usage.quarter_hour >= slices.starts_at and usage.quarter_hour < slices.ends_at
    and usage.ingest_sequence <= slices.up_to_sequence
where keys.not_billed_reason = '' and usage.quarter_hour >= ? and usage.quarter_hour < ?
group by all
"""
_FILES = """
select organization_id, service_month, after_sequence from books.late_route
where organization_id in (select unnest(?::varchar[]))
"""

Counted = dict[tuple[Slice, int, datetime, Attributes, str], int]


def share_out(
    connection: duckdb.DuckDBPyConnection,
    terms: Mapping[str, Terms],
    slices: Sequence[Slice],
    usage: Mapping[str, Sequence[Usage]],
) -> dict[str, list[Usage]]:
    """Replace what allowances and tiers count by its parts, organization by organization."""
    portions = read_portions(connection, terms, slices)
    shared = {key: list(rows) for key, rows in usage.items()}
    for key, own in portions.items():
        finder = TermFinder(terms[key])
        whole = [row for row in shared.get(key, ()) if not finder.counts(row)]
        shared[key] = [*whole, *_parts(terms[key], own)]
    return shared


def _parts(terms: Terms, portions: Iterable[Portion]) -> Iterator[Usage]:
    by_window: dict[tuple[date, int], list[Portion]] = {}
    for portion in portions:
        window = portion.usage.slice.window
        by_window.setdefault((window.service_month, window.after_sequence), []).append(portion)
    for own in by_window.values():
        yield from shared_usage(walk(terms, own))


def read_portions(
    connection: duckdb.DuckDBPyConnection, terms: Mapping[str, Terms], slices: Sequence[Slice]
) -> dict[str, list[Portion]]:
    """Read what the terms of each organization count, earlier files included."""
    own = [row for row in slices if terms[row.window.organization_id].volume.rows]
    if not own:
        return {}
    organizations = {row.window.organization_id for row in own}
    meters = {meter for key in organizations for meter in terms[key].volume.meters}
    stretches = _file_stretches(connection, organizations)
    counted: Counted = {}
    for row in connection.execute(_query(meters), slice_parameters(own)).fetchall():
        slice_id, quarter_hour, sequence, meter, *attributes, quantity = row
        window = own[slice_id].window
        starts = stretches.get((window.organization_id, window.service_month), [])
        place = bisect_left(starts, sequence)
        files_after = starts[place - 1] if place else BEFORE_FIRST_FILE
        key = (own[slice_id], files_after, quarter_hour, _attributes(attributes), meter)
        counted[key] = counted.get(key, 0) + int(quantity)
    finders = {key: TermFinder(terms[key]) for key in organizations}
    found: dict[str, list[Portion]] = {}
    for portion in _portions(counted):
        organization_id = portion.usage.slice.window.organization_id
        if finders[organization_id].counts(portion.usage):
            found.setdefault(organization_id, []).append(portion)
    return found


def _portions(counted: Counted) -> Iterator[Portion]:
    for (slice_, files_after, quarter_hour, attributes, meter), quantity in counted.items():
        if quantity:
            is_earlier = files_after < slice_.window.after_sequence
            usage = Usage(slice_, attributes, meter, quantity)
            yield Portion(files_after, is_earlier, quarter_hour, usage)


def _file_stretches(
    connection: duckdb.DuckDBPyConnection, organizations: set[str]
) -> dict[tuple[str, date], list[int]]:
    """Return after which files a new document began to bill each service month."""
    stretches: dict[tuple[str, date], list[int]] = {}
    for organization_id, month, after in connection.execute(
        _FILES, [sorted(organizations)]
    ).fetchall():
        stretches.setdefault((organization_id, month), []).append(after)
    return {key: sorted(starts) for key, starts in stretches.items()}


def _query(meters: set[str]) -> str:
    parts = [
        f"select usage_key_id, quarter_hour, ingest_sequence, '{meter}' as meter, "
        f"{meter}_tokens as quantity from intermediate.int_usage__quarter_hours "
        f"where {meter}_tokens <> 0"
        for meter in MAIN_METERS
        if meter in meters
    ]
    parts.append(
        "select usage_key_id, quarter_hour, ingest_sequence, meter, quantity "
        "from intermediate.int_usage__quarter_hour_meters"
    )
    return _QUARTER_HOURS.replace("%(metered)s", " union all ".join(parts))


def _attributes(row: Sequence[Any]) -> Attributes:
    return Attributes(row[0], row[1], row[2], row[3], row[4], int(row[5]))
