"""What the rollup and the models of a month were made from.

Here: what every table of the rollup is right for (names of models, versions of keys' terms, files),
so that a run builds what is new and moves what changed; and the fingerprint of everything the
models of a month read beside usage. Keep out: which usage moves (`int_usage__moved_stretches`).
"""

import hashlib
import json
from dataclasses import dataclass

import duckdb

from billing.periods import BillingMonth
from orchestration.manifest import project_sha256, sources_sha256

ROLLUP_SOURCES = (
    "models/staging/ingestion",
    "models/intermediate/ingestion",
    "macros/meters.sql",
    "macros/model_names.sql",
    "macros/moved_usage.sql",
    "macros/portable.sql",
    "macros/told.sql",
    "macros/usage_keys.sql",
)
"""What says how the rollup is made, below the dbt project: another version makes it anew."""

_INPUTS = """
select schema_name || '.' || table_name, list(column_name || ' ' || data_type order by column_index)
from duckdb_columns()
where database_name = coalesce(?, current_database()) and schema_name in ('catalog', 'books')
group by all having table_name not in ('rollup_basis', 'month_basis') order by all
"""
_FACTS = """
with facts as (
    select 'band' as fact, cast(threshold_tokens as varchar) as name, '' as meaning
    from catalog.context_ladder
    union all
    select 'model', model_id, '' from catalog.models
    union all
    select 'alias', alias, model_id from catalog.model_aliases
    union all
    select 'pattern', precedence || ' ' || pattern, model_id from catalog.model_patterns
)

select fact, name, meaning from facts order by all
"""
_LOGGED = """
select requested_model from intermediate.int_usage__request_kinds
union
select answered_model from intermediate.int_usage__request_kinds
"""
_KEY_TERMS = """
with today as (
    select * from intermediate.int_usage__key_terms
),

known as (
    select * exclude (term_version, is_gone)
    from (
        select * from intermediate.int_usage__term_versions
        qualify term_version = max(term_version) over (partition by api_key_id)
    )
    where not is_gone
)

select 1 where exists (from today except from known) or exists (from known except from today)
"""


@dataclass(frozen=True)
class RollupBasis:
    """What all tables of the rollup are right for; the first build has settled nothing.

    `made_by` covers how it is made, `facts` what names and context bands meant when its rows were
    placed, `term_version` is the newest version of keys' terms, `up_to_sequence` the newest file.
    """

    made_by: str = ""
    facts: str = ""
    term_version: int = 0
    up_to_sequence: int = 0


def settled_basis(connection: duckdb.DuckDBPyConnection) -> RollupBasis:
    """What the last complete build of the rollup left."""
    try:
        rows = connection.execute(
            "select made_by, facts, term_version, up_to_sequence from catalog.rollup_basis"
        ).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # none, or an earlier version's
        rows = []
    return RollupBasis(*rows[0]) if rows else RollupBasis()


def must_be_rebuilt(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether all usage has to be rolled up anew: how it is named or banded is another now."""
    known = settled_basis(connection)
    if known.made_by != sources_sha256(ROLLUP_SOURCES):
        return True
    try:
        logged = {name for (name,) in connection.execute(_LOGGED).fetchall()}
    except duckdb.CatalogException:  # nothing was rolled up yet
        return True
    return _deciding(known.facts, logged) != _deciding(_facts(connection), logged)


def begin_rollup(connection: duckdb.DuckDBPyConnection) -> tuple[RollupBasis, bool]:
    """What the rollup is right for, and whether it has to be made anew.

    A rebuild forgets the basis first: one that was killed is made anew again, whatever the
    catalog says by then. Else what names mean today is written down before a row is placed by it:
    a run that dies after it met a new name leaves rows that are right while the name means that.
    """
    if must_be_rebuilt(connection):
        connection.execute("drop table if exists catalog.rollup_basis")
        return RollupBasis(), True
    connection.execute("update catalog.rollup_basis set facts = ?", [_facts(connection)])
    return settled_basis(connection), False


def is_rollup_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the rollup is what today's catalog makes of the files it has seen."""
    if must_be_rebuilt(connection) or connection.execute(_KEY_TERMS).fetchall():
        return False
    return settled_basis(connection).term_version == _term_version(connection)


def remember_basis(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that every table of the rollup was built from today's catalog and all files."""
    (last,) = connection.execute(
        "select coalesce(max(ingest_sequence), 0) from raw.ingest_file"
    ).fetchall()
    made_by = sources_sha256(ROLLUP_SOURCES)
    basis = (made_by, _facts(connection), _term_version(connection), last[0])
    connection.begin()
    connection.execute(
        "create or replace table catalog.rollup_basis "
        "(made_by varchar, facts varchar, term_version integer, up_to_sequence integer)"
    )
    connection.execute("insert into catalog.rollup_basis values (?, ?, ?, ?)", basis)
    connection.commit()


def remember_month(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> None:
    """Record that every model of a month was built, as it is today, from today's catalog and books."""
    sha256 = _inputs(connection, None)
    connection.begin()
    connection.execute(
        "create or replace table catalog.month_basis as select ? as billing_month, ? as sha256",
        [month.first_day, sha256],
    )
    connection.commit()


def forget_month(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that some models hold another month than the one built as a whole last."""
    connection.execute("drop table if exists catalog.month_basis")


def is_as_built(connection: duckdb.DuckDBPyConnection, month: BillingMonth, database: str) -> bool:
    """Whether a warehouse holds the month last, built by these models from what it has now."""
    try:
        rows = connection.execute(f"from {database}.catalog.month_basis").fetchall()
    except duckdb.CatalogException:
        rows = []
    return rows == [(month.first_day, _inputs(connection, database))]


def _inputs(connection: duckdb.DuckDBPyConnection, database: str | None) -> str:
    """What tells one catalog, one state of the books and one version of the models from others."""
    digest = hashlib.sha256(project_sha256().encode())
    for table, columns in connection.execute(_INPUTS, [database]).fetchall():
        name = f"{database}.{table}" if database else table
        rows = connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()
        digest.update(f"{table} {columns} {rows}\n".encode())
    return digest.hexdigest()


def _facts(connection: duckdb.DuckDBPyConnection) -> str:
    """What every name and context band of the catalog means, in one text."""
    return json.dumps(connection.execute(_FACTS).fetchall())


def _deciding(facts: str, logged: set[str]) -> list[list[str]]:
    """The facts that usage is placed by: of names no log has used, only patterns, meant for any."""
    return [
        [fact, name, meaning]
        for fact, name, meaning in json.loads(facts)
        if fact in ("band", "pattern") or name in logged
    ]


def _term_version(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute(
        "select coalesce(max(term_version), 0) from intermediate.int_usage__term_versions"
    ).fetchall()
    return int(rows[0][0])
