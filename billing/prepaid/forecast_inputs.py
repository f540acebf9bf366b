"""What a prepaid balance is forecast from.

Here: each balance with the hours of its consumption, as of the newest usage there is. Keep out:
what follows from it (`forecasts`), and working out balances (`dbt_project`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import duckdb

from billing.prepaid.acts import ACTS
from billing.prepaid.forecast_hours import hours_of
from billing.prepaid.forecasting import LotLeft, lots_of
from billing.prepaid.lots_left import Lot, ends_later, lots_left, naive
from billing.prepaid.standing import balances_of

_ZONES = "select organization_id, zone from catalog.billing_profiles"
_NEWEST = """
select max(quarter_hour) + interval '15 minutes' from intermediate.int_usage__quarter_hours
"""
_ACCOUNTS = """
with accounts as (
    select unnest($organizations::varchar[]) as organization_id,
        unnest($instants::timestamp[]) as instant
)
"""
# What people did after the built month, less what they planned within it.
_LATER = f"""
{_ACCOUNTS}
select organization_id,
    cast(sum(case when occurred_at < instant then -amount else amount end) as decimal(38, 12))
from ({ACTS}) as acts join accounts using (organization_id)
where (occurred_at >= instant) = (occurred_at <= $now)
group by organization_id
"""
_LAST_WEEK = f"""
{_ACCOUNTS}
select organization_id, cast(sum(amount) as decimal(38, 12))
from finance.fct_prepaid_deductions join accounts using (organization_id)
where api_key_id <> '' and quarter_hour < instant and quarter_hour >= instant - interval '7 days'
group by organization_id
"""


@dataclass(frozen=True)
class Account:
    """A prepaid balance and what was taken from it before an instant.

    `hours` are amounts per hour, the last one ending at `as_of`; they begin with the hour of the
    first use, at most four weeks ago, and there are none without use. `week_amount` is what the
    last seven days took, exact. `balance_amount` counts what people did after the last built month,
    and `lots` are what it is made of, in the order they are drawn on.
    """

    organization_id: str
    as_of: datetime
    currency: str
    balance_amount: Decimal
    week_amount: Decimal
    hours: tuple[float, ...]
    lots: tuple[LotLeft, ...] = ()


def accounts_of(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[Account]:
    """List every balance of the months that were built, by organization; whoever left is left out.

    What a file dates after `now` is a plan, and no money yet.
    Raises MeterbookError when there is no such month.
    """
    standings = balances_of(connection)
    zones = dict(connection.execute(_ZONES).fetchall())
    known = [each for each in standings if each.organization_id in zones]
    names = [each.organization_id for each in known]
    newest = connection.execute(_NEWEST).fetchall()[0][0]
    ends = [each.billing_month.bounds(zones[each.organization_id])[1] for each in known]
    seen = [end if newest is None else min(end, newest.replace(tzinfo=UTC)) for end in ends]
    later = _amounts(connection, _LATER, names, ends, {"now": naive(now)})
    to_end = ends_later(connection, names, seen)
    lots = lots_left(connection, names, seen, ends, now)
    last_week = _amounts(connection, _LAST_WEEK, names, seen)
    hours = hours_of(connection, names, seen)
    accounts = []
    for each, as_of in zip(known, seen, strict=True):
        name, nothing = each.organization_id, Decimal(0)
        balance = each.balance + later.get(name, nothing) + to_end.get(name, nothing)
        accounts.append(
            Account(
                name,
                as_of,
                each.currency,
                balance,
                last_week.get(name, nothing),
                hours.get(name, ()),
                lots_of(balance, _ends(lots.get(name, ()), as_of)),
            )
        )
    return accounts


def _ends(lots: Sequence[Lot], as_of: datetime) -> list[tuple[Decimal, timedelta | None]]:
    return [
        (lot.amount, None if lot.expires_at is None else lot.expires_at - as_of) for lot in lots
    ]


def _amounts(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    names: list[str],
    instants: list[datetime],
    more: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, Decimal]:
    asked = {"organizations": names, "instants": [naive(each) for each in instants], **more}
    return dict(connection.execute(sql, asked).fetchall())
