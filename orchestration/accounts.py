"""Acts on subscriptions and keys as the command line runs them.

Here: books, catalog and clock put together for one act, and the entitlements published after it.
Keep out: printing (`commands/subscribing.py`, `commands/api_keys.py`) and the acts (`billing.subscriptions`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.books import Books
from billing.books.accounts import Subscription
from billing.clock import Clock
from billing.errors import BooksError
from billing.home import Home
from billing.subscriptions import (
    Act,
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
    read_in_force,
)
from billing.subscriptions.entitlements import (
    Entitlement,
    entitlements,
    publishing,
    write_entitlements,
)
from billing.subscriptions.files import written_rows
from billing.subscriptions.in_force import accounts_of

SUBSCRIPTION = ("subscriptions", "subscription_id")
KEY = ("api_keys", "api_key_id")


@dataclass(frozen=True)
class Counter:
    """Where one act takes place: the books, the operator's files, who acts and when."""

    books: Books
    files: CustomerFiles
    act: Act

    def owner(self, what: tuple[str, str], row_id: str) -> Customer:
        """Whose `SUBSCRIPTION` or `KEY` this is. Raises BooksError when nobody's."""
        table, column = what
        accounts = accounts_of(self.books)
        kept = accounts.subscriptions if what == SUBSCRIPTION else accounts.keys
        owners = {getattr(each, column): each.organization_id for each in kept}
        in_files = self.files.tables[table].select(column, "organization_id")
        owner = (dict(in_files.iter_rows()) | owners).get(row_id)
        if owner is None:
            raise BooksError(
                f"The {table.replace('_', ' ')} know no {row_id!r}. "
                "See `meterbook subscriptions` and `meterbook keys`."
            )
        return self.files.customer(owner)


def counter(home: Home, books: Books, clock: Clock, actor: str) -> Counter:
    """Open the counter for one act.

    Raises CatalogError when the catalog in force does not hold together: the files alone need not,
    where a row of theirs builds on what the books decided.
    """
    tables, written = read_in_force(home.catalog, books), written_rows(home.catalog)
    return Counter(books, CustomerFiles(home.catalog, tables, written), Act(clock, actor))


def standing(
    home: Home, books: Books, at: datetime
) -> tuple[dict[str, list[Subscription]], list[Entitlement]]:
    """Each organization's subscriptions, and what every key may do, in files and books."""
    reasons = {key.api_key_id: key.end_reason for key in accounts_of(books).keys}
    with catalog_in_force(home.catalog, books) as folder:
        files = read_customer_files(folder)
    names = files.tables["organizations"]["organization_id"].sort()
    bought = {name: files.subscriptions(files.customer(name)) for name in names}
    return bought, entitlements(files, at, reasons)


def publish_entitlements(
    home: Home, books: Books, clock: Clock
) -> tuple[list[Entitlement], Mapping[str, Path]]:
    """Write what every key may do for gateways to read; the rows, and the files by their kind."""
    with publishing(home.published):
        now = clock.now()
        rows = standing(home, books, now)[1]
        return rows, write_entitlements(home.published, rows, now)
