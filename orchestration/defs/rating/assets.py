"""The dbt models as assets: the rollup of new files, then everything of one month.

Here: one dbt build for each month. The rollup, and only it, is built anew when the part of the
catalog that decides an event's fate changed. Keep out: SQL.
"""

from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DbtCliResource, dbt_assets

from billing.periods import BillingMonth
from orchestration.dbt import StageTranslator, month_arguments, month_for_dbt
from orchestration.defs.ingestion.assets import POOL
from orchestration.defs.rating.basis import is_rollup_current, remember_basis, remember_month
from orchestration.manifest import manifest_path
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation

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
        is_current = is_rollup_current(connection)
    arguments = month_arguments(rebuild_rollup=not is_current)
    target = installation.home.dagster / "dbt"
    with month_for_dbt(installation.home.warehouse_file, month, installation.clock):
        yield from dbt.cli(arguments, context=context, target_path=target).stream()
    with installation.warehouse() as connection:
        remember_basis(connection)
        remember_month(connection, month)
