"""How much is used of what subscriptions and keys may use, and what was warned of.

Here: reading the last month that was built of each organization. Keep out: counting and forecasts
(`dbt_project`), and telling anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from billing.errors import MeterbookError
from billing.periods import BillingMonth

_LAST = "billing_month = max(billing_month) over (partition by organization_id)"
_STATUS = f"""
with months as (from usage.fct_cap_status qualify {_LAST})
select organization_id, billing_month, subject_kind, subject_id, model_id, limit_kind, counted,
    period_starts_at, period_ends_at, as_of_at, limit_quantity, used_quantity, used_percent,
    is_reached, forecast_at, highest_minute_quantity, highest_minute_at, throttled_requests,
    throttle_causes
from months
qualify row_number() over (
    partition by subject_kind, subject_id, model_id, limit_kind
    order by period_starts_at desc, limit_from_at desc
) = 1
order by organization_id, subject_kind, subject_id, model_id, limit_kind
"""
_LAST_MONTHS = f"""
with months as (
    select distinct organization_id, billing_month from usage.fct_cap_status qualify {_LAST}
)
"""
_ONE_MONTH = """
with months as (
    select distinct organization_id, billing_month from usage.fct_cap_status
    where billing_month = ?
)
"""
_ALERTS = """
select organization_id, billing_month, subject_kind, subject_id, model_id, limit_kind, alert_kind,
    threshold_percent, raised_at, forecast_at, period_starts_at, period_ends_at, limit_from_at,
    limit_quantity, used_quantity
from usage.cap_alerts inner join months using (organization_id, billing_month)
order by organization_id, raised_at, subject_kind, subject_id, model_id, limit_kind,
    period_starts_at, alert_kind, threshold_percent
"""
_SPEND = """
select organization_id, billing_month, api_key_id, key_limit_id, currency, limit_amount,
    spent_amount, spent_percent, is_reached, as_of_at, forecast_at
from finance.key_spend_status {which} order by organization_id, api_key_id
"""


@dataclass(frozen=True)
class CapStatus:
    """How the newest period of one limit stood when the month was told."""

    organization_id: str
    billing_month: BillingMonth
    subject_kind: str
    subject_id: str
    model_id: str
    limit_kind: str
    counted: str
    period_starts_at: datetime
    period_ends_at: datetime
    as_of_at: datetime
    limit_quantity: int
    used_quantity: int
    used_percent: int
    is_reached: bool
    forecast_at: datetime | None
    highest_minute_quantity: int
    highest_minute_at: datetime | None
    throttled_requests: int
    throttle_causes: str


@dataclass(frozen=True)
class CapAlert:
    """A threshold that use crossed (`crossed`), or a limit seen to be reached (`forecast`)."""

    organization_id: str
    billing_month: BillingMonth
    subject_kind: str
    subject_id: str
    model_id: str
    limit_kind: str
    alert_kind: str
    threshold_percent: int
    raised_at: datetime
    forecast_at: datetime | None
    period_starts_at: datetime
    period_ends_at: datetime
    limit_from_at: datetime
    limit_quantity: int
    used_quantity: int


@dataclass(frozen=True)
class KeySpend:
    """What a key cost in a month beside what it may cost, exact, and when it will have."""

    organization_id: str
    billing_month: BillingMonth
    api_key_id: str
    key_limit_id: str
    currency: str
    limit_amount: Decimal
    spent_amount: Decimal
    spent_percent: int
    is_reached: bool
    as_of_at: datetime
    forecast_at: datetime | None


def caps_of(connection: duckdb.DuckDBPyConnection) -> list[CapStatus]:
    """List every limit's newest period. Raises MeterbookError when no month was built."""
    return [CapStatus(*row) for row in _rows(connection, _STATUS)]


def alerts_of(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth | None = None
) -> list[CapAlert]:
    """List the alerts of a month; without one those of each organization's last month."""
    months = _LAST_MONTHS if month is None else _ONE_MONTH
    given = [] if month is None else [month.first_day]
    return [CapAlert(*row) for row in _rows(connection, months + _ALERTS, given)]


def spending_of(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth | None = None
) -> list[KeySpend]:
    """List keys with a limit of money in a month; without one in each organization's last month."""
    which = f"qualify {_LAST}" if month is None else "where billing_month = ?"
    given = [] if month is None else [month.first_day]
    return [KeySpend(*row) for row in _rows(connection, _SPEND.format(which=which), given)]


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, given: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Rows whose second column is a month."""
    try:
        rows = connection.execute(sql, list(given)).fetchall()
    except duckdb.CatalogException as error:
        raise MeterbookError("No month was closed yet: run `meterbook close` first.") from error
    return [(first, BillingMonth.of(month), *rest) for first, month, *rest in rows]
