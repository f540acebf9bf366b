"""The customers and books of the tests of subscriptions."""

from tests.billing.subscriptions.conftest import books, catalog, files, fjord

__all__ = ["books", "catalog", "files", "fjord"]
