"""What many accepted rows say alike, stored once: the shape of a request and the owner of its key.

Here: giving both a number and finding it again for each row without a join. Keep out: the rows
that refer to them (`raw_rows.py`).
"""

from itertools import count

import duckdb

from billing.first_row import first_row
from billing.ingestion.duplicates import IS_REPEATED
from billing.ingestion.joined_shapes import taken_apart
from billing.ingestion.literals import text_literal
from billing.ingestion.tables import OWNER_COLUMNS, SHAPE_COLUMNS

_TEXTS = ", ".join(SHAPE_COLUMNS)
_OWNER = ", ".join(OWNER_COLUMNS)
OWNER_ID = "getvariable('ingest_owner_id')[key_code + 1]"
"""SQL: the owner of the key of a row in `sound_row`, after `store_owners`."""


def store_shapes(connection: duckdb.DuckDBPyConnection, source_id: str, salt: str) -> str:
    """Store the shapes of the accepted rows in `sound_row`; returns the SQL of a row's `shape_id`.

    A hash names a shape, and no hash two of them: where one would, another hash, of the texts
    with `salt`, which nobody who sends requests can foresee, names those of this file.
    """
    connection.execute(_FOUND, [source_id])
    for attempt in count():
        shape_id = shape_hash(source_id, f"{salt} {attempt}" if attempt else "")
        connection.execute(f"create or replace temp table ingest_shape as {_named(shape_id)}")
        row = first_row(connection.execute(_AMBIGUOUS))
        if row == (0,):
            break
    connection.execute(_STORE_SHAPES)
    return shape_id


def store_owners(connection: duckdb.DuckDBPyConnection) -> None:
    """Store the owners of the accepted rows' keys, and the variable that `OWNER_ID` looks into."""
    connection.execute(_STORE_OWNERS)
    connection.execute(_LOOK_UP_OWNERS)


def shape_hash(source_id: str, salt: str) -> str:
    """63 bits, which every engine has as a number."""
    texts = f"{text_literal(source_id)}, kind, shape"
    if not salt:
        return f"cast(hash({texts}) >> 1 as bigint)"
    apart = f"cast(json_array({text_literal(salt)}, {texts}) as varchar)"
    return f"cast(md5_number_lower({apart}) >> 1 as bigint)"


def _named(shape_id: str) -> str:
    return f"select {shape_id} as shape_id, {_TEXTS} from ingest_found_shape"


_FOUND = f"""
create or replace temp table ingest_found_shape as
select cast(? as varchar) as source_id, kind, shape, {taken_apart()}
from (select distinct kind, shape from sound_row where not {IS_REPEATED})"""

_AMBIGUOUS = f"""
select count(*) from (
    select shape_id
    from (
        select shape_id, {_TEXTS} from ingest_shape
        union
        select shape_id, {_TEXTS} from raw.request_shape
        where shape_id in (select shape_id from ingest_shape)
    )
    group by shape_id having count(*) > 1
)"""

_STORE_SHAPES = f"""
insert into raw.request_shape (shape_id, {_TEXTS})
select shape_id, {_TEXTS} from ingest_shape
where shape_id not in (select shape_id from raw.request_shape)"""

_STORE_OWNERS = f"""
insert into raw.key_owner (owner_id, {_OWNER})
with used as (select distinct key_code from sound_row where not {IS_REPEATED})
select (select coalesce(max(owner_id), 0) from raw.key_owner)
    + row_number() over (order by {_OWNER}), {_OWNER}
from (select distinct {_OWNER} from ingest_owner where key_code in (select key_code from used))
where ({_OWNER}) not in (select ({_OWNER}) from raw.key_owner)"""

_LOOK_UP_OWNERS = f"""
set variable ingest_owner_id = (
    select list(stored.owner_id order by owner.key_code)
    from ingest_owner as owner
    left join raw.key_owner as stored using ({_OWNER}))"""
