"""Rating amended months again, beside the warehouse, before the month that carries the changes.

Here: the order of it: the rollup of new files, a scratch database for each billing month, and what
it rates written for dbt to compare. Keep out: which amendments are due and what was filed
(`billing.invoicing.amending`), and the comparison.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_dbt import DbtCliResource

from billing.catalog import load_catalog
from billing.home import Home
from billing.invoicing.amending import due_amendments, rated_months, write_amendments
from billing.periods import BillingMonth
from billing.warehouse import attached, scratch_database
from billing.whatif import keep_usage
from billing.whatif.beside import WAREHOUSE
from orchestration.covered import CoveredMonths, covered_months
from orchestration.dbt import rollup_arguments
from orchestration.defs.rating.basis import begin_rollup, remember_basis
from orchestration.forms import known_forms
from orchestration.resources import Installation
from orchestration.told import told_of_month
from orchestration.whatif.books_copy import snapshot_of
from orchestration.whatif.building import build
from orchestration.whatif.graph import read_graph

_RERATED = """
select
    lines.organization_id, lines.payment_mode, lines.service_month, lines.model_id, lines.meter,
    lines.service_tier, lines.tax_category, lines.tax_rate,
    cast(sum(
        case
            when lines.corrects_month < lines.billing_month then -lines.exact_net_amount
            else lines.exact_net_amount
        end
    ) as decimal(38, 12)) as net_amount
from finance.fct_invoice_lines as lines
where lines.billing_month = ? and lines.line_kind = 'usage'
group by all order by all
"""
Row = tuple[object, ...]


def amend(installation: Installation, dbt: DbtCliResource, month: BillingMonth) -> int:
    """Rate what the amendments due in `month` reach back to; returns how many are due."""
    with installation.warehouse() as connection, installation.books() as books:
        due = due_amendments(connection, books, month)
    if not due:
        return 0
    _roll_up(installation, dbt, month)
    with installation.warehouse() as connection, installation.books() as books:
        rated = rated_months(connection, due, month)
        covered = covered_months(connection, books, installation.home.catalog_in_force, month)
    rows = [
        row
        for rated_month, amended in sorted(rated.items())
        for row in _rerate(installation.home, rated_month, month, amended, covered)
    ]
    with installation.warehouse() as connection, installation.books() as books:
        write_amendments(connection, books, month, due, rows)
    return len(due)


def _roll_up(installation: Installation, dbt: DbtCliResource, month: BillingMonth) -> None:
    with installation.warehouse() as connection:
        basis, is_to_be_rebuilt = begin_rollup(connection)
    arguments = rollup_arguments(rebuild_rollup=is_to_be_rebuilt)
    target = installation.home.dagster / "dbt"
    with told_of_month(installation.home.warehouse_file, month, installation.clock, basis):
        dbt.cli(arguments, target_path=target).wait()
    with installation.warehouse() as connection:
        remember_basis(connection)


def _rerate(
    home: Home,
    rated_month: BillingMonth,
    month: BillingMonth,
    amended: set[tuple[str, BillingMonth]],
    covered: CoveredMonths,
) -> Iterator[Row]:
    """Yield the lines of amended months that a billing month has under today's catalog."""
    with TemporaryDirectory() as name, scratch_database(Path(name)) as connection:
        graph = read_graph(rated_month, Path(name))
        connection.execute(f"attach ':memory:' as \"{graph.database}\"")
        connection.execute(f'use "{graph.database}"')
        load_catalog(
            connection,
            home.catalog_in_force,
            covered.first,
            covered.last,
            rates_from=covered.rates_from,
            forms=known_forms(),
        )
        with attached(connection, home.warehouse_file, WAREHOUSE):
            build(connection, graph.terms, rated_month)
            keep_usage(connection, graph.kept)
            snapshot_of(connection, home, rated_month, Path(name))
            for model in (*graph.usage, *graph.models):
                build(connection, model, rated_month)
            found = connection.execute(_RERATED, [rated_month.first_day]).fetchall()
    for organization_id, payment_mode, service_month, *rest in found:
        if (organization_id, BillingMonth.of(service_month)) in amended:
            place = (rated_month.first_day, month.first_day, organization_id, payment_mode)
            yield (*place, service_month, *rest)
