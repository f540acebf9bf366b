"""Alerts under the longest ids and largest limits that the catalog lets through, on each database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert

from billing.books import Books
from billing.books.alert_tables import alert
from billing.books.alerts import Alert, record_alerts, recorded_alerts
from billing.catalog.columns import LONGEST_ID, LONGEST_NUMBERED_ID
from billing.errors import BooksError
from billing.periods import BillingMonth
from billing.subscriptions.caps import CapAlert, KeySpend
from billing.subscriptions.limit_alerting import cap_alert, spend_alert, spend_forecast
from tests.databases import only_postgresql

AT = datetime(2026, 11, 5, 10, 15)  # noqa: DTZ001  # as the warehouse tells instants
NOW = datetime(2026, 11, 10, 6, tzinfo=UTC)
NOVEMBER = BillingMonth(2026, 11)
ORGANIZATION, MODEL, LIMIT = ("x" * LONGEST_ID for _ in range(3))
SUBJECT = "y" * LONGEST_NUMBERED_ID
LARGEST = 10**18 - 1
DEAREST = Decimal("9" * 25 + ".999")
CAP = CapAlert(
    ORGANIZATION, NOVEMBER, "subscription_item", SUBJECT, MODEL, "monthly_token_cap", "crossed",
    100, AT, AT, AT, AT, AT, LARGEST, LARGEST,
)  # fmt: skip
SPENT = KeySpend(
    ORGANIZATION, NOVEMBER, SUBJECT, LIMIT, "EUR", DEAREST, DEAREST, 100, True, AT, AT,
)  # fmt: skip
ALERTS = [cap_alert(CAP, NOW), spend_alert(SPENT, 100, NOW), spend_forecast(SPENT, AT, NOW)]


def test_they_are_recorded_whole(books: Books) -> None:
    with books.writing() as connection:
        assert record_alerts(connection, ALERTS) == ALERTS
    with books.reading() as connection:
        told = {each.alert_id: each for each in recorded_alerts(connection)}
    for each in ALERTS:
        assert told[each.alert_id].identity == each.identity
    assert ALERTS[0].crossing.endswith(f"/{LARGEST}")
    assert ALERTS[1].crossing == f"2026-11/{LIMIT}/{DEAREST}"


@pytest.mark.parametrize("told", ALERTS, ids=lambda each: each.alert_kind)
def test_no_database_would_cut_them(told: Alert) -> None:
    for name in ("organization_id", "subject_id", "rule_id", "crossing", "threshold"):
        assert len(getattr(told, name)) <= alert.c[name].type.length


@only_postgresql
def test_a_longer_one_stops_postgresql(books: Books) -> None:
    """Which is why the catalog refuses it first."""
    row = {**vars(ALERTS[0]), "payload": "{}", "alert_id": "one", "rule_id": "x" * 201}
    with pytest.raises(BooksError), books.writing() as connection:
        connection.execute(insert(alert).values(**row))
