"""Rows of one request whose counts grow, told again in one file, as what they say together.

Here: which lines of a staged file these are, and the SQL that adds them up. Keep out: what was
accepted from earlier files (`duplicate_search.py`).
"""

from billing.ingestion.canonical import COUNT_FIELDS, TEXT_FIELDS
from billing.ingestion.line_marks import is_marked
from billing.ingestion.other_meters import merged
from billing.ingestion.values import number_in

TOLD_AGAIN = "ingest_told_again"
"""The set of lines whose id another line of the file has too."""

IS_TOLD_AGAIN = is_marked(TOLD_AGAIN)

# With a quotation mark in its name, which no column of a log can have (`mapping/paths.py`).
LINE = '"line""number"'


def lines_told_again(staged: str) -> str:
    """The numbers of these lines among staged ones.

    A row that only shares the hash of its id is added up with nothing.
    """
    return f"""
with identified as (
    select line_number, hash(native_id) as id_hash from ({staged})
    where ignored_rule is null and native_id is not null
)
select line_number from identified
where id_hash in (select id_hash from identified group by id_hash having count(*) > 1)"""


def rows_told_again(relation: str) -> str:
    """The rows of a relation that `TOLD_AGAIN` names, each with its `LINE`."""
    numbered = f"select row_number() over () as {LINE}, * from ({relation})"
    return f"select * from ({numbered}) where {is_marked(TOLD_AGAIN, LINE)}"


def added_up() -> str:
    """SQL: the rows of `in_order`, those of one id as one, each under its `line_number`.

    Counts take their greatest value, other fields their last. A count that is none stays in its
    row, which is then refused alone.
    """
    texts = [name for name in TEXT_FIELDS if name != "native_id"]
    last = ", ".join(f"arg_max({name}_text, place) as {name}_text" for name in texts)
    most = ", ".join(f"max({number_in(f'{name}_text')}) as {name}_most" for name in COUNT_FIELDS)
    told = ", ".join(f"together.{name}_text" for name in texts)
    counts = ", ".join(_count(name) for name in COUNT_FIELDS)
    return f"""
    select line_number, is_unreadable, ignored_rule, row_version, other_meters_fault,
        {merged("every_meter")} as other_meters, together.native_id_text, {told}, {counts}
    from in_order
    inner join (
        select native_id_text, {last}, {most},
            coalesce(string_agg(nullif(other_meters, ''), ';'), '') as every_meter
        from (
            select *, row_number() over (
                partition by native_id_text order by row_version, line_number
            ) as place
            from in_order
        )
        group by native_id_text
    ) as together on in_order.native_id_text = together.native_id_text"""


def _count(name: str) -> str:
    own = f"in_order.{name}_text"
    return (
        f"case when {own} is not null and coalesce({number_in(own)}, -1) < 0 then {own} "
        f"else cast({name}_most as varchar) end as {name}_text"
    )
