"""Usage of keys that were not valid any more, or not yet: a finding for whoever guards them.

Here: reading the findings of a month that was built. Keep out: which usage that is (the dbt model
`usage_on_invalid_keys`), and telling anybody.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from billing.periods import BillingMonth


@dataclass(frozen=True)
class Misuse:
    """Requests on one key that would have been billed, had the key or its subscription been valid."""

    organization_id: str
    api_key_id: str
    reason: str
    first_date: date
    last_date: date
    requests: int


def misuses_of(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> list[Misuse]:
    """List the findings of a month by organization and key; dates are UTC days."""
    rows = connection.execute(
        """
        select organization_id, api_key_id, not_billed_reason, first_date, last_date, requests
        from usage.usage_on_invalid_keys
        where billing_month = ? order by organization_id, api_key_id, not_billed_reason
        """,
        [month.first_day],
    ).fetchall()
    return [Misuse(*row) for row in rows]
