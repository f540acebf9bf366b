"""The dbt models as assets: the rollup of new files, then everything of one month.

Here: one dbt build for each month. The rollup, and only it, is built anew when names of models or
context bands mean something else; usage of keys whose terms changed moves. Keep out: SQL.
"""

from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DbtCliResource, dbt_assets

from billing.periods import BillingMonth
from orchestration.dbt import StageTranslator, month_arguments
from orchestration.defs.ingestion.assets import POOL
from orchestration.defs.rating.basis import begin_rollup, remember_basis, remember_month
from orchestration.manifest import manifest_path
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation
from orchestration.told import told_of_month

MANIFEST = manifest_path()


@dbt_assets(
    manifest=MANIFEST,
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    dagster_dbt_translator=StageTranslator(),
    pool=POOL,
)
def models(
    context: AssetExecutionContext, dbt: DbtCliResource, installation: Installation
) -> Iterator[Any]:
    """Charges, discounts, lines and marts of one billing month, from an up-to-date rollup."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection:
        basis, is_to_be_rebuilt = begin_rollup(connection)
    arguments = month_arguments(rebuild_rollup=is_to_be_rebuilt)
    target = installation.home.dagster / "dbt"
    with told_of_month(installation.home.warehouse_file, month, installation.clock, basis):
        yield from dbt.cli(arguments, context=context, target_path=target).stream()
    with installation.warehouse() as connection:
        remember_basis(connection)
        remember_month(connection, month)
