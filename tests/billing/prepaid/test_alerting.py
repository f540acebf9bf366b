"""Alerts on balances: raised once a crossing, whatever is refreshed, delivered late or repeated."""

import multiprocessing
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.books import Books, open_books
from billing.books.alerts import Alert, recorded_alerts
from billing.clock import Clock
from billing.prepaid.alerting import raise_alerts
from tests.billing.prepaid.balances import ENDS, HOUR, START, Balances

DAY = 24 * HOUR
NOW = datetime(2026, 11, 5, 6, tzinfo=START.tzinfo)


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    with open_books(books_url) as opened:
        yield opened


def refresh(balances: Balances, books: Books, at: datetime = NOW, month: int = 10) -> list[Alert]:
    balances.build(month)
    return raise_alerts(balances.connection, books, Clock(at))


def crossings(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [(alert.rule_id, alert.crossing) for alert in alerts]


def test_a_balance_below_the_threshold_is_told_of_once(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("40", START + HOUR)
    assert refresh(balances, books) == []
    balances.use("0.000000000001", START + 2 * HOUR)
    (alert,) = refresh(balances, books)
    assert (alert.alert_kind, alert.subject_kind, alert.subject_id) == (
        ("balance_amount", "organization", "org")
    )
    assert (alert.threshold, alert.crossing) == ("10.000", "put_on:50.000")
    assert alert.as_of == START + 2 * HOUR + timedelta(minutes=15)
    assert alert.raised_at == NOW
    assert alert.payload["balance"] == "9.999999999999"
    assert refresh(balances, books, NOW + HOUR) == []
    balances.use("5", START + 3 * HOUR)
    assert refresh(balances, books, NOW + DAY) == []
    with books.reading() as connection:
        assert recorded_alerts(connection) == [alert]


def test_a_recharge_above_the_threshold_arms_it_again(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert crossings(refresh(balances, books)) == [("low", "put_on:50.000")]
    balances.top_up("20", START + 2 * HOUR)
    assert refresh(balances, books) == []
    balances.use("20", START + 3 * HOUR)
    assert crossings(refresh(balances, books)) == [("low", "put_on:70.000")]
    assert refresh(balances, books) == []


def test_a_recharge_that_stays_below_it_does_not(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert len(refresh(balances, books)) == 1
    balances.top_up("4.99", START + 2 * HOUR)
    balances.use("1", START + 3 * HOUR)
    assert refresh(balances, books) == []
    balances.top_up("1.00", START + 4 * HOUR)
    balances.use("2", START + 5 * HOUR)
    assert refresh(balances, books) == []


def test_a_rise_and_fall_between_two_refreshes_is_a_crossing(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert len(refresh(balances, books)) == 1
    balances.top_up("20", START + 2 * HOUR)
    balances.use("20", START + 2 * HOUR)  # the same quarter hour: the top-up counts first
    assert crossings(refresh(balances, books)) == [("low", "put_on:70.000")]


def test_late_usage_moves_a_crossing_and_raises_nothing_twice(books: Books) -> None:
    """The first refresh sees the fall at 3 o'clock, then late files say it was at 1 o'clock."""
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + 3 * HOUR)
    assert len(refresh(balances, books)) == 1
    balances.use("44", START + HOUR)
    balances.use("-40", START + 4 * HOUR)
    assert refresh(balances, books) == []


def test_late_usage_that_undoes_a_rise_arms_nothing(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert len(refresh(balances, books)) == 1
    balances.top_up("6", START + 3 * HOUR)
    balances.use("3", START + 2 * HOUR)
    balances.use("1", START + 4 * HOUR)
    assert refresh(balances, books) == []


def test_a_top_up_that_is_recorded_late_arms_it_where_it_lifted_the_balance(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + 2 * HOUR)
    assert len(refresh(balances, books)) == 1
    balances.top_up("1", START + HOUR)
    assert refresh(balances, books) == []
    balances.top_up("30", START + HOUR)
    balances.use("30", START + 3 * HOUR)
    assert crossings(refresh(balances, books)) == [("low", "put_on:81.000")]


def test_money_given_back_is_no_recharge(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert len(refresh(balances, books)) == 1
    balances.use("-20", START + 2 * HOUR)
    assert refresh(balances, books) == []
    balances.use("20", START + 3 * HOUR)
    assert refresh(balances, books) == []


def test_a_recharge_in_the_next_month_is_seen_across_the_end_of_the_first(books: Books) -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.top_up("50", START)
    balances.use("45", START + HOUR)
    assert len(refresh(balances, books)) == 1
    balances.top_up("100", ENDS[10] + HOUR)
    balances.use("99", ENDS[10] + 2 * HOUR)
    assert refresh(balances, books) == []
    assert crossings(refresh(balances, books, month=11)) == [("low", "put_on:150.000")]


def test_days_left_are_those_of_nine_cases_in_ten(books: Books) -> None:
    """1 an hour for ten days: 24 are used in a day, 32.4 at most (e^0.3 times)."""
    balances = Balances()
    balances.alert("a_day", "1", "days_left")
    balances.top_up("273", START)
    balances.use_evenly("1", START, 240)
    assert refresh(balances, books) == []
    balances.use("1", START + 240 * HOUR - timedelta(minutes=15))
    (alert,) = refresh(balances, books)
    assert alert.alert_kind == "balance_days_left"
    assert Decimal(str(alert.payload["days_left"])) > 1
    assert Decimal(str(alert.payload["pessimistic_days_left"])) < 1
    balances.use("10", START + 241 * HOUR)
    assert refresh(balances, books) == []
    balances.top_up("1", START + 242 * HOUR)
    balances.use("1", START + 243 * HOUR)
    assert refresh(balances, books) == []
    balances.top_up("30", START + 244 * HOUR)
    balances.use("30", START + 245 * HOUR)  # so much at once that 50 would not last a day now
    assert crossings(refresh(balances, books)) == [("a_day", "put_on:304.000")]


def test_a_balance_that_is_out_has_no_days_left(books: Books) -> None:
    balances = Balances()
    balances.alert("a_day", "1", "days_left")
    balances.top_up("5", START)
    balances.use("5", START + HOUR)
    assert crossings(refresh(balances, books)) == [("a_day", "put_on:5.000")]
    balances.top_up("5", START + 2 * HOUR)
    balances.use("5", START + 3 * HOUR)
    assert crossings(refresh(balances, books)) == [("a_day", "put_on:10.000")]


@pytest.mark.parametrize(
    ("recharge", "raised"), [("59", []), ("59.1", [("a_day", "put_on:64.100")])]
)
def test_an_alert_of_days_that_nobody_could_count_is_armed_by_enough_days(
    books: Books, recharge: str, raised: list[tuple[str, str]]
) -> None:
    """Out before there was a day to forecast from, then two days of 24.

    They are half uneven (2 / 4), so a day takes 24 e^(1.8 / 2) = 59.03 at most.
    """
    balances = Balances()
    balances.alert("a_day", "1", "days_left")
    balances.top_up("5", START)
    balances.use("5", START)
    assert crossings(refresh(balances, books)) == [("a_day", "put_on:5.000")]
    balances.top_up(recharge, START + HOUR)
    balances.use_evenly("1", START + HOUR, 48)
    assert crossings(refresh(balances, books)) == raised


def test_who_never_had_anything_crossed_nothing(books: Books) -> None:
    balances = Balances(organizations=("idle", "org"))
    balances.alert("low", "10")
    balances.use("1", START, "org")
    (alert,) = refresh(balances, books)
    assert (alert.organization_id, alert.crossing) == ("org", "put_on:0")


def test_a_rule_of_one_organization_watches_no_other(books: Books) -> None:
    balances = Balances(organizations=("one", "two"))
    balances.alert("low_of_two", "10", organization_id="two")
    balances.alert("low_in_euro", "10", currency="EUR")
    for name in balances.organizations:
        balances.top_up("5", START, name)
    assert [each.organization_id for each in refresh(balances, books)] == ["two"]


def test_a_rule_holds_on_its_local_days(books: Books) -> None:
    balances = Balances(zone="Asia/Tokyo")
    balances.alert("low", "10", **{"from": date(2026, 11, 5), "to": date(2026, 11, 6)})
    balances.top_up("5", START)
    noon = datetime(2026, 11, 4, 12, tzinfo=START.tzinfo)
    assert refresh(balances, books, noon + 3 * HOUR - timedelta(seconds=1)) == []
    assert refresh(balances, books, noon + DAY + 3 * HOUR) == []
    assert len(refresh(balances, books, noon + 3 * HOUR)) == 1


def test_two_thresholds_are_two_alerts(books: Books) -> None:
    balances = Balances()
    balances.alert("ten", "10")
    balances.alert("twenty", "20")
    balances.top_up("50", START)
    balances.use("35", START + HOUR)
    assert crossings(refresh(balances, books)) == [("twenty", "put_on:50.000")]
    balances.use("10", START + 2 * HOUR)
    assert crossings(refresh(balances, books)) == [("ten", "put_on:50.000")]


def test_an_automatic_top_up_is_asked_for_once_a_crossing_and_answered_by_its_id(
    books: Books,
) -> None:
    balances = Balances()
    balances.auto_top_up("20", "50.00", 10)
    balances.top_up("60", START)
    balances.use("45", START + HOUR)
    (asked,) = refresh(balances, books)
    assert (asked.alert_kind, asked.payload["amount"], asked.payload["currency"]) == (
        ("auto_top_up", "50.000", "USD")
    )
    assert asked.alert_id.startswith("alert_")
    assert refresh(balances, books) == []
    balances.top_up("50", START + 2 * HOUR)
    assert refresh(balances, books) == []
    balances.use("50", START + 3 * HOUR)
    (again,) = refresh(balances, books)
    assert again.alert_id != asked.alert_id


def test_no_more_automatic_top_ups_than_a_month_allows(books: Books) -> None:
    """Two in November; the third crossing waits for the first of December in New York."""
    balances = Balances(zone="America/New_York")
    balances.auto_top_up("20", "50.00", 2)
    balances.top_up("20", START)
    hour = 1
    for expected in (1, 1, 0):
        balances.use("10", START + hour * HOUR)
        assert len(refresh(balances, books)) == expected
        balances.top_up("10", START + (hour + 1) * HOUR)
        hour += 2
    balances.use("10", START + hour * HOUR)
    last_second = datetime(2026, 12, 1, 4, 59, 59, tzinfo=START.tzinfo)
    assert refresh(balances, books, last_second) == []
    assert len(refresh(balances, books, last_second + timedelta(seconds=1))) == 1
    assert refresh(balances, books, last_second + timedelta(seconds=1)) == []


def test_a_catalog_without_rules_raises_nothing(books: Books) -> None:
    balances = Balances()
    balances.top_up("5", START)
    balances.connection.execute("drop table catalog.balance_alerts")
    assert refresh(balances, books) == []


def raise_in_a_process(url: str, outcomes: "multiprocessing.Queue[int]") -> None:
    balances = Balances()
    balances.alert("low", "10")
    balances.auto_top_up("20", "50.00", 1)
    balances.top_up("5", START)
    with open_books(url) as books:
        outcomes.put(len(refresh(balances, books)))


def test_of_processes_that_look_at_once_one_raises(books_url: str) -> None:
    open_books(books_url).close()
    context = multiprocessing.get_context("spawn")
    outcomes: multiprocessing.Queue[int] = context.Queue()
    processes = [
        context.Process(target=raise_in_a_process, args=(books_url, outcomes)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    assert sorted(outcomes.get(timeout=120) for _ in processes) == [0, 0, 2]
    for process in processes:
        process.join(timeout=60)
    with open_books(books_url) as books, books.reading() as connection:
        assert len(recorded_alerts(connection)) == 2
