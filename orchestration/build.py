"""One way to build the definitions, for production, the command line and tests.

Here: assets, checks, jobs, schedules and sensors put together with resources. Keep out: what
they do.
"""

from dagster import (
    Definitions,
    in_process_executor,
    load_asset_checks_from_modules,
    load_assets_from_modules,
)

from billing.clock import Clock
from billing.home import Home
from orchestration import jobs, refresh_job, remind_job, schedules
from orchestration.dbt import dbt_resource
from orchestration.defs.catalog import assets as catalog_assets
from orchestration.defs.ingestion import assets as ingestion_assets
from orchestration.defs.ingestion import checks as ingestion_checks
from orchestration.defs.ingestion import sensors
from orchestration.defs.invoicing import assets as invoicing_assets
from orchestration.defs.invoicing import checks as invoicing_checks
from orchestration.defs.prepaid import assets as prepaid_assets
from orchestration.defs.rating import assets as rating_assets
from orchestration.defs.rating import checks as rating_checks
from orchestration.defs.rendering import assets as rendering_assets
from orchestration.defs.subscriptions import assets as subscriptions_assets
from orchestration.defs.subscriptions import checks as subscriptions_checks
from orchestration.resources import CloseOptions, Installation, Premises

ASSET_MODULES = (
    ingestion_assets,
    catalog_assets,
    rating_assets,
    prepaid_assets,
    subscriptions_assets,
    invoicing_assets,
    rendering_assets,
)


def build_definitions(home: Home, clock: Clock) -> Definitions:
    """The whole graph over one home and one clock."""
    root = str(home.root.absolute())
    fixed = clock.fixed.isoformat() if clock.fixed else ""
    return Definitions(
        assets=load_assets_from_modules(ASSET_MODULES),
        asset_checks=load_asset_checks_from_modules(
            [ingestion_checks, rating_checks, subscriptions_checks, invoicing_checks]
        ),
        jobs=[jobs.ingest_landing, jobs.close_month, refresh_job.refresh, remind_job.remind],
        schedules=[
            schedules.hourly_close,
            refresh_job.refresh_often,
            remind_job.remind_daily,
        ],
        sensors=[sensors.landing_files],
        executor=in_process_executor,
        resources={
            "installation": Installation(root=root, fixed_now=fixed),
            "premises": Premises(root=root, fixed_now=fixed),
            "dbt": dbt_resource(),
            "options": CloseOptions.configure_at_launch(),
        },
    )
