"""Where the books of a home are: a file of the home, or what `METERBOOK_BOOKS_URL` names.

Here: the one place that decides their URL, opens them there, and says where they are without a
password. Keep out: how a database is made to behave (`engine`, `postgresql`).
"""

import os

from sqlalchemy.engine import URL

from billing.books.engine import address_of
from billing.books.store import Books, open_books
from billing.home import Home

ENVIRONMENT_VARIABLE = "METERBOOK_BOOKS_URL"


def books_url(home: Home) -> str:
    """Return the URL of a home's books. It may hold a password: `books_place` is for printing."""
    return os.environ.get(ENVIRONMENT_VARIABLE, "").strip() or f"sqlite:///{home.books_file}"


def books_place(home: Home) -> str:
    """Where a home's books are, to be printed: a file, or a URL without password and options."""
    address = address_of(books_url(home))
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    return URL.create(
        address.get_backend_name(),
        username=address.username,
        host=address.host,
        port=address.port,
        database=address.database,
        query={name: address.query[name] for name in ("host", "port") if name in address.query},
    ).render_as_string()


def books_of(home: Home) -> Books:
    """Open a home's books, made and migrated on first use. Raises BooksError when it cannot."""
    home.prepare()
    return open_books(books_url(home))
