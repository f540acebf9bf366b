"""The catalog against what finalized months rest on.

Here: asking the books what was accepted, everything wrong with a catalog beside that, and handing
on what is to be accepted now. Keep out:
which rows are remembered and what may differ (`billing.catalog.accepted`).
"""

from pathlib import Path

import duckdb

from billing.books import Books
from billing.books.balance_tax import kept_taxes, remember_payments, unrecorded
from billing.books.catalog import CatalogRows, accepted_rows
from billing.catalog import check_catalog
from billing.catalog.accepted import DATED, dated_rows, edit_problems, frozen_until
from billing.catalog.balance_taxes import changed_taxes, payments_under
from billing.errors import CatalogError, MeterbookError, Problem
from billing.subscriptions import catalog_in_force
from orchestration.forms import known_forms


def edits_of(folder: Path, books: Books) -> list[Problem]:
    """Name every dated row that was edited in place since the last accepted catalog.

    Also every balance that is to be taxed at another moment than its movements were posted, or its
    payments recorded under.
    Raises CatalogError when a file cannot be read as a table.
    """
    with books.reading() as connection:
        problems = changed_taxes(folder, kept_taxes(connection))
    accepted = accepted_rows(books)
    if not accepted:
        return problems
    frozen = frozen_until(folder, books.finalized())
    return [*edit_problems(accepted, dated_rows(folder), frozen), *problems]


def require_unedited(folder: Path, books: Books) -> None:
    """Let a close or refresh go on with these files. Raises CatalogError with every edit."""
    problems = edits_of(folder, books)
    if problems:
        raise CatalogError(problems)


def remember_how_payments_are_taxed(folder: Path, books: Books) -> None:
    """Write down the rule of each payment in checked files that no month has posted yet."""
    payments = payments_under(folder)
    with books.reading() as connection:
        are_new = bool(unrecorded(connection, payments))
    if are_new:
        with books.writing() as connection:
            remember_payments(connection, payments)


def problems_in_force(source: Path, books: Books) -> list[Problem]:
    """Everything wrong with the catalog in force: its rows, and edits since a month was finalized."""
    try:
        with catalog_in_force(source, books) as folder:
            return [*check_catalog(folder, known_forms()), *_edits(folder, books)]
    except CatalogError as error:
        return list(dict.fromkeys([*check_catalog(source, known_forms()), *error.problems]))


def _edits(folder: Path, books: Books) -> list[Problem]:
    """Edits since a month was finalized; none where a file is no table, which has its own problem."""
    try:
        return edits_of(folder, books)
    except CatalogError:
        return []


def rows_to_accept(connection: duckdb.DuckDBPyConnection, folder: Path) -> CatalogRows:
    """Read what is accepted with the month being closed: the files that were rated.

    Raises MeterbookError when one was edited since it was loaded into the warehouse.
    """
    rows = dated_rows(folder)
    loaded = dict(connection.sql("select table_name, sha256 from catalog.fingerprint").fetchall())
    for name in DATED:
        if loaded.get(name) != rows.sha256_of_file.get(name):
            raise MeterbookError(
                f"{name}.csv was edited while the month was being closed. Close it again."
            )
    return CatalogRows(rows.contents, rows.sha256)
