"""Documents as files.

Here: every form of every document of a month, drafts included. Keep out: how a form looks
(`invoice_render`).
"""

from dagster import AssetExecutionContext, MaterializeResult, asset

from billing.periods import BillingMonth
from orchestration.defs.invoicing.assets import FINALIZED
from orchestration.partitions import MONTHS, ONE_MONTH_PER_RUN
from orchestration.rendering import render_filed
from orchestration.resources import Installation

AT_ONCE = 500
"""How many documents go by before the run says so."""


@asset(
    key=["documents", "rendered"],
    deps=[FINALIZED],
    group_name="rendering",
    kinds={"html", "pdf"},
    partitions_def=MONTHS,
    backfill_policy=ONE_MONTH_PER_RUN,
)
def rendered_documents(
    context: AssetExecutionContext, installation: Installation
) -> MaterializeResult[None]:
    """HTML, PDF, CSV, reports and chosen forms, written whole; unchanged folders stay untouched."""
    month = BillingMonth.parse(context.partition_key)
    with installation.books() as books:
        rendered = render_filed(
            books, installation.home.documents, month, lambda done: _tell(context, done)
        )
    return MaterializeResult(
        metadata={"documents": len(rendered), "changed": sum(rendered.values())}
    )


def _tell(context: AssetExecutionContext, done: int) -> None:
    if done % AT_ONCE == 0:
        context.log.info("%d documents done.", done)
