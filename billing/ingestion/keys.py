"""What ingestion must know of the catalog: whose key it is and which outcomes exist.

Here: reading those catalog files into temporary tables. Add a file when judging a row needs
it. Keep out: validating the catalog, which `billing.catalog` does before a close.
"""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from billing.errors import CatalogError, IngestError, Problem
from billing.first_row import first_row
from billing.ingestion.literals import MARK
from billing.periods import BillingMonth

KEY_COLUMNS = ("api_key_id", "key_sha256", "name")
_OWNERS = ("organization_id", "project_id")
_AS_WRITTEN = "all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"'"


def load_reference(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Fill the temporary table `ingest_key` from the catalog, and make types of known values.

    Raises CatalogError when a file or column is missing or a key stands there twice.
    """
    path = folder / "api_keys.csv"
    connection.execute("set variable ingest_key_column = null")
    _load(connection, "ingest_key", path, ("api_key_id", *_OWNERS, "key_sha256"), ("name",))
    connection.execute("update ingest_key set key_sha256 = lower(key_sha256)")
    for column in ("api_key_id", "key_sha256"):
        _refuse_repeats(connection, column)
    for column in KEY_COLUMNS:
        known = f"select {column} from ingest_key group by {column} having count(*) = 1"
        _make_type(connection, f"known_{column}", known)
    _load(connection, "ingest_outcome", folder / "outcome_rules.csv", ("outcome",))
    _make_type(connection, "known_outcome", "select outcome from ingest_outcome")


def choose_keys(connection: duckdb.DuckDBPyConnection, key_column: str) -> None:
    """Fill the temporary table `ingest_owner` for logs that name keys by `key_column`.

    A name that two keys have names neither. Nothing is done again for the file after this one.
    """
    chosen = first_row(connection.execute("select getvariable('ingest_key_column')"))
    if chosen == (key_column,):
        return
    connection.execute(
        f"create or replace temp table ingest_owner as "
        f"select enum_code(try_cast({key_column} as known_{key_column})) as key_code, "
        f"{key_column} as named, api_key_id, organization_id, project_id from ingest_key "
        f"where try_cast({key_column} as known_{key_column}) is not null"
    )
    claims = ", ".join(
        _claim("named", organization, project)
        for organization in ("organization_id", "''")
        for project in ("project_id", "''")
    )
    _make_type(connection, "known_owner", f"select unnest([{claims}]) from ingest_owner")
    connection.execute(f"set variable ingest_key_column = '{key_column}'")


def is_owner(key: str, organization: str, project: str) -> str:
    """SQL: whether these are a key's; null and empty texts are anyone's.

    A cast, because joins may turn rows around and lists cost more the more keys there are.
    """
    return f"(try_cast({_claim(key, organization, project)} as known_owner) is not null)"


def _claim(key: str, organization: str, project: str) -> str:
    """Three texts as one. The mark in one of them is one mark too many for any owner."""
    return f"concat({organization}, {MARK}, {key}, {MARK}, {project})"


def require_key(connection: duckdb.DuckDBPyConnection, api_key_id: str) -> None:
    """Raise IngestError when the catalog has no key of this id."""
    found = connection.execute("select 1 from ingest_key where api_key_id = ?", [api_key_id])
    if not first_row(found):
        raise IngestError(
            f"--set api_key_id: api_keys.csv has no key {api_key_id!r}. "
            "Name one of its keys, or add the key first."
        )


def load_finalized(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    finalized: Mapping[tuple[str, BillingMonth], int],
) -> None:
    """Fill the temporary table `ingest_finalized` with the UTC bounds of finalized months."""
    connection.execute(
        "create or replace temp table ingest_finalized (organization_id varchar, "
        "starts_at timestamp, ends_at timestamp, watermark integer)"
    )
    if not finalized:
        return
    profiles = folder / "billing_profiles.csv"
    _load(connection, "ingest_profile", profiles, ("organization_id", "zone"))
    found = connection.execute("select organization_id, zone from ingest_profile").fetchall()
    zones: dict[str, str] = dict(found)
    rows = [
        (organization, *_naive(month.bounds(zones[organization])), watermark)
        for (organization, month), watermark in sorted(finalized.items())
        if organization in zones
    ]
    if rows:
        connection.execute(
            "insert into ingest_finalized select unnest(?), unnest(?), unnest(?), unnest(?)",
            [list(column) for column in zip(*rows, strict=True)],
        )


def _naive(bounds: tuple[datetime, datetime]) -> tuple[datetime, ...]:
    return tuple(instant.astimezone(UTC).replace(tzinfo=None) for instant in bounds)


def _load(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    columns: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> None:
    if not path.is_file():
        problem = Problem(path.name, "the file is missing", "Put it into the catalog folder")
        raise CatalogError([problem])
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise CatalogError(
            [Problem(path.name, "the column is missing", "Add it", field=name) for name in missing]
        )
    others = [name if name in header else f"null as {name}" for name in optional]
    connection.execute(
        f"create or replace temp table {table} as "
        f"select row_number() over () as row_number, {', '.join((*columns, *others))} "
        f"from read_csv(?, {_AS_WRITTEN})",
        [str(path)],
    )


def _make_type(connection: duckdb.DuckDBPyConnection, name: str, values: str) -> None:
    """Known values become a type: looking one up is a cast, which keeps rows in their order."""
    connection.execute(f"drop type if exists temp.{name}")
    connection.execute(
        f"create temp type {name} as enum (select distinct value from ({values}) as known(value) "
        "where value is not null and value <> '' order by value)"
    )


def _refuse_repeats(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    repeated = connection.execute(
        f"select {column}, max(row_number) from ingest_key where {column} <> '' "
        f"group by {column} having count(*) > 1 order by all"
    ).fetchall()
    if repeated:
        remedy = "A key with two owners cannot be billed: keep one of the rows"
        raise CatalogError(
            [
                Problem("api_keys.csv", f"{value!r} stands there twice", remedy, row, column)
                for value, row in repeated
            ]
        )
