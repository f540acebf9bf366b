"""Facts about `billing.books`."""
