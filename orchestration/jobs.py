"""The two jobs: ingest what landed; close one month.

Here: selections and the executor. Warehouse work runs in one process, because one writer shuts
every other out. Keep out: when they run (`schedules`, sensors).
"""

from dagster import AssetSelection, define_asset_job, in_process_executor

ingest_landing = define_asset_job(
    "ingest_landing",
    selection=AssetSelection.groups("ingestion") & AssetSelection.key_prefixes("raw"),
    executor_def=in_process_executor,
    description="Take complete files of the landing folder into the warehouse.",
)

close_month = define_asset_job(
    "close_month",
    selection=AssetSelection.all() - AssetSelection.key_prefixes("raw"),
    executor_def=in_process_executor,
    description="Rate one month, audit it, draft its documents and, if asked, finalize them.",
)
