"""The frame of every act on an account: one transaction that changes everything or nothing.

Here: taking over the files' rows before it, its line in the audit log, and the check that the
catalog in force still holds together after it. Keep out: what the acts are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from billing.books import Books
from billing.books.accounts import record_act
from billing.books.catalog import accepted_rows
from billing.boundaries import reached
from billing.catalog import check_catalog
from billing.catalog.accepted import dated_rows, edit_problems, frozen_until
from billing.errors import CatalogError, Problem
from billing.subscriptions.act import Act
from billing.subscriptions.adopting import adopt
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.in_force import CHANGED, in_force_after


class Doing:
    """One act under way; `says` is its line for the audit log, set before the act ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.says: tuple[str, str, str] | None = None


@contextmanager
def acting(
    books: Books, files: CustomerFiles, customer: Customer, act: Act, *, takes_over: bool = True
) -> Iterator[Doing]:
    """Do something to one organization's account, alone in the books.

    `takes_over` is whether the files' subscriptions and keys come into the books first.
    Raises BooksError when the clock went back or a constraint refuses, and CatalogError when a
    file was edited beside the books or the act would leave a catalog that does not hold together,
    or that changes what finalized months rest on; nothing was changed then.
    """
    with books.writing() as connection:
        if takes_over:
            adopt(connection, files, customer, act)
        doing = Doing(connection)
        yield doing
        if doing.says is None:
            raise AssertionError("An act leaves its line in the audit log.")
        record_act(connection, act.entry(*doing.says))
        with in_force_after(connection, files.folder) as folder:
            problems = [*check_catalog(folder), *_edits(books, folder)]
        if problems:
            raise CatalogError(problems)
        reached("account.before_commit")
    reached("account.after_commit")


def _edits(books: Books, folder: Path) -> list[Problem]:
    """Rows that acts may change, and that say something else than a finalized month rests on."""
    accepted = {key: text for key, text in accepted_rows(books).items() if key[0] in CHANGED}
    if not accepted:
        return []
    now = dated_rows(folder).of({*CHANGED, "corrections"})
    return edit_problems(accepted, now, frozen_until(folder, books.finalized()))
