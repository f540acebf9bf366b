"""What assets need from outside: folders, clock, warehouse, books, dbt.

Here: thin Dagster resources over `billing`. Connections are opened late and closed at once,
because one writer shuts every other process out of the warehouse. Keep out: queries.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from billing.books import Books
from billing.books.address import books_of
from billing.clock import Clock
from billing.home import Home
from billing.warehouse import open_warehouse
from orchestration.instance import marked_alive

RUN_WAITS_SECONDS = 600
"""How long a run waits for a refresh, or for a command, to leave the home."""


class Premises(ConfigurableResource):  # type: ignore[type-arg]  # generic in its value
    """One home to look at without holding it: `root`, and `fixed_now`, an ISO instant or empty."""

    root: str
    fixed_now: str = ""

    @property
    def home(self) -> Home:
        """The folders."""
        return Home(Path(self.root))

    @property
    def clock(self) -> Clock:
        """The injected clock."""
        return Clock(datetime.fromisoformat(self.fixed_now) if self.fixed_now else None)

    def books(self) -> Books:
        """The books, migrated to the newest schema."""
        return books_of(self.home)


class Installation(Premises):
    """One home, held for the length of a run."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Installation"]:
        """Hold the home, once whoever works in it has ended."""
        run = context.run.run_id if context.run else "no_run"
        with marked_alive(self.home, run), self.home.exclusive(RUN_WAITS_SECONDS):
            yield self

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse, read-write, for as short as possible."""
        with open_warehouse(self.home.warehouse_file) as connection:
            yield connection


class CloseOptions(ConfigurableResource):  # type: ignore[type-arg]  # generic in its value
    """What a close may do beyond drafting: `organizations` empty means all of them."""

    finalize: bool = False
    organizations: list[str] = Field(default_factory=list)
