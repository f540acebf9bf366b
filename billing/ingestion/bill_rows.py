"""From a container's text columns to typed rows of a provider's bill.

Here: the SQL that reads dates, counts and amounts from text, and what is wrong with a row. Add a
field of bills here, in `canonical.py` and in `tables.py`. Keep out: writing them (`bills.py`).
"""

import duckdb

from billing.errors import IngestError, Problem
from billing.first_row import first_row
from billing.ingestion import values
from billing.ingestion.canonical import BILL_FIELDS, SourceFormat

COUNTS = (
    "requests",
    "input_total",
    "input_uncached",
    "cache_read",
    "cache_write_total",
    "output_total",
    "output_reasoning",
    "web_search",
)
_FLAGS = ("is_byok", "is_batch")
_WHOLE_DAY = r"\d{4}-\d\d-\d\d([T ]00:00:00(\.0+)?(Z|[+]00(:?00)?)?)?"
_WHOLE_NUMBER = r"\d{1,18}(\.0+)?"
_AMOUNT = r"-?\d{1,20}(\.\d+)?([eE][+-]?\d{1,2})?"
_ANY_COUNT = f"coalesce({', '.join(COUNTS)})"

_FAULTS = (
    (
        "is_unreadable",
        "bill_date",
        "the row cannot be read",
        "Fetch the report again, whole",
    ),
    (
        f"bill_day is null or not regexp_full_match(bill_date, '{_WHOLE_DAY}')",
        "bill_date",
        "is no whole UTC day",
        "Ask for days from midnight UTC on (bucket_width=1d)",
    ),
    ("provider is null", "provider", "is missing", "Let the mapping file name the provider"),
    (
        f"model is null and {_ANY_COUNT} is not null",
        "model",
        "is missing",
        "Fetch the report grouped by model",
    ),
    (
        f"{_ANY_COUNT} is null and amount is null",
        "amount",
        "is missing, and the row counts nothing either",
        "Fetch the report again, or ignore such rows in the mapping file",
    ),
    (
        f"amount is not null and (exact_amount is null or not regexp_full_match(amount, '{_AMOUNT}'))",
        "amount",
        "is no decimal number",
        "Write it like 12.50: no thousands separator, no currency sign",
    ),
    (
        "amount is not null and upper(coalesce(currency, '')) <> 'USD'",
        "currency",
        "is not USD, in which bills are compared",
        "Fetch the report in USD",
    ),
    *(
        (
            f"{name} is not null and not regexp_full_match({name}, '{_WHOLE_NUMBER}')",
            name,
            "is no whole number",
            "Fetch the report again; counts are zero or more",
        )
        for name in COUNTS
    ),
    *(
        (
            f"{name} is not null and try_cast({name} as boolean) is null",
            name,
            "is neither true nor false",
            "Fetch the report again",
        )
        for name in _FLAGS
    ),
)


def stage_bill(connection: duckdb.DuckDBPyConnection, source: SourceFormat, relation: str) -> int:
    """Fill the temporary table `staged_bill`; returns the rows read, ignored ones included.

    `row_number` counts the rows that are none of those the format ignores. Raises duckdb.Error
    when the container cannot be read to its end.
    """
    connection.execute(
        f"create or replace temp table staged_file_bill as {_texts(source, relation)}"
    )
    connection.execute(
        "create or replace temp table staged_bill as "
        f"select row_number() over (order by place) as row_number, *, {_first_fault()} from "
        "staged_file_bill where ignored_rule is null"
    )
    row = first_row(connection.execute("select count(*) from staged_file_bill"))
    return int(row[0]) if row else 0


def require_sound(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise IngestError naming row, field and remedy of the first row that is not sound."""
    row = first_row(
        connection.execute(
            "select row_number, fault from staged_bill where fault is not null order by all limit 1"
        )
    )
    if not row:
        return
    _, field, message, remedy = _FAULTS[row[1] - 1]
    found = first_row(
        connection.execute(f"select {field} from staged_bill where row_number = ?", [row[0]])
    )
    told = f"{found[0]!r} {message}" if found and found[0] is not None else message
    raise IngestError(f"{Problem(name, told, remedy, row[0], field)}. Nothing of it was taken.")


def _texts(source: SourceFormat, relation: str) -> str:
    fields = ", ".join(
        f"nullif(trim(cast({source.fields.get(name, 'null')} as varchar)), '') as {name}"
        for name in BILL_FIELDS
    )
    return f"""
with source_row as ({relation}),
numbered as (select row_number() over () as place, * from source_row),
nested as (select *, {values.nested(source)} from numbered),
texts as (select place, {values.UNREADABLE} as is_unreadable, {values.told_apart(source)}, {fields} from nested)
select *, try_cast(left(bill_date, 10) as date) as bill_day,
    try_cast(amount as decimal(38, 12)) as exact_amount
from texts"""


def _first_fault() -> str:
    cases = " ".join(f"when {fault[0]} then {n}" for n, fault in enumerate(_FAULTS, 1))
    return f"case {cases} end as fault"
