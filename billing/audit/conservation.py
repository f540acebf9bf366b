"""Conservation: nothing received is lost, nothing invoiced was not received.

Here: the month counted again from raw rows to invoice lines, against itself and against
`finance.reconciliation`. Add an equation here. Keep out: counting (`tally`), files
(`file_checks`) and amounts (`recompute`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

from billing.audit.file_checks import duplicate_findings, file_findings
from billing.audit.findings import Finding
from billing.audit.raw_counts import REQUESTS
from billing.audit.tally import Counts, Tally, tally_month
from billing.periods import BillingMonth

RECONCILED = (
    "received",
    "billed",
    "not_billed",
    "duplicates",
    "quarantined",
    "rolled_up",
    "rated",
    "invoiced",
)
_RECONCILIATION = f"""
select organization_id, meter, is_balanced, {", ".join(RECONCILED)}
from finance.reconciliation where billing_month = ? order by organization_id, meter
"""
_COST = """
select organization_id, cast(sum(requests) as bigint), cast(sum(requests_billed) as bigint)
from finance.cost_monthly where billing_month = ? group by organization_id
"""


def conservation_findings(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth, tally: Tally | None = None
) -> list[Finding]:
    """Return every place where a request or token is lost or appears from nowhere.

    `tally` saves counting when the caller has just counted.
    """
    first_day = month.first_day
    tally = tally or tally_month(connection, first_day)
    return sorted(
        {
            *_equations(tally, first_day),
            *_impossible_requests(tally, first_day),
            *_lost_own_counts(tally, first_day),
            *_against_reconciliation(connection, tally, first_day),
            *_against_cost(connection, tally, first_day),
            *file_findings(connection, tally.raw, first_day),
            *duplicate_findings(connection, tally.raw, first_day),
        }
    )


def _equations(tally: Tally, month: date) -> Iterator[Finding]:
    for (organization_id, meter), counts in tally.counts.items():
        steps = (
            ("raw_to_rollup", ("raw accepts", counts.accepted), ("the rollup", counts.rolled_up)),
            ("rollup_to_charges", ("the rollup bills", counts.billed), ("charges", counts.rated)),
            ("charges_to_lines", ("charges", counts.rated), ("invoice lines", counts.invoiced)),
        )
        for check, (before, expected), (after, actual) in steps:
            if expected != actual:
                yield Finding(
                    organization_id,
                    month,
                    check,
                    meter,
                    str(expected),
                    str(actual),
                    f"{organization_id}, {meter}: {before} {expected}, {after} {actual} "
                    f"(difference {actual - expected})",
                )


def _impossible_requests(tally: Tally, month: date) -> Iterator[Finding]:
    for row in tally.requests:
        if row.are_possible:
            continue
        own, limits = row.place, f"{row.taken_back} to {row.used}"
        what = ", ".join(value for value in (own.model_id, own.service_tier, own.region) if value)
        yield Finding(
            own.organization_id,
            month,
            "charged_requests",
            f"{own.service_month:%Y-%m}, {own.project_id}, {own.payer}: {what}",
            limits,
            str(row.charged),
            f"{own.organization_id}: {row.charged} requests of {what} are charged to "
            f"{own.project_id} ({own.payer}) for {own.service_month:%Y-%m}, "
            f"the rollup has {limits}",
        )


def _lost_own_counts(tally: Tally, month: date) -> Iterator[Finding]:
    for organization_id, (logs, rollup) in tally.own_counts.items():
        if logs != rollup:
            yield Finding(
                organization_id,
                month,
                "raw_to_rollup",
                "requests that their rows count",
                str(logs),
                str(rollup),
                f"{organization_id}: raw accepts {logs} requests that their rows count, the rollup "
                f"{rollup} (difference {rollup - logs})",
            )


def _against_reconciliation(
    connection: duckdb.DuckDBPyConnection, tally: Tally, month: date
) -> Iterator[Finding]:
    seen = set()
    row: tuple[Any, ...]
    for row in connection.execute(_RECONCILIATION, [month]).fetchall():
        organization_id, meter, is_balanced, *values = row
        seen.add((organization_id, meter))
        counts = tally.counts.get((organization_id, meter), Counts())
        subject = (organization_id, meter)
        if not is_balanced:
            yield _reconciliation_finding(subject, month, ("is_balanced", "true", "false"))
        for name, value in zip(RECONCILED, values, strict=True):
            if getattr(counts, name) != value:
                difference = (name, str(getattr(counts, name)), str(value))
                yield _reconciliation_finding(subject, month, difference)
    for subject, counts in tally.counts.items():
        if counts != Counts() and subject not in seen:
            difference = ("row", str(counts.received), "missing")
            yield _reconciliation_finding(subject, month, difference)


def _reconciliation_finding(
    subject: tuple[str, str], month: date, difference: tuple[str, str, str]
) -> Finding:
    (organization_id, meter), (name, expected, actual) = subject, difference
    return Finding(
        organization_id,
        month,
        "reconciliation",
        f"{meter}: {name}",
        expected,
        actual,
        f"{organization_id}, {meter}: {name} counted again is {expected}, "
        f"finance.reconciliation has {actual}",
    )


def _against_cost(
    connection: duckdb.DuckDBPyConnection, tally: Tally, month: date
) -> Iterator[Finding]:
    rows = connection.execute(_COST, [month]).fetchall()
    shown = {organization_id: sums for organization_id, *sums in rows}
    for (organization_id, meter), counts in tally.counts.items():
        if meter != REQUESTS:
            continue
        requests, billed = shown.get(organization_id, [0, 0])
        pairs = (
            ("requests", counts.rolled_up, requests),
            ("requests_billed", counts.billed, billed),
        )
        for name, expected, actual in pairs:
            if expected != actual:
                yield Finding(
                    organization_id,
                    month,
                    "cost_monthly_requests",
                    name,
                    str(expected),
                    str(actual),
                    f"{organization_id}: {name} is {expected} in the rollup, "
                    f"{actual} in finance.cost_monthly",
                )
