"""The conservation report of a month: where every request and token went.

Here: the object that `meterbook reconcile --json` prints. Keys are only added, never renamed.
Keep out: counting (`tally`) and what a difference means (`conservation`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from billing.audit.conservation import conservation_findings
from billing.audit.raw_counts import REQUESTS
from billing.audit.tally import Counts, Tally, tally_month
from billing.periods import BillingMonth

COLUMNS = ("received", "billed", "not_billed", "duplicates", "quarantined")


def reconcile(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> dict[str, Any]:
    """Return where the month's requests went, in total and by organization.

    `month, balanced, totals {received, billed, not_billed, duplicates, quarantined}` and
    `organizations[]` of the same, with the tokens by meter, the reasons of what is not
    billed, and what does not balance in words.
    """
    tally = tally_month(connection, month.first_day)
    findings = conservation_findings(connection, month, tally)
    organizations = _organizations(tally)
    return {
        "month": str(month),
        "balanced": not findings,
        "totals": {column: sum(int(row[column]) for row in organizations) for column in COLUMNS},
        "organizations": organizations,
        "differences": [
            {"organization_id": finding.organization_id, "message": finding.message}
            for finding in findings
        ],
    }


def _organizations(tally: Tally) -> list[dict[str, Any]]:
    by_organization: dict[str, dict[str, Counts]] = {}
    for (organization_id, meter), counts in sorted(tally.counts.items()):
        by_organization.setdefault(organization_id, {})[meter] = counts
    return [
        _organization(organization_id, meters, tally.reasons.get(organization_id, {}))
        for organization_id, meters in by_organization.items()
    ]


def _organization(
    organization_id: str, meters: Mapping[str, Counts], reasons: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        **_columns(meters.get(REQUESTS, Counts())),
        "not_billed_by_reason": dict(sorted(reasons.items())),
        "meters": {
            meter: _columns(counts)
            for meter, counts in meters.items()
            if meter != REQUESTS and counts != Counts()
        },
    }


def _columns(counts: Counts) -> dict[str, int]:
    return {column: getattr(counts, column) for column in COLUMNS}
