"""Reading waiting rows again, as a retry file asks for.

Here: which of its lines are judged, and what became of each. They go through the very staging
and fates of delivered rows. Keep out: writing them down (`billing.ingestion.store`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from billing.first_row import first_row
from billing.ingestion.checks import UNREADABLE_ROW
from billing.ingestion.quarantine.pointers import read_pointers

NOT_WAITING, STILL_QUARANTINED, RELEASED = "not_waiting", "still_quarantined", "released"
READ_AT_ONCE = 1_000
NOTHING_TO_READ = "{}"


@dataclass(frozen=True)
class Origin:
    """What the rows of one retry file have in common: all that was said when they were delivered."""

    format: str
    source_id: str
    supplied: Mapping[str, str]
    file_month: date


def find_waiting(
    connection: duckdb.DuckDBPyConnection, name: str, plain: Path, decided: Mapping[int, str]
) -> Origin | None:
    """Fill the temporary table `ingest_retried`: each line with its row; None if none waits.

    `result` is null for lines to be judged. `decided` are lines that were not released when a
    month was finalized; they are not now. Lines that differ in origin from the first stay.
    Raises IngestError when the file is damaged.
    """
    pointers = list(read_pointers(name, plain))
    connection.execute(
        _RETRIED,
        [
            list(range(1, len(pointers) + 1)),
            [pointer.content_sha256 for pointer in pointers],
            [pointer.line_number for pointer in pointers],
            list(decided),
            list(decided.values()),
        ],
    )
    found = first_row(connection.execute(_ORIGIN))
    if found is None:
        return None
    format_name, source_id, supplied, month = found
    return Origin(format_name, source_id, json.loads(supplied) if supplied else {}, month)


def write_texts(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Write the text of each line to be judged, on its own line; of others, an empty object.

    A text that is not what the log held, byte for byte, is not read either.
    """
    cursor = connection.execute(_TEXTS)
    with target.open("w", encoding="utf-8") as file:
        while found := cursor.fetchmany(READ_AT_ONCE):
            file.writelines(_one_line(text) + "\n" for (text,) in found)


def keep_judged(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave only the lines to be judged in `staged_row`."""
    connection.execute("drop view if exists staged_read")
    connection.execute("alter view staged_row rename to staged_read")
    connection.execute(_JUDGED.format(condition="result is null"))


def settle(connection: duckdb.DuckDBPyConnection) -> None:
    """After the fates are decided: only what is sound now is released, nothing is rejected anew."""
    connection.execute(_SETTLED)
    connection.execute(_JUDGED.format(condition=f"result = '{RELEASED}'"))
    connection.execute("delete from ingest_rejected")


def _one_line(text: str | None) -> str:
    return (text or "").replace("\n", " ").strip() or NOTHING_TO_READ


_RETRIED = f"""
create or replace temp table ingest_retried as
with pointer as (
    select unnest(?::bigint[]) as line_number, unnest(?::varchar[]) as content_sha256,
        unnest(?::bigint[]) as original_line_number
),
decided as (
    select unnest(?::bigint[]) as line_number, unnest(?::varchar[]) as result
),
found as (
    select pointer.*, kept.ingest_sequence as original_ingest_sequence, kept.format,
        kept.source_id, kept.supplied, kept.file_month, decided.result as decided_result,
        row_number() over (
            partition by pointer.content_sha256, pointer.original_line_number
            order by pointer.line_number
        ) as turn
    from pointer
    left join kept_row as kept
        on pointer.content_sha256 = kept.content_sha256
        and pointer.original_line_number = kept.line_number and not kept.is_discarded
    left join decided on pointer.line_number = decided.line_number
),
origin as (
    select format, source_id, supplied, file_month from found
    where original_ingest_sequence is not null order by line_number limit 1
)
select found.* exclude (decided_result, turn),
    case when decided_result is not null then decided_result
        when original_ingest_sequence is null or turn > 1 then '{NOT_WAITING}'
        when origin.format is null then '{STILL_QUARANTINED}' end as result
from found
left join origin
    on found.format = origin.format and found.source_id = origin.source_id
    and found.supplied = origin.supplied and found.file_month = origin.file_month"""

_ORIGIN = """
select format, source_id, supplied, file_month from ingest_retried
where original_ingest_sequence is not null order by line_number limit 1"""

# Bytes that were no UTF-8 stand in the text as replacement characters.
_TEXTS = f"""
select case when retried.result is null and not (
    kept.reason = '{UNREADABLE_ROW.reason}' and contains(kept.raw_line, chr(65533))
) then kept.raw_line end
from ingest_retried as retried
left join raw.quarantined_event as kept
    on retried.original_ingest_sequence = kept.ingest_sequence
    and retried.original_line_number = kept.line_number
order by retried.line_number"""

_JUDGED = """
create or replace temp view staged_row as
select * from staged_read
where line_number in (select line_number from ingest_retried where {condition})"""

_SETTLED = f"""
update ingest_retried set result = case
    when line_number in (select line_number from ingest_rejected)
        or line_number not in (select line_number from staged_read) then '{STILL_QUARANTINED}'
    else '{RELEASED}' end
where result is null"""
