"""Raw usage, from files that landed.

Here: the raw tables as assets of one step. Keep out: formats and fates (`billing.ingestion`).
"""

from collections.abc import Iterator
from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetSpec,
    Config,
    Failure,
    MaterializeResult,
    multi_asset,
)
from pydantic import Field

from orchestration.ingest import ingest
from orchestration.resources import Installation

RAW_TABLES = (
    "ingest_file",
    "ingest_file_meter",
    "accepted_event",
    "request_shape",
    "key_owner",
    "usage_event_meter",
    "duplicate_event",
    "quarantined_event",
    "provider_bill",
    "provider_bill_file",
    "quarantine_release",
)
POOL = "warehouse"


class LandingBatch(Config):
    """Files or folders to ingest; none means the home's landing folder."""

    paths: list[str] = Field(default_factory=list)


@multi_asset(
    specs=[
        AssetSpec(["raw", table], group_name="ingestion", kinds={"duckdb"}) for table in RAW_TABLES
    ],
    pool=POOL,
)
def raw_usage(
    context: AssetExecutionContext, config: LandingBatch, installation: Installation
) -> Iterator[MaterializeResult[None]]:
    """Ingest the batch; fails, with every other file taken, when a file had to be refused."""
    paths = [Path(path) for path in config.paths] or [installation.home.landing]
    with installation.warehouse() as connection:
        report = ingest(
            connection,
            paths,
            home=installation.home,
            books=installation.books(),
            clock=installation.clock,
            on_file=lambda file: context.log.info(str(file)),
            on_bill=lambda bill: context.log.info(str(bill)),
        )
    counts = {
        "files": report.files,
        "received": report.received,
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "quarantined": report.quarantined,
        "late": report.late,
        "bills": len(report.bills),
    }
    for table in RAW_TABLES:
        yield MaterializeResult(asset_key=["raw", table], metadata=counts)
    if report.refused:
        raise Failure("\n".join(f"{file}: {message}" for file, message in report.refused))
