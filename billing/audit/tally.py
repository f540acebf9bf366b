"""The month's books of requests and meters, from raw rows to invoice lines.

Here: one row of counts per organization and meter, counted again from the tables themselves.
Add a column here when usage can end in another place. Keep out: SQL and judging.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import duckdb

from billing.audit.raw_counts import REQUESTS, RawCounts, count_raw
from billing.audit.request_counts import (
    ChargedRequests,
    count_charged_requests,
    count_own_counts,
)
from billing.audit.rollup_counts import count_invoiced, count_rated, count_rollup
from billing.audit.usage import REQUEST
from billing.audit.windows import Window, warehouse_zones, windows_of


@dataclass
class Counts:
    """One organization's counts of one meter (`requests` counts rows) in a billing month."""

    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    rolled_up: int = 0
    billed: int = 0
    not_billed: int = 0
    rated: int = 0
    invoiced: int = 0

    @property
    def received(self) -> int:
        """Add up all raw rows or units, whatever became of them."""
        return self.accepted + self.duplicates + self.quarantined


@dataclass
class Tally:
    """All counts of a month; `reasons` holds what is not billed, by organization.

    `requests` are those that are charged as such; `own_counts` the rows that count their own, by
    organization, in the logs and in the rollup.
    """

    counts: dict[tuple[str, str], Counts] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    raw: RawCounts = field(default_factory=dict)
    requests: list[ChargedRequests] = field(default_factory=list)
    own_counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def of(self, organization_id: str, meter: str) -> Counts:
        """Return the counts to add to, zeros at first."""
        return self.counts.setdefault((organization_id, meter), Counts())


def tally_month(connection: duckdb.DuckDBPyConnection, month: date) -> Tally:
    """Count a billing month in raw tables, rollup, charges and invoice lines."""
    windows = windows_of(connection, warehouse_zones(connection), month)
    tally = Tally(raw=count_raw(connection, windows, month))
    for place, quantities in tally.raw.items():
        for meter, quantity in quantities.items():
            counts = tally.of(place.organization_id, meter)
            if place.fate == "accepted":
                counts.accepted += quantity
            elif place.fate == "duplicate":
                counts.duplicates += quantity
            else:
                counts.quarantined += quantity
    _add_rollup(connection, tally, windows, month)
    return tally


def _add_rollup(
    connection: duckdb.DuckDBPyConnection, tally: Tally, windows: list[Window], month: date
) -> None:
    for fate, quantities in count_rollup(connection, windows).items():
        for meter, quantity in quantities.items():
            counts = tally.of(fate.organization_id, meter)
            counts.rolled_up += quantity
            if fate.not_billed_reason:
                counts.not_billed += quantity
            else:
                counts.billed += quantity
        if fate.not_billed_reason:
            reasons = tally.reasons.setdefault(fate.organization_id, Counter())
            reasons[fate.not_billed_reason] += quantities[REQUESTS]
    for (organization_id, meter), quantity in count_rated(connection, month).items():
        tally.of(organization_id, meter).rated = quantity
    for (organization_id, meter), quantity in count_invoiced(connection, month).items():
        tally.of(organization_id, meter).invoiced = quantity
    for (_, meter), counts in tally.counts.items():
        if meter == REQUESTS:
            counts.rated = counts.invoiced = counts.billed
    tally.requests = count_charged_requests(connection, windows, month)
    if tally.requests:
        tally.own_counts = count_own_counts(connection, windows)
    _add_charged_requests(tally)


def _add_charged_requests(tally: Tally) -> None:
    """Let charged requests be requests: beyond the meter of that name that logs give.

    They were received, rolled up and billed as requests. Which of them are charged is
    recomputed with the charges.
    """
    for row in tally.requests:
        if row.are_possible:
            counts = tally.of(row.place.organization_id, REQUEST)
            counts.accepted += row.charged
            counts.rolled_up += row.charged
            counts.billed += row.charged
