"""How prepaid balances stand.

Here: reading the last month that was built of each, and what usage took. Keep out: working it
out (`dbt_project`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from billing.errors import MeterbookError
from billing.periods import BillingMonth

_LAST_MONTHS = """
with months as (
    select organization_id, billing_month, currency,
        sum(top_up_amount) as top_ups, sum(consumed_amount) as consumed,
        sum(transfer_in_amount - expired_amount - refunded_amount - transfer_out_amount
            + write_off_amount) as other,
        arg_max(closing_amount, balance_date) as balance, min(lowest_amount) as lowest
    from finance.prepaid_balance_daily
    group by organization_id, billing_month, currency
    qualify billing_month = max(billing_month) over (partition by organization_id)
),
exhausted as (
    select organization_id, billing_month, max(exhausted_at) as exhausted_at,
        max_by(used_up_at, exhausted_at) as used_up_at
    from finance.prepaid_exhaustions where recovered_at is null
    group by organization_id, billing_month
)
select months.*, exhausted.exhausted_at, exhausted.used_up_at
from months left join exhausted using (organization_id, billing_month)
order by organization_id
"""


_DEDUCTED = """
select billing_month, quarter_hour, sum(amount) from finance.fct_prepaid_deductions
where organization_id = ? and billing_month > ? group by billing_month, quarter_hour
"""


@dataclass(frozen=True)
class Standing:
    """A balance after a month, exact, and since when nothing has been left of it.

    `other` is what refunds, transfers, write-offs and ends of lots came to, signed. `exhausted_at`
    is the quarter hour, `used_up_at` when the request in it completed; None where none did it.
    """

    organization_id: str
    billing_month: BillingMonth
    currency: str
    top_ups: Decimal
    consumed: Decimal
    other: Decimal
    balance: Decimal
    lowest: Decimal
    exhausted_at: datetime | None
    used_up_at: datetime | None


def balances_of(connection: duckdb.DuckDBPyConnection) -> list[Standing]:
    """List every organization's balance after the last month that was built of it.

    Raises MeterbookError when no month was built by this version.
    """
    try:
        rows = connection.execute(_LAST_MONTHS).fetchall()
    except duckdb.CatalogException as error:
        raise MeterbookError("No month was closed yet: run `meterbook close` first.") from error
    except duckdb.BinderException as error:
        raise MeterbookError(
            "The warehouse was built by an earlier version. Move it away, ingest the logs again "
            "and close the month."
        ) from error
    return [
        Standing(
            organization_id,
            BillingMonth.of(month),
            *amounts,
            *(at and at.replace(tzinfo=UTC) for at in (exhausted_at, used_up_at)),
        )
        for organization_id, month, *amounts, exhausted_at, used_up_at in rows
    ]


def deducted_after(
    connection: duckdb.DuckDBPyConnection, organization_id: str, month: BillingMonth | None
) -> list[tuple[date, datetime, Decimal]]:
    """List what usage took by month and quarter hour, in months after one that were built."""
    after = BillingMonth(1970, 1) if month is None else month
    try:
        rows = connection.execute(_DEDUCTED, [organization_id, after.first_day]).fetchall()
    except duckdb.CatalogException:
        return []
    return [(each, at.replace(tzinfo=UTC), amount) for each, at, amount in rows]
