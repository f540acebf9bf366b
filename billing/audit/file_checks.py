"""Whether each file's manifest, its rows and their fates add up.

Here: manifest against rows, fates against raw rows, and the search for one request taken
twice. Add here what can be checked file by file. Keep out: money, and counting itself
(`file_rows`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import duckdb

from billing.audit.file_rows import (
    Manifest,
    Portions,
    read_fates,
    read_manifest_meters,
    read_manifests,
    read_portions,
)
from billing.audit.findings import UNKNOWN_ORGANIZATION, Finding
from billing.audit.raw_counts import REQUESTS, RawCounts

Difference = tuple[str, int, int]

# A request taken back by a reversal counts no more. All of history is searched, but only what may
# be a request of the month's files is remembered.
_REPEATED = """
with sought as (
    select hash(native_id) as id_hash from raw.usage_event
    where ingest_sequence in (select unnest(?::integer[]))
),
repeated as (
    select hash(native_id) as id_hash from raw.usage_event
    where hash(native_id) in (select id_hash from sought)
    group by id_hash having count(*) > 1
)
select native_id, list(organization_id), list(ingest_sequence), list(line_number)
from raw.usage_event
where hash(native_id) in (select id_hash from repeated)
group by source_id, native_id, case when kind = 'reversal' then 'usage' else kind end
having sum(case when kind = 'reversal' then -1 else 1 end) > 1
order by native_id, source_id, min(kind)
"""


def file_findings(
    connection: duckdb.DuckDBPyConnection, raw: RawCounts, month: date
) -> Iterator[Finding]:
    """Yield what does not add up in the files that a month bills from.

    A file that does not add up concerns every organization with rows in it.
    """
    sequences = sorted({place.ingest_sequence for place in raw})
    portions = read_portions(connection, sequences)
    names = {}
    by_file: dict[int, Portions] = {}
    for portion, counts in portions.items():
        by_file.setdefault(portion.ingest_sequence, {})[portion] = counts
    meters = read_manifest_meters(connection, sequences)
    for manifest in read_manifests(connection, sequences):
        names[manifest.ingest_sequence] = manifest.file_name
        own = by_file.get(manifest.ingest_sequence, {})
        concerned = {portion.organization_id for portion in own} or {UNKNOWN_ORGANIZATION}
        for difference in _manifest_differences(
            manifest, own, meters.get(manifest.ingest_sequence, Counter())
        ):
            for organization_id in concerned:
                yield _manifest_finding(organization_id, month, manifest.file_name, difference)
    yield from _fate_findings(portions, read_fates(connection, sequences), names, month)


def _manifest_differences(
    manifest: Manifest, portions: Portions, meters: Mapping[str, int]
) -> Iterator[Difference]:
    rows: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for portion, counts in portions.items():
        rows[portion.fate] += counts[REQUESTS]
        totals.update(counts)
    parts = manifest.accepted + manifest.duplicates + manifest.quarantined
    pairs = [
        ("received", manifest.received, parts),
        ("rows", manifest.received, totals[REQUESTS]),
        ("accepted", manifest.accepted, rows["accepted"]),
        ("duplicates", manifest.duplicates, rows["duplicate"]),
        ("quarantined", manifest.quarantined, rows["quarantined"]),
    ]
    pairs += [(meter, meters.get(meter, 0), totals[meter]) for meter in sorted({*meters, *totals})]
    return (pair for pair in pairs if pair[1] != pair[2])


def _manifest_finding(
    organization_id: str, month: date, file_name: str, difference: Difference
) -> Finding:
    name, expected, actual = difference
    return Finding(
        organization_id,
        month,
        "file_manifest",
        f"{file_name}: {name}",
        str(expected),
        str(actual),
        f"{organization_id}: file {file_name}: its manifest counts {expected} {name}, "
        f"its raw rows add up to {actual}",
    )


def _fate_findings(
    portions: Portions, fates: Portions, names: Mapping[int, str], month: date
) -> Iterator[Finding]:
    for portion in sorted({*portions, *fates}):
        raw, shown = portions.get(portion, Counter()), fates.get(portion, Counter())
        file_name = names.get(portion.ingest_sequence, f"file {portion.ingest_sequence}")
        for meter in sorted({*raw, *shown}):
            if raw[meter] != shown[meter]:
                yield Finding(
                    portion.organization_id,
                    month,
                    "file_fates",
                    f"{file_name}: {portion.fate} {meter}",
                    str(raw[meter]),
                    str(shown[meter]),
                    f"{portion.organization_id}, {meter}: raw rows {portion.fate} in {file_name} "
                    f"add up to {raw[meter]}, the fates of files say {shown[meter]}",
                )


def duplicate_findings(
    connection: duckdb.DuckDBPyConnection, raw: RawCounts, month: date
) -> Iterator[Finding]:
    """Yield each request accepted more than once in a file of the month.

    Searches all of raw; the hash only narrows the search, identities are then compared.
    """
    used = {(place.organization_id, place.ingest_sequence) for place in raw}
    sequences = sorted({place.ingest_sequence for place in raw})
    for native_id, *lists in connection.execute(_REPEATED, [sequences]).fetchall():
        places = sorted(zip(*lists, strict=True))
        where = ", ".join(f"file {sequence} line {line}" for _, sequence, line in places)
        for organization_id in sorted({place[0] for place in places if place[:2] in used}):
            yield Finding(
                organization_id,
                month,
                "duplicate_requests",
                native_id,
                "1",
                str(len(places)),
                f"{organization_id}: request {native_id} is accepted {len(places)} times: {where}",
            )
