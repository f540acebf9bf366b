"""The search for requests that were accepted twice, over all that was ever taken."""

from typing import NamedTuple

import duckdb


class RepeatedIdentity(NamedTuple):
    """An identity that was accepted more than once, which must never be."""

    source_id: str
    native_id: str
    kind: str
    places: tuple[tuple[int, int], ...]


def find_duplicates(connection: duckdb.DuckDBPyConnection) -> list[RepeatedIdentity]:
    """Every identity that stands more than once in `raw.usage_event`."""
    found = connection.execute(_STANDING).fetchall()
    return [
        RepeatedIdentity(source, native, kind, tuple(tuple(place) for place in places))
        for source, native, kind, places in found
    ]


# An event that was taken back, by a reversal, does not stand any more.
_STANDING = """
select source_id, native_id, case when kind = 'reversal' then 'usage' else kind end as kind_of_id,
    list([ingest_sequence::bigint, line_number] order by ingest_sequence, line_number)
        filter (kind <> 'reversal')
from raw.usage_event
group by source_id, native_id, kind_of_id
having sum(case when kind = 'reversal' then -1 else 1 end) > 1
order by source_id, native_id, kind_of_id"""
