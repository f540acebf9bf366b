"""A warehouse of prepaid balances that a test writes by hand, and rebuilds as a close would.

Here: top-ups, usage and rules of customers in UTC, and the marts that forecasts and alerts read.
Keep out: expectations.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb

from billing.clock import Clock
from billing.prepaid.forecasts import Forecast, write_forecasts

START = datetime(2026, 10, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
LAYOUT = """
create schema catalog; create schema finance; create schema intermediate;
create table catalog.billing_profiles (organization_id varchar, currency varchar, zone varchar);
create table catalog.top_ups (
    organization_id varchar, occurred_at timestamp, amount decimal(28, 3),
    kind varchar default 'purchased', expires_at timestamp, top_up_id varchar,
    currency varchar, reference varchar);
create table catalog.balance_movements (
    organization_id varchar, occurred_at timestamp, kind varchar, amount decimal(28, 3),
    to_organization_id varchar, expires_at timestamp, movement_id varchar,
    currency varchar, reference varchar);
create table finance.prepaid_lots (
    organization_id varchar, billing_month date, lot_id varchar, lot_kind varchar,
    occurred_at timestamp, expires_at timestamp, drawn_amount decimal(28, 3),
    exact_drawn_amount decimal(38, 12), expired_amount decimal(28, 3),
    remaining_amount decimal(28, 3));
create table catalog.balance_alerts (
    balance_alert_id varchar, organization_id varchar, kind varchar, threshold decimal(28, 3),
    currency varchar, valid_from_date date, valid_to_date date);
create table catalog.auto_top_ups (
    auto_top_up_id varchar, organization_id varchar, below_amount decimal(28, 3),
    amount decimal(28, 3), currency varchar, most_per_month bigint, valid_from_date date,
    valid_to_date date);
create table intermediate.int_usage__quarter_hours (quarter_hour timestamp);
create table finance.fct_prepaid_deductions (
    organization_id varchar, api_key_id varchar, quarter_hour timestamp, amount decimal(38, 12));
create table finance.prepaid_balance_daily (
    organization_id varchar, billing_month date, balance_date date, currency varchar,
    top_up_amount decimal(38, 12), consumed_amount decimal(38, 12),
    closing_amount decimal(38, 12), lowest_amount decimal(38, 12),
    transfer_in_amount decimal(38, 12) default 0, expired_amount decimal(38, 12) default 0,
    refunded_amount decimal(38, 12) default 0, transfer_out_amount decimal(38, 12) default 0,
    write_off_amount decimal(38, 12) default 0);
create table finance.prepaid_exhaustions (
    organization_id varchar, billing_month date, exhausted_at timestamp, recovered_at timestamp,
    used_up_at timestamp);
"""
ENDS = {10: datetime(2026, 11, 1, tzinfo=UTC), 11: datetime(2026, 12, 1, tzinfo=UTC)}


@dataclass
class Balances:
    """What customers put on and used; `build` makes the marts of a month of it."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    put_on: list[tuple[str, datetime, Decimal]] = field(default_factory=list)
    used: list[tuple[str, datetime, Decimal]] = field(default_factory=list)
    organizations: tuple[str, ...] = ("org",)
    currency: str = "USD"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        self.connection.execute(LAYOUT)
        for name in self.organizations:
            self.connection.execute(
                "insert into catalog.billing_profiles values (?, ?, ?)",
                [name, self.currency, self.zone],
            )

    def top_up(self, amount: str, at: datetime, organization: str = "org") -> None:
        self.put_on.append((organization, at, Decimal(amount)))

    def use(self, amount: str, at: datetime, organization: str = "org") -> None:
        self.used.append((organization, at, Decimal(amount)))

    def lot(
        self,
        lot_id: str,
        kind: str,
        *,
        remaining: str,
        ends: datetime | None = None,
        expired: str = "0",
    ) -> None:
        """A lot as October's mart has it at the month's end; all of its draws are whole."""
        self._insert(
            "finance.prepaid_lots values ('org', '2026-10-01', ?, ?, ?, ?, 0, 0, ?, ?)",
            [(lot_id, kind, START, ends, Decimal(expired), Decimal(remaining))],
        )

    def move(
        self, kind: str, amount: str, at: datetime, organization: str = "org", to: str | None = None
    ) -> None:
        self._insert(
            "catalog.balance_movements (organization_id, occurred_at, kind, amount, "
            "to_organization_id) values (?, ?, ?, ?, ?)",
            [(organization, at, kind, Decimal(amount), to)],
        )

    def use_evenly(self, amount: str, since: datetime, hours: int) -> None:
        for hour in range(hours):
            self.use(amount, since + hour * HOUR)

    def alert(self, rule_id: str, threshold: str, kind: str = "amount", **said: object) -> None:
        currency = self.currency if kind == "amount" else ""
        row = {"organization_id": "", "currency": currency, "from": START, "to": NEVER} | said
        self.connection.execute(
            "insert into catalog.balance_alerts values (?, ?, ?, ?, ?, ?, ?)",
            [
                rule_id,
                row["organization_id"],
                kind,
                Decimal(threshold),
                row["currency"],
                row["from"],
                row["to"],
            ],
        )

    def auto_top_up(self, below: str, amount: str, most: int, organization: str = "org") -> None:
        self.connection.execute(
            "insert into catalog.auto_top_ups values ('auto', ?, ?, ?, ?, ?, ?, ?)",
            [organization, Decimal(below), Decimal(amount), self.currency, most, START, NEVER],
        )

    def build(
        self,
        month: int = 10,
        *,
        newest: datetime | None = None,
        lost: str = "0",
        now: datetime = LATER,
    ) -> list[Forecast]:
        """Replace the marts as a close of the month would, and forecast.

        `lost` is what lots of `org` held at their ends in the month.
        """
        until = ENDS[month]
        for table in ("catalog.top_ups", "finance.fct_prepaid_deductions"):
            self.connection.execute(f"delete from {table}")
        self._insert(
            "catalog.top_ups by name select ? as organization_id, ? as occurred_at, ? as amount",
            self.put_on,
        )
        seen = [row for row in self.used if row[1] < until]
        self._insert("finance.fct_prepaid_deductions values (?, 'key', ?, ?)", seen)
        self._build_balances(month, seen, Decimal(lost))
        last = newest or max((at for _, at, _ in self.used), default=None)
        self.connection.execute("delete from intermediate.int_usage__quarter_hours")
        if last is not None:
            self._insert("intermediate.int_usage__quarter_hours values (?)", [(last,)])
        return write_forecasts(self.connection, Clock(now))

    def _build_balances(
        self, month: int, seen: list[tuple[str, datetime, Decimal]], lost: Decimal
    ) -> None:
        self.connection.execute("delete from finance.prepaid_balance_daily")
        for name in self.organizations:
            inward = sum(a for who, at, a in self.put_on if who == name and at < ENDS[month])
            outward = sum(a for who, _, a in seen if who == name)
            row = (name, ENDS[month] - timedelta(days=1), inward, outward, inward - outward - lost)
            self._insert(
                "finance.prepaid_balance_daily (organization_id, billing_month, balance_date, "
                "currency, top_up_amount, consumed_amount, closing_amount, lowest_amount) "
                "select ?, date_trunc('month', day), day, 'USD', ?, ?, ?, 0 "
                "from (select ?::date as day)",
                [(name, *row[2:], row[1])],
            )

    def _insert(self, into: str, rows: list[tuple[object, ...]]) -> None:
        for row in rows:
            plain = [
                value.replace(tzinfo=None) if isinstance(value, datetime) else value
                for value in row
            ]
            self.connection.execute(f"insert into {into}", plain)
