"""What must hold before a document may leave the house.

Here: one check for each kind of finding. A finding of one organization is a warning, because
that organization alone is held back; one that belongs to nobody fails the run. Keep out:
looking for findings (`billing.audit`).
"""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    MetadataValue,
    TableRecord,
    asset_check,
)

from billing.audit.findings import UNKNOWN_ORGANIZATION, Finding
from billing.periods import BillingMonth
from orchestration.closing import FAMILIES, TWO_ENGINES, findings_of
from orchestration.defs.ingestion.assets import POOL
from orchestration.defs.invoicing.assets import DRAFT, FINDING
from orchestration.resources import Installation

SHOWN = 100


def result_of(findings: list[Finding]) -> AssetCheckResult:
    """Passed without findings; blocking everything only for what belongs to nobody."""
    concerns_all = any(f.organization_id == UNKNOWN_ORGANIZATION for f in findings)
    records = [
        TableRecord(
            {
                "organization": finding.organization_id,
                "subject": finding.subject,
                "expected": finding.expected,
                "actual": finding.actual,
                "message": finding.message,
            }
        )
        for finding in findings[:SHOWN]
    ]
    metadata = {"findings": MetadataValue.int(len(findings))}
    table = {"first": MetadataValue.table(records)} if records else {}
    return AssetCheckResult(
        passed=not findings,
        severity=AssetCheckSeverity.ERROR if concerns_all else AssetCheckSeverity.WARN,
        metadata={**metadata, **table},
    )


def _check(family: str, asset: list[str]) -> AssetChecksDefinition:
    @asset_check(asset=asset, name=family, blocking=True, pool=POOL)
    def check(context: AssetCheckExecutionContext, installation: Installation) -> AssetCheckResult:
        month = BillingMonth.parse(context.run.tags["dagster/partition"])
        with installation.warehouse() as connection:
            return result_of(findings_of(connection, month, family))

    return check


RENDERING = "documents_can_be_rendered"
checks = [
    *(_check(family, FINDING) for family in (*FAMILIES, TWO_ENGINES) if family != RENDERING),
    _check(RENDERING, DRAFT),
]
