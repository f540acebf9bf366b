"""The answer that every prepaid balance gets, from a warehouse written by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from billing.clock import Clock
from billing.errors import MeterbookError
from billing.prepaid.forecast_inputs import accounts_of
from billing.prepaid.forecasts import Forecast, read_forecasts, write_forecasts
from tests.billing.prepaid.balances import ENDS, HOUR, LATER, START, Balances

DAY = 24 * HOUR


def only(forecasts: list[Forecast]) -> Forecast:
    assert len(forecasts) == 1
    return forecasts[0]


def test_even_use_has_its_date_to_the_quarter_hour() -> None:
    """480 put on, 1 an hour for ten days: 240 are left, which last 240 hours.

    Pessimistic: h e^(0.3 (h/24)^0.25) = 240 at 149.3 hours: 149.3 / 24 = 6.221, its fourth root
    1.5793, and 149.3 x e^0.4738 = 239.8. The last day has eleven twelfths of an hour less.
    """
    balances = Balances()
    balances.top_up("480", START)
    balances.use_evenly("1", START, 240)
    found = only(balances.build())
    as_of = START + 9 * DAY + 23 * HOUR + timedelta(minutes=15)
    assert found.as_of == as_of
    assert found.balance_amount == Decimal(240)
    assert found.basis == "usual"
    assert found.expected_exhausted_at is not None
    assert abs(found.expected_exhausted_at - (as_of + 240 * HOUR)) <= 2 * HOUR
    assert found.pessimistic_exhausted_at is not None
    assert abs(found.pessimistic_exhausted_at - (as_of + timedelta(hours=149))) <= 3 * HOUR


def test_a_lot_that_ends_takes_what_it_holds_with_it() -> None:
    """480 put on, 240 used, 200 of the rest a gift up to 100 hours from now: 100 of it is lost.

    The month that was built ends later and knows of no use until then, so its balance has lost
    all 200. As of the newest usage it is 240: 100 hours of the gift, then 40 of what was paid.
    """
    balances = Balances()
    balances.top_up("480", START)
    balances.use_evenly("1", START, 240)
    as_of = START + 9 * DAY + 23 * HOUR + timedelta(minutes=15)
    balances.lot("gift", "promotional", ends=as_of + 100 * HOUR, expired="200", remaining="0")
    balances.lot("paid", "purchased", remaining="40")
    found = only(balances.build(lost="200"))
    assert found.balance_amount == Decimal(240)
    assert found.expected_exhausted_at is not None
    assert abs(found.expected_exhausted_at - (as_of + 140 * HOUR)) <= 2 * HOUR


def test_what_people_did_after_the_month_counts() -> None:
    """240 left, 50 refunded and 20 moved away in November; 30 came from somebody else."""
    balances = Balances()
    balances.top_up("480", START)
    balances.use_evenly("1", START, 240)
    later = ENDS[10] + HOUR
    balances.move("refund", "50", later)
    balances.move("transfer", "20", later, to="another")
    balances.move("transfer", "30", later, organization="another", to="org")
    assert only(balances.build()).balance_amount == Decimal(200)


def test_what_a_file_dates_into_the_future_is_no_money_yet() -> None:
    """480 put on and 240 used; 100 more in October and 100 in November are planned on the 20th."""
    balances = Balances()
    balances.top_up("480", START)
    balances.use_evenly("1", START, 240)
    for when in (datetime(2026, 10, 25, tzinfo=UTC), ENDS[10] + HOUR):
        balances.top_up("100", when)
    amounts = [
        only(balances.build(now=now)).balance_amount
        for now in (datetime(2026, 10, 20, tzinfo=UTC), ENDS[10], ENDS[10] + HOUR)
    ]
    assert amounts == [Decimal(240), Decimal(340), Decimal(440)]


def test_what_ended_in_an_earlier_month_does_not_come_back() -> None:
    """Nobody was served since 1 October; 30 ended on the 20th, and November was built after it."""
    balances = Balances()
    balances.top_up("100", START)
    balances.use("1", START)
    ends = datetime(2026, 10, 20, tzinfo=UTC)
    balances.lot("gift", "promotional", ends=ends, expired="30", remaining="0")
    balances.lot("paid", "purchased", remaining="69")
    november = "update finance.prepaid_lots set billing_month = '2026-11-01' where lot_id = 'paid'"
    balances.connection.execute(november)
    assert only(balances.build(11, lost="30")).balance_amount == Decimal(69)


def test_the_burn_rate_is_what_a_day_of_the_last_week_took_exactly() -> None:
    """Seven days of 24 hours at 0.5: 12 a day, whatever was used before them."""
    balances = Balances()
    balances.top_up("1000", START)
    balances.use_evenly("7", START, 24)
    balances.use_evenly("0.5", START + DAY, 7 * 24)
    newest = START + 8 * DAY - timedelta(minutes=15)
    assert only(balances.build(newest=newest)).burn_amount == Decimal(12)


def test_two_days_of_use_are_a_short_history() -> None:
    balances = Balances()
    balances.top_up("1000", START)
    balances.use_evenly("1", START, 48)
    found = only(balances.build())
    assert found.basis == "short_history"
    assert found.burn_amount == Decimal(24)
    assert found.expected_exhausted_at is not None


def test_less_than_a_day_of_use_has_no_date() -> None:
    balances = Balances()
    balances.top_up("1000", START)
    balances.use_evenly("1", START, 23)
    found = only(balances.build())
    assert (found.basis, found.expected_exhausted_at, found.days_left) == (
        "new_customer",
        None,
        None,
    )
    assert found.burn_amount == Decimal(23)


def test_a_balance_that_nobody_used_has_no_date() -> None:
    balances = Balances()
    balances.top_up("1000", START)
    found = only(balances.build(newest=START + 5 * DAY))
    assert (found.basis, found.expected_exhausted_at, found.burn_amount) == ("no_usage", None, 0)


def test_no_usage_of_anybody_is_answered_too() -> None:
    balances = Balances()
    balances.top_up("1000", START)
    assert only(balances.build()).basis == "no_usage"


@pytest.mark.parametrize(
    ("quiet_days", "basis"), [(6, "usual"), (7, "usage_stopped"), (29, "usage_stopped")]
)
def test_use_that_stopped_a_week_ago_is_not_carried_on(quiet_days: int, basis: str) -> None:
    balances = Balances()
    balances.top_up("100000", START)
    balances.use_evenly("100", START, 24)
    balances.use("100", START + DAY)
    newest = START + DAY + quiet_days * DAY
    found = only(balances.build(newest=newest))
    assert found.basis == basis
    assert (found.expected_exhausted_at is None) == (basis == "usage_stopped")


@pytest.mark.parametrize("put_on", ["24", "23.5"])
def test_a_balance_that_is_out_is_out_now(put_on: str) -> None:
    balances = Balances()
    balances.top_up(put_on, START)
    balances.use_evenly("1", START, 24)
    found = only(balances.build())
    assert (found.basis, found.days_left, found.expected_exhausted_at) == ("exhausted", 0, None)


def test_a_balance_that_lasts_longer_than_a_year_has_no_date() -> None:
    balances = Balances()
    balances.top_up("10000", START)
    balances.use_evenly("1", START, 240)
    found = only(balances.build())
    assert (found.basis, found.expected_exhausted_at) == ("beyond_a_year", None)
    assert found.burn_amount == Decimal(24)


def test_it_is_made_as_of_the_newest_usage_of_anybody() -> None:
    balances = Balances(organizations=("org", "other"))
    balances.top_up("1000", START)
    balances.use_evenly("1", START, 48)
    balances.use("1", START + 60 * HOUR, "other")
    assert {each.as_of for each in balances.build()} == {START + 60 * HOUR + timedelta(minutes=15)}


def test_a_month_is_known_up_to_its_end_only() -> None:
    balances = Balances(zone="America/New_York")
    balances.top_up("1000", START)
    balances.use_evenly("1", START, 48)
    found = only(balances.build(newest=ENDS[10] + 12 * HOUR))
    assert found.as_of == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_money_put_on_after_the_built_month_counts() -> None:
    balances = Balances()
    balances.top_up("100", START)
    balances.use_evenly("1", START, 48)
    balances.top_up("7.500", ENDS[10])
    assert only(balances.build()).balance_amount == Decimal("59.5")


def test_what_an_amendment_moved_is_no_use_of_its_quarter_hour() -> None:
    balances = Balances()
    balances.top_up("1000", START)
    balances.use_evenly("1", START, 48)
    balances.build()
    balances.connection.execute(
        "insert into finance.fct_prepaid_deductions values ('org', '', ?, 500)",
        [START.replace(tzinfo=None)],
    )
    assert sum(accounts_of(balances.connection, LATER)[0].hours) == 48


def test_the_same_warehouse_makes_the_same_forecasts() -> None:
    balances = Balances(organizations=("org", "other"))
    for name in balances.organizations:
        balances.top_up("1000", START, name)
    balances.use_evenly("1", START, 300)
    first = balances.build()
    assert [each.organization_id for each in first] == ["org", "other"]
    assert (
        write_forecasts(balances.connection, Clock(LATER))
        == first
        == read_forecasts(balances.connection)
    )


def test_whoever_left_the_catalog_is_left_out() -> None:
    balances = Balances(organizations=("gone", "org"))
    balances.build()
    balances.connection.execute(
        "delete from catalog.billing_profiles where organization_id = 'gone'"
    )
    assert [
        each.organization_id for each in write_forecasts(balances.connection, Clock(LATER))
    ] == ["org"]


def test_before_the_first_close_there_is_nothing_to_forecast() -> None:
    with duckdb.connect() as connection:
        assert read_forecasts(connection) == []
        with pytest.raises(MeterbookError, match="No month was closed yet"):
            write_forecasts(connection, Clock(LATER))


def test_without_prepaid_customers_there_are_no_forecasts() -> None:
    balances = Balances(organizations=())
    assert balances.build() == read_forecasts(balances.connection) == []
