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

from billing.books import Books
from billing.catalog import load_catalog
from billing.errors import MeterbookError
from billing.home import Home
from billing.periods import BillingMonth
from billing.subscriptions import catalog_in_force
from billing.warehouse import attached, read_warehouse, scratch_database
from billing.whatif import (
    Differences,
    differences,
    find_reached,
    keep_usage,
    leave_out_others,
    refuse_other_usage,
    refuse_unanswerable,
)
from billing.whatif.beside import CHARGES, MODEL_SLICES, UNPRICED, WAREHOUSE
from orchestration.closing import organizations, require_closed
from orchestration.covered import CoveredMonths, covered_months
from orchestration.defs.rating.basis import is_as_built, is_rollup_current
from orchestration.forms import known_forms
from orchestration.whatif.books_copy import copied_books, snapshot_of
from orchestration.whatif.building import (
    build,
    build_where_sliced_otherwise,
    take,
    with_charges_of_others,
)
from orchestration.whatif.graph import Model, read_graph
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
    _require_answerable(home, month)
    with TemporaryDirectory() as name, scratch_database(Path(name)) as connection:
        graph = read_graph(month, Path(name))
        connection.execute(f"attach ':memory:' as \"{graph.database}\"")
        connection.execute(f'use "{graph.database}"')
        with (
            TemporaryDirectory() as scratch,
            copied_books(home, Path(scratch)) as books,
            catalog_in_force(catalog, books) as folder,
        ):
            covered = _covered(home, books, month)
            load_catalog(
                connection,
                folder,
                covered.first,
                covered.last,
                rates_from=covered.rates_from,
                forms=known_forms(),
            )
        _refuse_strangers(connection, catalog, chosen)
        with home.exclusive():
            start = perf_counter()
            with attached(connection, home.warehouse_file, WAREHOUSE):
                refuse_unanswerable(connection)
                build(connection, graph.terms, month)
                has_new_terms = keep_usage(connection, graph.kept)
                snapshot_of(connection, home, month, Path(name))
                is_comparable = not has_new_terms and is_as_built(connection, month, WAREHOUSE)
                unchanged = Unchanged(connection, graph.kept, is_comparable=is_comparable)
                _place_usage(connection, graph.usage, unchanged, month)
                refuse_other_usage(connection, month.first_day, chosen)
                leaves_out = find_reached(
                    connection, unchanged.holds, chosen, is_comparable=is_comparable
                )
                if leaves_out:
                    leave_out_others(connection)
                for model in graph.models:
                    is_built = _take_or_build(connection, model, unchanged, month)
                    if leaves_out and is_built and model.relation in (CHARGES, UNPRICED):
                        with_charges_of_others(connection, model.relation, month)
                found = differences(
                    connection,
                    month.first_day,
                    chosen,
                    with_lines=with_lines,
                    leaves_out=leaves_out,
                )
            return Rerated(found, perf_counter() - start)


def _place_usage(
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[Model],
    unchanged: Unchanged,
    month: BillingMonth,
) -> None:
    """Build up to usage in its slices; of a price that changes within the month only its model's."""
    for model in models:
        if model.is_of_usage_keys and unchanged.others(model) == {MODEL_SLICES}:
            build_where_sliced_otherwise(connection, model, month)
        else:
            _take_or_build(connection, model, unchanged, month)
        if model.relation == MODEL_SLICES:
            unchanged.compare(model.relation)


def _take_or_build(
    connection: duckdb.DuckDBPyConnection, model: Model, unchanged: Unchanged, month: BillingMonth
) -> bool:
    """Make a model's table or view; whether it had to be built."""
    if unchanged.others(model) or model.is_view:
        build(connection, model, month)
        return True
    take(connection, model.relation)
    return False


def _require_answerable(home: Home, month: BillingMonth) -> None:
    """Raise MeterbookError where a month may not be asked about."""
    if not home.warehouse_file.exists():
        raise MeterbookError(f"{home.root} holds no warehouse yet. Ingest logs and close {month}.")
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        require_closed(connection, month)
        if not is_rollup_current(connection):
            raise MeterbookError(
                "The rollup was made under another catalog than the one loaded last. "
                f"Run `meterbook close {month}` again, then ask again."
            )


def _covered(home: Home, books: Books, month: BillingMonth) -> CoveredMonths:
    """The months the other catalog has to cover: those that a close would load."""
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        return covered_months(connection, books, home.catalog_in_force, month)


def _refuse_strangers(
    connection: duckdb.DuckDBPyConnection, catalog: Path, chosen: Sequence[str]
) -> None:
    for organization in chosen:
        if organization not in organizations(connection):
            raise MeterbookError(
                f"There is no organization {organization!r} in {catalog}. "
                "Name one of organizations.csv."
            )
