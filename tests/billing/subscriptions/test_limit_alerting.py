"""Alerts of limits: in the books once a crossing, whatever is built anew or looked at at once."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.books import Books, open_books
from billing.boundaries import ENVIRONMENT_VARIABLE
from billing.clock import Clock
from billing.subscriptions.limit_alerting import raise_limit_alerts
from tests.billing.subscriptions.limits_built import NOVEMBER, NOW, Built, in_books

OF_THE_DAY = "2026-11-05T00:00:00Z/2026-10-05T05:00:00Z/1000"


def test_a_crossing_is_recorded_once_and_says_what_was_crossed(books: Books) -> None:
    built = Built()
    built.cap(80)
    assert built.raised(books) == {f"cap_used daily_call_limit:80:gpt-5 {OF_THE_DAY}"}
    assert built.raised(books, at=NOW + timedelta(hours=1)) == set()
    built.cap(90)
    assert built.raised(books) == {f"cap_used daily_call_limit:90:gpt-5 {OF_THE_DAY}"}
    first, _ = sorted(in_books(books), key=lambda alert: alert.threshold)
    assert (first.organization_id, first.subject_kind, first.subject_id, first.threshold) == (
        ("org", "subscription_item", "sub", "80")
    )
    assert (first.as_of, first.raised_at) == (datetime(2026, 11, 5, 10, 15, tzinfo=UTC), NOW)
    assert first.payload == {
        "model_id": "gpt-5",
        "limit_kind": "daily_call_limit",
        "limit": "1000",
        "used": "800",
        "period_starts_at": "2026-11-05T00:00:00Z",
        "period_ends_at": "2026-11-06T00:00:00Z",
    }


def test_a_warehouse_made_anew_raises_nothing_again(books: Books) -> None:
    """Not even where it says otherwise when it was, or of a month that tells it now."""
    built = Built()
    built.cap(80)
    built.spent("41")
    assert len(built.raised(books)) == 2
    before = in_books(books)
    again = Built()
    again.cap(80, raised_at="2026-11-05 09:00:00", used_quantity=812)
    again.cap(80, billing_month="2026-12-01")
    again.spent("44.99")
    assert again.raised(books) == set()
    assert again.raised(books, NOVEMBER.next) == set()
    assert in_books(books) == before


@pytest.mark.parametrize(
    "but",
    [
        {"period_starts_at": "2026-11-06 00:00:00"},
        {"limit_from_at": "2026-11-05 12:00:00"},
        {"limit_quantity": 1001},
        {"limit_kind": "rpd"},
        {"model_id": "gpt-5-mini"},
        {"subject_id": "sub_2"},
        {"subject_kind": "key_model"},
        {"subject_kind": "key", "model_id": ""},
        {"alert_kind": "forecast", "threshold_percent": 100, "forecast_at": "2026-11-30 09:00:00"},
    ],
)
def test_another_period_limit_or_subject_is_another_crossing(
    books: Books, but: dict[str, Any]
) -> None:
    built = Built()
    built.cap(100)
    assert len(built.raised(books)) == 1
    built.cap(**{"percent": 100, **but})
    assert len(built.raised(books)) == 1
    assert built.raised(books) == set()


def test_a_key_and_its_models_are_told_of_as_the_key(books: Books) -> None:
    built = Built()
    built.cap(80, subject_kind="key", subject_id="key", model_id="", limit_kind="tpd")
    built.cap(80, subject_kind="key_model", subject_id="key", limit_kind="tpd")
    assert len(built.raised(books)) == 2
    assert {(each.subject_kind, each.rule_id) for each in in_books(books)} == {
        ("api_key", "tpd:80"),
        ("api_key", "tpd:80:gpt-5"),
    }


def test_a_forecast_names_when_it_will_be_reached(books: Books) -> None:
    built = Built()
    built.cap(100, alert_kind="forecast", forecast_at="2026-11-30 09:00:00")
    built.raised(books)
    (alert,) = in_books(books)
    assert (alert.alert_kind, alert.payload["forecast_at"]) == (
        ("cap_forecast", "2026-11-30T09:00:00Z")
    )


def test_a_limit_of_money_is_told_at_80_90_and_100_percent_once_a_month(books: Books) -> None:
    built = Built()
    built.spent("39.999999999999")
    assert built.raised(books) == set()
    for amount, expected in (("40", {"80"}), ("48", {"90"}), ("39", set()), ("60", {"100"})):
        built.connection.execute("delete from finance.key_spend_status")
        built.spent(amount)
        assert built.raised(books) == {
            f"spend_used monthly_spend:{percent} 2026-11/limit/50" for percent in expected
        }
    last = in_books(books)[-1]
    assert (last.subject_kind, last.subject_id, last.as_of) == ("api_key", "key", NOW)
    assert {each.payload["spent_amount"] for each in in_books(books)} == {
        "40.000000000000",
        "48.000000000000",
        "60.000000000000",
    }
    built.spent("50", billing_month="2026-12-01")
    assert len(built.raised(books, NOVEMBER.next)) == 3
    built.spent("80", limit="100.00", key_limit_id="more")
    assert built.raised(books) == {"spend_used monthly_spend:80 2026-11/more/100"}


def test_a_limit_corrected_in_its_row_is_told_of_anew_and_written_otherwise_is_not(
    books: Books,
) -> None:
    built = Built()
    built.spent("41", limit="50.00")
    assert built.raised(books) == {"spend_used monthly_spend:80 2026-11/limit/50"}
    for limit, spent, expected in (
        ("50.000", "44", set()),
        ("500.00", "44", set()),
        ("500", "400", {"spend_used monthly_spend:80 2026-11/limit/500"}),
        ("512.50", "410", {"spend_used monthly_spend:80 2026-11/limit/512.5"}),
        ("50.00", "41", set()),
    ):
        built.connection.execute("delete from finance.key_spend_status")
        built.spent(spent, limit=limit)
        assert built.raised(books) == expected


def test_only_limits_of_money_carry_money(books: Books) -> None:
    built = Built()
    built.cap(80)
    built.cap(100, alert_kind="forecast", forecast_at="2026-11-30 09:00:00")
    built.spent("50")
    built.raised(books)
    assert len(in_books(books)) == 5
    for alert in in_books(books):
        told = {name for name in alert.payload if "amount" in name or name == "currency"}
        money = {"currency", "limit_amount", "spent_amount"}
        assert told == (money if alert.alert_kind == "spend_used" else set())


def test_thousands_are_looked_up_and_recorded_together(books: Books) -> None:
    built = Built()
    for number in range(1203):
        built.cap(80, subject_id=f"sub_{number}")
    assert built.raised(books) == {f"cap_used daily_call_limit:80:gpt-5 {OF_THE_DAY}"}
    assert len(in_books(books)) == 1203
    assert built.raised(books) == set()


def a_look(url: str, outcomes: "multiprocessing.Queue[int]", kill_at: str = "") -> None:
    os.environ[ENVIRONMENT_VARIABLE] = kill_at
    built = Built()
    built.cap(80)
    built.spent("45")
    with open_books(url) as books:
        outcomes.put(len(raise_limit_alerts(built.connection, books, Clock(NOW), [NOVEMBER])))


def test_of_processes_that_look_at_once_one_raises(books_url: str) -> None:
    open_books(books_url).close()
    context = multiprocessing.get_context("spawn")
    outcomes: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=a_look, args=(books_url, outcomes)) for _ in range(2)]
    for process in processes:
        process.start()
    assert sorted(outcomes.get(timeout=120) for _ in processes) == [0, 3]
    for process in processes:
        process.join(timeout=60)
    with open_books(books_url) as books:
        assert len(in_books(books)) == 3


@pytest.mark.parametrize(
    ("kill_at", "recorded"), [("alert.before_commit", 0), ("alert.after_commit", 3)]
)
def test_a_kill_leaves_all_or_nothing(books_url: str, kill_at: str, recorded: int) -> None:
    open_books(books_url).close()
    context = multiprocessing.get_context("spawn")
    outcomes: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=a_look, args=(books_url, outcomes, kill_at))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGKILL
    with open_books(books_url) as books:
        assert len(in_books(books)) == recorded
        built = Built()
        built.cap(80)
        built.spent("45")
        found = raise_limit_alerts(built.connection, books, Clock(NOW), [NOVEMBER])
        assert len(found) == 3 - recorded
