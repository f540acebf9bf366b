"""What the books decided in earlier months, as the warehouse was told.

Here: opening balances, credits used and nets billed, read once per month. Add a reader when a
month starts from another decision. Keep out: windows of files (`windows`).
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import duckdb


@dataclass(frozen=True, slots=True)
class Used:
    """What earlier months used of one grant, and what was granted."""

    granted: Decimal
    used: Decimal


@dataclass(frozen=True)
class Snapshot:
    """Balances by organization, uses by (credit, grant month), nets by organization and month."""

    openings: dict[str, Decimal] = field(default_factory=dict)
    credits: dict[tuple[str, date], Used] = field(default_factory=dict)
    nets: dict[str, dict[date, Decimal]] = field(default_factory=dict)


def read_snapshot(connection: duckdb.DuckDBPyConnection, month: date) -> Snapshot:
    """Read what `month` starts from."""
    openings = """
        select organization_id, opening_amount from books.opening_balance where billing_month = ?
    """
    credits_used = """
        select credit_id, grant_month, granted_amount, used_amount
        from books.credit_used where billing_month = ?
    """
    billed = """
        select organization_id, billed_month, net_amount
        from books.billed_net where billing_month = ?
    """
    nets: dict[str, dict[date, Decimal]] = {}
    for organization_id, billed_month, net in connection.execute(billed, [month]).fetchall():
        nets.setdefault(organization_id, {})[billed_month] = net
    return Snapshot(
        dict(connection.execute(openings, [month]).fetchall()),
        {
            (credit_id, grant_month): Used(granted, used)
            for credit_id, grant_month, granted, used in connection.execute(
                credits_used, [month]
            ).fetchall()
        },
        nets,
    )
