"""What becomes of each staged row: accepted, duplicate, or quarantined with a reason.

Here: putting own faults, repeats and earlier decisions together. Keep out: finding them
(`checks.py`, `duplicates.py`) and writing them down (`store.py`).
"""

from collections.abc import Mapping, Sequence

import duckdb

from billing.ingestion.checks import CHECKS, CONFLICT, number_of
from billing.ingestion.duplicates import Sought, find_repeats
from billing.ingestion.literals import text_literal
from billing.ingestion.tables import UNKNOWN_ORGANIZATION

# A row whose owner is in doubt counts for nobody, nor does one outside of time.
OWNERLESS = ("unknown_key", "key_of_another_organization", "key_of_another_project")


def load_checks(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the temporary table `ingest_check` with what each fault's number means."""
    rows = ", ".join(
        f"({number_of(check)}, {', '.join(map(text_literal, (check.reason, check.field, check.remedy)))})"
        for check in CHECKS
    )
    # As literals: to take lists as parameters, DuckDB looks for numpy and pandas anew each time.
    connection.execute(
        f"create or replace temp table ingest_check as select problem::utinyint as problem, "
        f"reason, field, remedy from (values {rows}) as checks (problem, reason, field, remedy)"
    )


def decide(
    connection: duckdb.DuckDBPyConnection,
    file: Sought,
    decided: Mapping[int, str],
    written: Sequence[int] = (),
) -> None:
    """Fill `ingest_repeated`, `ingest_replaced` and `ingest_rejected`; make `counted_row`.

    A line in neither the first nor the last table is accepted; the view holds every row with the
    counts it gets in the raw tables. `written` are the numbers of files written since the history
    was searched for this one.

    `decided` are lines (with reason) that were in quarantine when a month was finalized; they
    stay there, whatever the catalog says now.
    """
    connection.execute(
        _DECIDED,
        [list(decided), list(decided.values())],
    )
    connection.execute(f"{_SOUND}{_UNDECIDED if decided else ''}")
    connection.execute("create or replace temp view sound_row as select * from sound_as_read")
    find_repeats(connection, file, written)
    connection.execute(_COUNTED if file.repeats == "cumulative" else _COUNTED_AS_STAGED)
    connection.execute(_REJECTED)


# What a row was kept out for may not be its first fault any more, or none.
_DECIDED = """
create or replace temp table ingest_decided as
with given as (
    select unnest(?::bigint[]) as line_number, unnest(?::varchar[]) as reason
)
select given.line_number, given.reason, min(ingest_check.problem) as fault
from given
left join ingest_check on given.reason = ingest_check.reason
group by given.line_number, given.reason"""

_SOUND = """
create or replace temp view sound_as_read as
select * from staged_row where problem is null"""
_UNDECIDED = " and line_number not in (select line_number from ingest_decided)"

_COUNTED_AS_STAGED = "create or replace temp view counted_row as select * from staged_row"
_COUNTED = """
create or replace temp view counted_row as
select * from sound_row
union all by name
select * from staged_row
where problem is not null or line_number in (select line_number from ingest_decided)"""

_REJECTED = f"""
create or replace temp table ingest_rejected as
with conflict as (
    select line_number, case when first_ingest_sequence is null
        then 'differs from line ' || first_line_number
        else 'differs from file number ' || first_ingest_sequence || ', line '
            || first_line_number end as difference
    from ingest_repeated where not is_same_content
),
rejected as (
    select staged_row.line_number, decided.reason as decided_reason,
        coalesce(
            case when own_fault.reason is distinct from decided.reason then decided.fault end,
            staged_row.problem, {number_of(CONFLICT)}
        ) as fault,
        coalesce(detail, difference, '') as detail,
        case when completed_at is not null then key_code end as key_code
    from staged_row
    left join ingest_decided as decided on staged_row.line_number = decided.line_number
    left join ingest_check as own_fault on staged_row.problem = own_fault.problem
    left join conflict on staged_row.line_number = conflict.line_number
    where staged_row.problem is not null or decided_reason is not null or difference is not null
)
select rejected.line_number, coalesce(decided_reason, ingest_check.reason) as reason,
    ingest_check.field, rejected.detail, ingest_check.remedy,
    case when ingest_check.reason in {OWNERLESS} then '{UNKNOWN_ORGANIZATION}'
        else coalesce(owner.organization_id, '{UNKNOWN_ORGANIZATION}') end as organization_id
from rejected
inner join ingest_check on rejected.fault = ingest_check.problem
left join ingest_owner as owner on rejected.key_code = owner.key_code"""
