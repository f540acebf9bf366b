"""The forecast of every prepaid balance, as the warehouse keeps it.

Here: what is forecast from, which answer there is where there is no date, and the table
`finance.prepaid_forecasts`, which nobody else writes. Keep out: the forecast itself
(`forecasting`), and telling anybody (`alerting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb

from billing.boundaries import reached
from billing.clock import Clock
from billing.money import EXACT_DIGITS, round_half_up
from billing.periods import QUARTER_HOUR
from billing.prepaid.forecast_inputs import Account, accounts_of
from billing.prepaid.forecasting import DAY, WEEK, Burn

BURN_DAYS = 7
STOPPED_DAYS = 7
SHORT_DAYS = 7

_TABLE = """
create schema if not exists finance;
create table if not exists finance.prepaid_forecasts (
    organization_id varchar not null, as_of timestamp not null, currency varchar not null,
    balance_amount decimal(38, 12) not null, burn_amount decimal(38, 12) not null,
    expected_exhausted_at timestamp, pessimistic_exhausted_at timestamp,
    days_left decimal(9, 2), pessimistic_days_left decimal(9, 2),
    basis varchar not null check (basis in (
        'usual', 'short_history', 'exhausted', 'no_usage', 'new_customer', 'usage_stopped',
        'beyond_a_year'))
);
"""

_INSERT = """
insert into finance.prepaid_forecasts
select unnest(?::varchar[]), unnest(?::timestamp[]), unnest(?::varchar[]),
    unnest(?::decimal(38, 12)[]), unnest(?::decimal(38, 12)[]), unnest(?::timestamp[]),
    unnest(?::timestamp[]), unnest(?::decimal(9, 2)[]), unnest(?::decimal(9, 2)[]),
    unnest(?::varchar[])
"""


@dataclass(frozen=True)
class Forecast:
    """When a balance will be out, as of an instant; `basis` says what from, or why no date.

    `burn_amount` is what a day of the last week took, on average; a forecast is made from more.
    """

    organization_id: str
    as_of: datetime
    currency: str
    balance_amount: Decimal
    burn_amount: Decimal
    expected_exhausted_at: datetime | None
    pessimistic_exhausted_at: datetime | None
    days_left: Decimal | None
    pessimistic_days_left: Decimal | None
    basis: str


def write_forecasts(connection: duckdb.DuckDBPyConnection, clock: Clock) -> list[Forecast]:
    """Make every forecast anew from the months that were built, in one transaction.

    The clock only tells what is money already from what a file dates into the future.
    """
    rows = [forecast_of(account) for account in accounts_of(connection, clock.now())]
    connection.begin()
    try:
        connection.execute(_TABLE)
        connection.execute("delete from finance.prepaid_forecasts")
        connection.execute(_INSERT, _columns(rows))
        reached("forecast.before_commit")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    reached("forecast.after_commit")
    return rows


def read_forecasts(connection: duckdb.DuckDBPyConnection) -> list[Forecast]:
    """Every forecast by organization; none where no month was closed by this version."""
    try:
        rows = connection.execute(
            "select * from finance.prepaid_forecasts order by organization_id"
        ).fetchall()
    except duckdb.CatalogException:
        return []
    return [Forecast(*(_aware(value) for value in row)) for row in rows]


def forecast_of(account: Account) -> Forecast:
    """Forecast one balance."""
    burn, basis = burn_of(account), _basis(account)
    lasting: list[float | None] = [None, None]
    if basis == "exhausted":
        lasting = [0.0, 0.0]
    elif burn is not None:
        lasting = [burn.outlasts(account.lots, pessimistic=way) for way in (False, True)]
    if lasting[0] is None and burn is not None:
        basis = "beyond_a_year"
    expected, pessimistic = lasting
    is_dated = basis != "exhausted"
    return Forecast(
        organization_id=account.organization_id,
        as_of=account.as_of,
        currency=account.currency,
        balance_amount=account.balance_amount,
        burn_amount=_per_day(account),
        expected_exhausted_at=_instant(account.as_of, expected) if is_dated else None,
        pessimistic_exhausted_at=_instant(account.as_of, pessimistic) if is_dated else None,
        days_left=_days(expected),
        pessimistic_days_left=_days(pessimistic),
        basis=basis,
    )


def burn_of(account: Account) -> Burn | None:
    """How fast a balance is used; None where no forecast can be made of it."""
    hours = account.hours[len(account.hours) % DAY :]
    if len(hours) < DAY or sum(hours) <= 0 or not any(hours[-STOPPED_DAYS * DAY :]):
        return None
    return Burn(hours)


def _basis(account: Account) -> str:
    if account.balance_amount <= 0:
        return "exhausted"
    if not account.hours:
        return "no_usage"
    if len(account.hours) < DAY:
        return "new_customer"
    if burn_of(account) is None:
        return "usage_stopped"
    return "short_history" if len(account.hours) < SHORT_DAYS * DAY else "usual"


def _per_day(account: Account) -> Decimal:
    """The exact amount of the last week by day; of fewer days where it began later."""
    quarters = min(len(account.hours), WEEK) * 4
    days = Decimal(max(quarters, DAY * 4)) / (DAY * 4)
    return round_half_up(account.week_amount / days, EXACT_DIGITS)


def _days(hours: float | None) -> Decimal | None:
    """Days with two decimals, downward: a promise of time is not rounded up."""
    return None if hours is None else Decimal(int(hours / DAY * 100)) / 100


def _instant(as_of: datetime, hours: float | None) -> datetime | None:
    """The quarter hour in which it will be out, by its start, as exhaustions are kept."""
    if hours is None:
        return None
    return as_of + int(hours * 4) * QUARTER_HOUR


def _columns(rows: Sequence[Forecast]) -> list[list[object]]:
    return [[_stored(getattr(row, each.name)) for row in rows] for each in fields(Forecast)]


def _stored(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _aware(value: Any) -> Any:  # noqa: ANN401  # one cell
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
