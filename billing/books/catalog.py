"""The catalog that finalized months rest on: what each dated row said when it was accepted.

Here: remembering the rows of a catalog with the month being closed, and reading what the last
accepted catalog said. Only rows that are new or differ are written, as a version of their own;
a row taken out by a recorded correction gets an empty one. Keep out: which rows are dated and
what may differ (`billing.catalog.accepted`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from billing.books import Books
from billing.books.journal import Entry, log
from billing.books.tables import catalog_acceptance, catalog_row
from billing.periods import BillingMonth

RowId = tuple[str, str]
"""Catalog table and key of the row."""
GONE = ""


@dataclass(frozen=True)
class CatalogRows:
    """What every dated row of a catalog says, and one hash over all of it."""

    contents: Mapping[RowId, str]
    sha256: str


def accept_catalog(
    connection: Connection, catalog: CatalogRows, month: BillingMonth, at: datetime, actor: str
) -> None:
    """Remember a catalog with the month being closed; nothing when it is the last accepted one."""
    last = connection.execute(
        select(catalog_acceptance.c.sha256)
        .order_by(catalog_acceptance.c.acceptance_id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if last == catalog.sha256:
        return
    known = _latest(connection)
    said = {**dict.fromkeys(known, GONE), **catalog.contents}
    acceptance: int = connection.execute(
        insert(catalog_acceptance)
        .values(billing_month=month, sha256=catalog.sha256, accepted_at=at)
        .returning(catalog_acceptance.c.acceptance_id)
    ).scalar_one()
    rows = [
        {
            "table_name": key[0],
            "row_key": key[1],
            "version": known.get(key, (0, GONE))[0] + 1,
            "acceptance_id": acceptance,
            "content": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        for key, text in sorted(said.items())
        if known.get(key, (0, GONE))[1] != text
    ]
    if rows:
        connection.execute(insert(catalog_row), rows)
    detail = f"{len(rows)} rows new or changed, {catalog.sha256}"
    log(connection, Entry(at, actor, "accept_catalog", str(month), detail))


def accepted_rows(books: Books) -> dict[RowId, str]:
    """Return what each row of the last accepted catalog said; empty before the first month."""
    with books.reading() as connection:
        return {key: text for key, (_, text) in _latest(connection).items() if text != GONE}


def _latest(connection: Connection) -> dict[RowId, tuple[int, str]]:
    table = catalog_row
    rows = connection.execute(
        select(table.c.table_name, table.c.row_key, table.c.version, table.c.content).order_by(
            table.c.version
        )
    ).all()
    return {(row.table_name, row.row_key): (row.version, row.content) for row in rows}
