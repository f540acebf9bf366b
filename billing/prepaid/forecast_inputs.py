"""What a prepaid balance is forecast from.

Here: each balance with the hours of its consumption, as of the newest usage there is. Keep out:
what follows from it (`forecasts`), and working out balances (`dbt_project`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from billing.prepaid.forecasting import DAY, HISTORY_DAYS, WEEK
from billing.prepaid.standing import Standing, balances_of

_ZONES = "select organization_id, zone from catalog.billing_profiles"
_NEWEST = """
select max(quarter_hour) + interval '15 minutes' from intermediate.int_usage__quarter_hours
"""
_ACCOUNTS = """
with accounts as (
    select unnest($organizations::varchar[]) as organization_id,
        unnest($as_of::timestamp[]) as as_of
),
"""
_LATER_TOP_UPS = f"""
{_ACCOUNTS.rstrip().rstrip(",")}
select organization_id, cast(sum(cast(amount as decimal(38, 12))) as decimal(38, 12))
from catalog.top_ups join accounts using (organization_id)
where occurred_at >= as_of
group by organization_id
"""
# What amendments moved has no key and no instant of its own. Hours are counted back from `as_of`.
_HOURS = f"""
{_ACCOUNTS} deductions as (
    select organization_id, amount,
        (cast(epoch(as_of - quarter_hour) as bigint) // 900 - 1) // 4 as hours_ago
    from finance.fct_prepaid_deductions join accounts using (organization_id)
    where api_key_id <> '' and quarter_hour < as_of
)
select organization_id, cast(least(hours_ago, {HISTORY_DAYS * DAY}) as integer),
    cast(sum(amount) as decimal(38, 12))
from deductions group by all order by all
"""
"""The last group is all that lies before the history that is looked at."""


@dataclass(frozen=True)
class Account:
    """A prepaid balance and what was taken from it before an instant.

    `hours` are amounts per hour, the last one ending at `as_of`; they begin with the hour of the
    first use, at most `HISTORY_DAYS` ago, and there are none without use. `week_amount` is what
    the last seven days took, exact. `balance_amount` counts top-ups after the last built month.
    """

    organization_id: str
    as_of: datetime
    currency: str
    balance_amount: Decimal
    week_amount: Decimal
    hours: tuple[Decimal, ...]


def accounts_of(connection: duckdb.DuckDBPyConnection) -> list[Account]:
    """List every balance of the months that were built, by organization; whoever left is left out.

    Raises MeterbookError when there is no such month.
    """
    standings = balances_of(connection)
    zones = dict(connection.execute(_ZONES).fetchall())
    known = [each for each in standings if each.organization_id in zones]
    newest = connection.execute(_NEWEST).fetchall()[0][0]
    ends = [each.billing_month.bounds(zones[each.organization_id])[1] for each in known]
    seen = [end if newest is None else min(end, newest.replace(tzinfo=UTC)) for end in ends]
    asked = {
        "organizations": [each.organization_id for each in known],
        "as_of": [each.replace(tzinfo=None) for each in seen],
    }
    used: dict[str, dict[int, Decimal]] = {}
    for organization_id, hours_ago, amount in connection.execute(_HOURS, asked).fetchall():
        used.setdefault(organization_id, {})[hours_ago] = amount
    asked["as_of"] = [each.replace(tzinfo=None) for each in ends]
    later = dict(connection.execute(_LATER_TOP_UPS, asked).fetchall())
    return [
        _account(
            each,
            at,
            each.balance + later.get(each.organization_id, Decimal(0)),
            used.get(each.organization_id, {}),
        )
        for each, at in zip(known, seen, strict=True)
    ]


def _account(
    standing: Standing, as_of: datetime, balance: Decimal, used: Mapping[int, Decimal]
) -> Account:
    first = min(max(used, default=-1), HISTORY_DAYS * DAY - 1)
    return Account(
        standing.organization_id,
        as_of,
        standing.currency,
        balance,
        sum((amount for ago, amount in used.items() if ago < WEEK), Decimal(0)),
        tuple(used.get(ago, Decimal(0)) for ago in range(first, -1, -1)),
    )
