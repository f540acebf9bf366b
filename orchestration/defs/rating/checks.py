"""Whether the bills of providers agree with our own count.

Here: what differs beyond tolerance as a warning on Dagster's page. It never stops a close: what
customers owe rests on our own count. Keep out: comparing (`provider_tie_out`).
"""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
    asset_check,
)

from billing.audit.tie_out import TieOut, days_apart
from billing.periods import BillingMonth
from orchestration.defs.ingestion.assets import POOL
from orchestration.resources import Installation

TIE_OUT = ["finance", "provider_tie_out"]
SHOWN = 100


def result_of(differences: list[TieOut]) -> AssetCheckResult:
    """Passed when there are none; otherwise a warning with provider, model, day and figures."""
    records = [TableRecord(_record(each)) for each in differences[:SHOWN]]
    table = {"differences": MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        passed=not differences,
        severity=AssetCheckSeverity.WARN,
        metadata={"days_apart": MetadataValue.int(len(differences)), **table},
    )


def _record(each: TieOut) -> dict[str, str]:
    figures = {
        "input": each.input_tokens,
        "bill_input": each.bill_input_tokens,
        "output": each.output_tokens,
        "bill_output": each.bill_output_tokens,
        "list_usd": each.list_amount,
        "bill_usd": each.bill_amount,
    }
    return {
        "provider": each.provider,
        "model": each.model_id,
        "day": str(each.usage_date),
        **{name: "" if value is None else str(value) for name, value in figures.items()},
        "reasons": ", ".join(each.reasons),
    }


@asset_check(asset=TIE_OUT, blocking=False, pool=POOL)
def providers_agree(
    context: AssetCheckExecutionContext, installation: Installation
) -> AssetCheckResult:
    """Each provider's bill lies within tolerance of our own count, on every day of the month."""
    month = BillingMonth.parse(context.run.tags["dagster/partition"])
    with installation.warehouse() as connection:
        return result_of(days_apart(connection, month))
