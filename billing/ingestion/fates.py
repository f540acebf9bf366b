"""What becomes of each staged row: accepted, duplicate, or quarantined with a reason.

Here: putting own faults, repeats and earlier decisions together. Keep out: finding them
(`checks.py`, `duplicates.py`) and writing them down (`store.py`).
"""

from collections.abc import Mapping

import duckdb

from billing.ingestion.checks import CHECKS, CONFLICT, number_of
from billing.ingestion.duplicates import find_repeats
from billing.ingestion.tables import UNKNOWN_ORGANIZATION

# A row whose owner is in doubt counts for nobody, nor does one outside of time.
OWNERLESS = ("key_of_another_organization", "key_of_another_project")


def load_checks(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table `ingest_check` with what each fault's number means."""
    connection.execute(
        "create or replace temp table ingest_check "
        "(problem utinyint, reason varchar, field varchar, remedy varchar)"
    )
    connection.execute(
        "insert into ingest_check select unnest(?), unnest(?), unnest(?), unnest(?)",
        [
            [number_of(check) for check in CHECKS],
            [check.reason for check in CHECKS],
            [check.field for check in CHECKS],
            [check.remedy for check in CHECKS],
        ],
    )


def decide(
    connection: duckdb.DuckDBPyConnection, source_id: str, decided: Mapping[int, str]
) -> None:
    """Fill `ingest_rejected` and `ingest_repeated`; rows in neither are accepted.

    `decided` are lines (with reason) that were in quarantine when a month was finalized; they
    stay there, whatever the catalog says now.
    """
    connection.execute(
        "create or replace temp table ingest_decided (line_number bigint, reason varchar)"
    )
    if decided:
        connection.execute(
            "insert into ingest_decided select unnest(?), unnest(?)",
            [list(decided), list(decided.values())],
        )
        connection.execute(_HOLD_BACK, [number_of(CONFLICT)])
    find_repeats(connection, source_id)
    connection.execute(_MARK_CONFLICTS, [number_of(CONFLICT)])
    connection.execute("delete from ingest_repeated where not is_same_content")
    connection.execute(_REJECTED)
    connection.execute(
        "create or replace temp table ingest_wanted as select line_number from ingest_rejected"
    )


_HOLD_BACK = """
update staged_row set problem = coalesce(problem, ?), detail = coalesce(detail, '')
where rowid + 1 in (select line_number from ingest_decided)"""

_MARK_CONFLICTS = """
update staged_row set problem = ?, detail = 'differs from ' || first_place
from (
    select line_number, case when first_ingest_sequence is null then 'line ' || first_line_number
        else 'file number ' || first_ingest_sequence || ', line ' || first_line_number
        end as first_place
    from ingest_repeated where not is_same_content
) as conflict
where staged_row.rowid + 1 = conflict.line_number"""

_REJECTED = f"""
create or replace temp table ingest_rejected as
with faulty as (
    select rowid + 1 as line_number, problem, detail, completed_at, key_code
    from staged_row where problem is not null
)
select faulty.line_number, coalesce(decided.reason, ingest_check.reason) as reason,
    ingest_check.field, coalesce(faulty.detail, '') as detail, ingest_check.remedy,
    case when faulty.completed_at is null or keys.organization_id is null
        or ingest_check.reason in {OWNERLESS}
        then '{UNKNOWN_ORGANIZATION}' else keys.organization_id end as organization_id
from faulty
inner join ingest_check on faulty.problem = ingest_check.problem
left join ingest_owner as keys on faulty.key_code = keys.key_code
left join ingest_decided as decided on faulty.line_number = decided.line_number"""
