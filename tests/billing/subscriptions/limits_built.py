"""A warehouse as a build of a month leaves it to whoever raises alerts of limits.

Here: its tables and rows, and what was raised by name. Keep out: facts.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb

from billing.books import Books
from billing.books.alerts import Alert, recorded_alerts
from billing.clock import Clock
from billing.periods import BillingMonth
from billing.subscriptions.limit_alerting import KINDS, raise_limit_alerts

NOVEMBER = BillingMonth(2026, 11)
NOW = datetime(2026, 11, 10, 6, tzinfo=UTC)
LAYOUT = """
create schema usage; create schema finance;
create table usage.fct_cap_status (organization_id varchar, billing_month date);
create table usage.cap_alerts (
    organization_id varchar, billing_month date, subject_kind varchar, subject_id varchar,
    model_id varchar, limit_kind varchar, alert_kind varchar, threshold_percent integer,
    raised_at timestamp, forecast_at timestamp, period_starts_at timestamp,
    period_ends_at timestamp, limit_from_at timestamp, limit_quantity bigint,
    used_quantity bigint);
create table finance.key_spend_status (
    organization_id varchar, billing_month date, api_key_id varchar, key_limit_id varchar,
    currency varchar, limit_amount decimal(28, 3), spent_amount decimal(38, 12),
    spent_percent bigint, is_reached boolean, as_of_at timestamp, forecast_at timestamp);
"""
DAY = "2026-11-05 00:00:00"
AS_OF = "2026-11-10 05:45:00"


@dataclass
class Built:
    """A warehouse as a build of a month leaves it."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        self.connection.execute(LAYOUT)

    def cap(self, percent: int, **but: Any) -> None:
        row = {
            "organization_id": "org",
            "billing_month": NOVEMBER.first_day,
            "subject_kind": "subscription_item",
            "subject_id": "sub",
            "model_id": "gpt-5",
            "limit_kind": "daily_call_limit",
            "alert_kind": "crossed",
            "threshold_percent": percent,
            "raised_at": "2026-11-05 10:15:00",
            "forecast_at": None,
            "period_starts_at": DAY,
            "period_ends_at": "2026-11-06 00:00:00",
            "limit_from_at": "2026-10-05 05:00:00",
            "limit_quantity": 1000,
            "used_quantity": 10 * percent,
        } | but
        self._add("usage.fct_cap_status", {name: row[name] for name in list(row)[:2]})
        self._add("usage.cap_alerts", row)

    def spent(self, amount: str, limit: str = "50.00", **but: Any) -> None:
        percent = max(int(Decimal(amount) * 100 // Decimal(limit)), 0)
        self._add(
            "finance.key_spend_status",
            {
                "organization_id": "org",
                "billing_month": NOVEMBER.first_day,
                "api_key_id": "key",
                "key_limit_id": "limit",
                "currency": "EUR",
                "limit_amount": limit,
                "spent_amount": amount,
                "spent_percent": percent,
                "is_reached": percent >= 100,
                "as_of_at": AS_OF,
                "forecast_at": None,
            }
            | but,
        )

    def _add(self, table: str, row: dict[str, Any]) -> None:
        places = ", ".join("?" for _ in row)
        self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values())
        )

    def raised(self, books: Books, month: BillingMonth = NOVEMBER, at: datetime = NOW) -> set[str]:
        return named(raise_limit_alerts(self.connection, books, Clock(at), [month]))


def named(alerts: list[Alert]) -> set[str]:
    return {f"{each.alert_kind} {each.rule_id} {each.crossing}" for each in alerts}


def in_books(books: Books) -> list[Alert]:
    with books.reading() as connection:
        return recorded_alerts(connection, kinds=KINDS)
