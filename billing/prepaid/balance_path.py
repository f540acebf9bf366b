"""How balances got to where they are.

Here: what was ever put on a balance, how high it was since an instant, and what it takes to last
some days more. Keep out: rules and alerts (`alerting`).
"""

import math
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property

import duckdb

from billing.money import EXACT_DIGITS, round_half_up
from billing.prepaid.acts import ACTS
from billing.prepaid.forecast_inputs import Account, accounts_of
from billing.prepaid.forecasting import DAY
from billing.prepaid.forecasts import Forecast, burn_of
from billing.prepaid.lots_left import ENDED, naive

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_PUT_ON = f"""
select organization_id, cast(sum(amount) as decimal(28, 3))
from ({ACTS}) as acts where amount > 0 and occurred_at <= $now group by organization_id
"""
_USED_UNTIL = """
select organization_id, max(quarter_hour) + interval '15 minutes'
from finance.fct_prepaid_deductions group by organization_id
"""
# From the balance as it is backward. Within a quarter hour what comes in counts before all else.
_HIGHEST = f"""
with changes as (
    select time_bucket(interval '15 minutes', occurred_at) as quarter_hour,
        cast(greatest(amount, 0) as decimal(38, 12)) as put_on,
        cast(greatest(-amount, 0) as decimal(38, 12)) as used
    from ({ACTS}) as acts
    where organization_id = $organization and occurred_at >= $since and occurred_at <= $now
    union all
    select time_bucket(interval '15 minutes', expires_at), cast(0 as decimal(38, 12)), amount
    from ({ENDED}) as ended
    where organization_id = $organization and expires_at >= $since and expires_at <= $as_of
    union all
    select quarter_hour, cast(0 as decimal(38, 12)), amount
    from finance.fct_prepaid_deductions
    where organization_id = $organization and quarter_hour >= $since
),

steps as (
    select quarter_hour, cast(sum(put_on) as decimal(38, 12)) as put_on,
        cast(sum(used) as decimal(38, 12)) as used
    from changes group by quarter_hour
),

after as (
    select used, cast(coalesce(sum(used - put_on) over (
        order by quarter_hour rows between 1 following and unbounded following
    ), 0) as decimal(38, 12)) as fell_later
    from steps
)

select cast(max(used + fell_later) as decimal(38, 12)) from after
"""


class BalancePath:
    """The balances that were forecast, and their past."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, forecasts: list[Forecast], now: datetime
    ) -> None:
        self._connection, self._now = connection, now
        self._balances = {each.organization_id: each.balance_amount for each in forecasts}
        self._as_of = {each.organization_id: each.as_of for each in forecasts}

    @cached_property
    def _put_on(self) -> dict[str, Decimal]:
        return dict(self._connection.execute(_PUT_ON, {"now": naive(self._now)}).fetchall())

    @cached_property
    def _used_until(self) -> dict[str, datetime]:
        return dict(self._connection.execute(_USED_UNTIL).fetchall())

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {each.organization_id: each for each in accounts_of(self._connection, self._now)}

    def put_on(self, organization_id: str) -> Decimal:
        """What was ever put on a balance, as far as is known."""
        return self._put_on.get(organization_id, Decimal(0))

    def used_until(self, organization_id: str) -> datetime:
        """The end of the last quarter hour in which it was used; long ago where it never was."""
        return self._used_until.get(organization_id, LONG_AGO).replace(tzinfo=UTC)

    def highest_since(self, organization_id: str, since: datetime) -> Decimal:
        """The highest it was at or after an instant, by what is known today."""
        balance = self._balances[organization_id]
        asked = {
            "organization": organization_id,
            "since": naive(since),
            "as_of": naive(self._as_of[organization_id]),
            "now": naive(self._now),
        }
        rose = self._connection.execute(_HIGHEST, asked).fetchall()[0][0]
        return balance if rose is None else max(balance, balance + rose)

    def needed_for(self, organization_id: str, days: Decimal) -> Decimal:
        """What must be on it to last some days in nine of ten cases; 0 where nobody can tell."""
        burn = burn_of(self._accounts[organization_id])
        hours = math.ceil(days * DAY)
        if burn is None:
            return Decimal(0)
        return round_half_up(Decimal(burn.pessimistic(hours)), EXACT_DIGITS)
