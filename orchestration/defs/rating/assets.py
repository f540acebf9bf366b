"""The dbt models as assets: the rollup, then everything of one month.

Here: two cuts of the project by selector. The rollup is built anew when the part of the catalog
that decides an event's fate changed. Keep out: SQL.
"""

from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DbtCliResource, dbt_assets

from billing.periods import BillingMonth
from orchestration.dbt import (
    ROLLUP,
    StageTranslator,
    manifest_path,
    month_arguments,
    warehouse_for_dbt,
)
from orchestration.defs.ingestion.assets import POOL
from orchestration.defs.rating.basis import is_rollup_current, remember_basis
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.resources import Installation

MANIFEST = manifest_path()


@dbt_assets(
    manifest=MANIFEST,
    select=ROLLUP,
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    dagster_dbt_translator=StageTranslator(),
    pool=POOL,
)
def rollup_models(
    context: AssetExecutionContext, dbt: DbtCliResource, installation: Installation
) -> Iterator[Any]:
    """New files rolled up; everything anew when keys, subscriptions or rules changed."""
    month = BillingMonth.parse(context.partition_key)
    with installation.warehouse() as connection:
        is_current = is_rollup_current(connection)
    arguments = month_arguments(month, full_refresh=not is_current)
    with warehouse_for_dbt(installation.home.warehouse_file):
        yield from dbt.cli(arguments, context=context).stream()
    with installation.warehouse() as connection:
        remember_basis(connection)


@dbt_assets(
    manifest=MANIFEST,
    exclude=ROLLUP,
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
    dagster_dbt_translator=StageTranslator(),
    pool=POOL,
)
def month_models(
    context: AssetExecutionContext, dbt: DbtCliResource, installation: Installation
) -> Iterator[Any]:
    """Charges, discounts, lines and marts of one billing month."""
    month = BillingMonth.parse(context.partition_key)
    with warehouse_for_dbt(installation.home.warehouse_file):
        yield from dbt.cli(month_arguments(month, full_refresh=False), context=context).stream()
