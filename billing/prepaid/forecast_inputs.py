"""What a prepaid balance is forecast from.

Here: each balance with the hours of its consumption, as of the newest usage there is. Keep out:
what follows from it (`forecasts`), and working out balances (`dbt_project`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from billing.prepaid.forecast_hours import hours_of
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
_LATER_TOP_UPS = f"""
{_ACCOUNTS}
select organization_id, cast(sum(cast(amount as decimal(38, 12))) as decimal(38, 12))
from catalog.top_ups join accounts using (organization_id)
where occurred_at >= instant
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
    last seven days took, exact. `balance_amount` counts top-ups after the last built month.
    """

    organization_id: str
    as_of: datetime
    currency: str
    balance_amount: Decimal
    week_amount: Decimal
    hours: tuple[float, ...]


def accounts_of(connection: duckdb.DuckDBPyConnection) -> list[Account]:
    """List every balance of the months that were built, by organization; whoever left is left out.

    Raises MeterbookError when there is no such month.
    """
    standings = balances_of(connection)
    zones = dict(connection.execute(_ZONES).fetchall())
    known = [each for each in standings if each.organization_id in zones]
    names = [each.organization_id for each in known]
    newest = connection.execute(_NEWEST).fetchall()[0][0]
    ends = [each.billing_month.bounds(zones[each.organization_id])[1] for each in known]
    seen = [end if newest is None else min(end, newest.replace(tzinfo=UTC)) for end in ends]
    later = _amounts(connection, _LATER_TOP_UPS, names, ends)
    last_week = _amounts(connection, _LAST_WEEK, names, seen)
    hours = hours_of(connection, names, seen)
    return [
        Account(
            each.organization_id,
            as_of,
            each.currency,
            each.balance + later.get(each.organization_id, Decimal(0)),
            last_week.get(each.organization_id, Decimal(0)),
            hours.get(each.organization_id, ()),
        )
        for each, as_of in zip(known, seen, strict=True)
    ]


def _amounts(
    connection: duckdb.DuckDBPyConnection, sql: str, names: list[str], instants: list[datetime]
) -> dict[str, Decimal]:
    naive = [each.replace(tzinfo=None) for each in instants]
    asked = {"organizations": names, "instants": naive}
    return dict(connection.execute(sql, asked).fetchall())
