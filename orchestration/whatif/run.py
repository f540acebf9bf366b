"""Re-rating a month from the rollup under another catalog.

Here: the order of a what-if, in a scratch database beside the warehouse. Keep out: which models
(`graph`), how they are built (`building`) and what may be asked (`billing.whatif`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb

from billing.catalog import load_catalog
from billing.errors import MeterbookError
from billing.home import Home
from billing.periods import BillingMonth
from billing.subscriptions import catalog_in_force
from billing.warehouse import attached, read_warehouse, scratch_database
from billing.whatif import (
    Differences,
    differences,
    keep_usage,
    refuse_other_usage,
    refuse_unanswerable,
)
from billing.whatif.beside import MODEL_SLICES, WAREHOUSE
from orchestration.closing import months_with_usage, organizations, require_closed
from orchestration.defs.rating.basis import is_as_built, is_rollup_current
from orchestration.whatif.books_copy import copied_books, snapshot_of
from orchestration.whatif.building import build, build_where_sliced_otherwise, take
from orchestration.whatif.graph import read_graph
from orchestration.whatif.unchanged import Unchanged


@dataclass(frozen=True)
class Rerated:
    """The differences, and for how many seconds the warehouse was held."""

    differences: Differences
    seconds: float


def rerate(
    home: Home,
    month: BillingMonth,
    catalog: Path,
    chosen: Sequence[str] = (),
    *,
    with_lines: bool = False,
) -> Rerated:
    """Rate the usage of a closed month under the catalog in a folder; nothing is stored.

    The home is held twice, shortly: to look which months there are, and while the month is
    rated. Raises MeterbookError when the month was not closed, the catalog does not hold
    together, or it asks what the rollup does not know.
    """
    first, last = _months(home, month)
    with TemporaryDirectory() as name, scratch_database(Path(name)) as connection:
        graph = read_graph(month, Path(name))
        connection.execute(f"attach ':memory:' as \"{graph.database}\"")
        connection.execute(f'use "{graph.database}"')
        with (
            TemporaryDirectory() as scratch,
            copied_books(home, Path(scratch)) as books,
            catalog_in_force(catalog, books) as folder,
        ):
            load_catalog(connection, folder, first, last)
        _refuse_strangers(connection, catalog, chosen)
        with home.exclusive():
            start = perf_counter()
            with attached(connection, home.warehouse_file, WAREHOUSE):
                refuse_unanswerable(connection)
                build(connection, graph.terms, month)
                has_new_terms = keep_usage(connection, graph.kept)
                snapshot_of(connection, home, month, Path(name))
                unchanged = Unchanged(
                    connection,
                    graph.kept,
                    is_comparable=not has_new_terms and is_as_built(connection, month, WAREHOUSE),
                )
                for model in graph.models:
                    others = unchanged.others(model)
                    if not others and not model.is_view:
                        take(connection, model.relation)
                    elif others == {MODEL_SLICES} and model.is_of_usage_keys:
                        build_where_sliced_otherwise(connection, model, month)
                    else:
                        build(connection, model, month)
                    if model.relation == MODEL_SLICES:
                        unchanged.compare(model.relation)
                refuse_other_usage(connection, month.first_day, chosen)
                found = differences(connection, month.first_day, chosen, with_lines=with_lines)
            return Rerated(found, perf_counter() - start)


def _months(home: Home, month: BillingMonth) -> tuple[BillingMonth, BillingMonth]:
    """The months a catalog has to cover, as at a close, once the month may be asked about."""
    if not home.warehouse_file.exists():
        raise MeterbookError(f"{home.root} holds no warehouse yet. Ingest logs and close {month}.")
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        require_closed(connection, month)
        if not is_rollup_current(connection):
            raise MeterbookError(
                "The rollup was made under another catalog than the one loaded last. "
                f"Run `meterbook close {month}` again, then ask again."
            )
        return months_with_usage(connection, month)


def _refuse_strangers(
    connection: duckdb.DuckDBPyConnection, catalog: Path, chosen: Sequence[str]
) -> None:
    for organization in chosen:
        if organization not in organizations(connection):
            raise MeterbookError(
                f"There is no organization {organization!r} in {catalog}. "
                "Name one of organizations.csv."
            )
