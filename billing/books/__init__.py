"""The books: facts that people or the system decided and nobody can recompute.

Here: `open_books`, the one way in. Add a table when a decision must outlive the warehouse.
Keep out: anything that can be computed again from files and catalog, and any rule of money.
"""

from billing.books.store import Books, open_books

__all__ = ["Books", "open_books"]
