"""What files hold, as the raw tables, the manifest and the fates each say it.

Here: whole files counted three ways. Add a source here. Keep out: comparing (`file_checks`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import duckdb

from billing.audit.findings import UNKNOWN_ORGANIZATION
from billing.audit.raw_counts import (
    COLUMNS,
    COUNTED_AS,
    REQUESTS,
    signed_side_sums,
    signed_sums,
)
from billing.audit.usage import MAIN_METERS
from billing.audit.windows import FATE_TABLES


class Portion(NamedTuple):
    """One organization's rows of one file that met one fate."""

    ingest_sequence: int
    organization_id: str
    fate: str


Portions = dict[Portion, Counter[str]]

_PLACED = f"""
case when rows.completed_at is null or profiles.organization_id is null
then '{UNKNOWN_ORGANIZATION}' else rows.organization_id end
"""
_ROWS = f"""
select rows.ingest_sequence, {_PLACED} as organization_id, {{quantities}}
from {{table}} as rows {{side}}
left join catalog.billing_profiles as profiles
    on rows.organization_id = profiles.organization_id
where rows.ingest_sequence in (select unnest(?::integer[]))
group by all
"""
_SIDE = """
inner join raw.usage_event_meter as side
    on rows.ingest_sequence = side.ingest_sequence and rows.line_number = side.line_number
    and side.fate = '{fate}'
"""
_FATES = f"""
select ingest_sequence, organization_id, fate, sum(requests), {COLUMNS}
from intermediate.int_usage__file_fates as rows
where ingest_sequence in (select unnest(?::integer[]))
group by ingest_sequence, organization_id, fate
"""
_FATE_METERS = """
select ingest_sequence, organization_id, fate, meter, sum(quantity)
from intermediate.int_usage__file_fate_meters
where ingest_sequence in (select unnest(?::integer[]))
group by ingest_sequence, organization_id, fate, meter
"""
_MANIFEST = """
select ingest_sequence, file_name, received, accepted, duplicates, quarantined
from raw.ingest_file where ingest_sequence in (select unnest(?::integer[]))
order by ingest_sequence
"""
_MANIFEST_METERS = """
select ingest_sequence, meter, quantity from raw.ingest_file_meter
where ingest_sequence in (select unnest(?::integer[]))
"""


class Manifest(NamedTuple):
    """What a file's manifest says was received, and what became of it."""

    ingest_sequence: int
    file_name: str
    received: int
    accepted: int
    duplicates: int
    quarantined: int


def read_portions(connection: duckdb.DuckDBPyConnection, sequences: Sequence[int]) -> Portions:
    """Count the raw rows of whole files by organization and fate."""
    portions: Portions = {}
    row: tuple[Any, ...]
    for fate, table in FATE_TABLES.items():
        query = _ROWS.format(quantities=signed_sums(fate), table=table, side="")
        for row in connection.execute(query, [sequences]).fetchall():
            portion = Portion(row[0], row[1], COUNTED_AS.get(fate, fate))
            portions.setdefault(portion, Counter()).update(_counter(row[2:]))
        query = _ROWS.format(
            quantities=signed_side_sums(fate), table=table, side=_SIDE.format(fate=fate)
        )
        for row in connection.execute(query, [sequences]).fetchall():
            portion = Portion(row[0], row[1], COUNTED_AS.get(fate, fate))
            portions[portion][row[2]] += int(row[3])
    return portions


def read_fates(connection: duckdb.DuckDBPyConnection, sequences: Sequence[int]) -> Portions:
    """Read the same counts from the warehouse's table of fates."""
    fates: Portions = {}
    row: tuple[Any, ...]
    for row in connection.execute(_FATES, [sequences]).fetchall():
        fates[Portion(row[0], row[1], row[2])] = _counter(row[3:])
    for row in connection.execute(_FATE_METERS, [sequences]).fetchall():
        fates.setdefault(Portion(row[0], row[1], row[2]), Counter())[row[3]] += int(row[4])
    return fates


def read_manifests(
    connection: duckdb.DuckDBPyConnection, sequences: Sequence[int]
) -> list[Manifest]:
    """Read the manifests of files."""
    return [Manifest(*row) for row in connection.execute(_MANIFEST, [sequences]).fetchall()]


def read_manifest_meters(
    connection: duckdb.DuckDBPyConnection, sequences: Sequence[int]
) -> dict[int, Counter[str]]:
    """Read what was counted in each file before its rows were split by fate."""
    meters: dict[int, Counter[str]] = {}
    for sequence, meter, quantity in connection.execute(_MANIFEST_METERS, [sequences]).fetchall():
        meters.setdefault(sequence, Counter())[meter] += int(quantity)
    return meters


def _counter(sums: Sequence[Any]) -> Counter[str]:
    pairs = zip((REQUESTS, *MAIN_METERS), sums, strict=True)
    return Counter({meter: int(quantity) for meter, quantity in pairs})
