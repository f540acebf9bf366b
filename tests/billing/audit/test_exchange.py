"""Facts about exchange rates: which day's, how old, to how many decimals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.audit.exchange import ExchangeTerm, Found
from billing.audit.price_book import PriceBook
from billing.audit.pricing import Applied, Gap, Pricer
from billing.audit.terms import Slice, Terms, slices_of
from tests.billing.audit.engine import (
    LONG_AGO,
    OCTOBER,
    WANTED,
    at,
    contract_price,
    price,
    slices,
    terms,
)
from tests.billing.audit.test_pricing import exchange

DOLLARS = ("ecb", "USD", "EUR")
RATES = exchange(
    ("USD", "EUR", "2026-10-01", "0.8"),
    ("USD", "EUR", "2026-10-05", "0.85"),
    ("USD", "EUR", "2026-10-30", "0.9"),
    ("USD", "EUR", "2026-11-30", "0.5"),
)
BOOK = PriceBook([price("p", "0.00000125")])


def _own(zone: str = "UTC", **term: object) -> Terms:
    values = {"contract_id": "c", **term}
    return replace(terms(zone=zone, currency="EUR"), exchange={"c": ExchangeTerm(**values)})  # type: ignore[arg-type]


def _days(own: Terms) -> list[Slice]:
    window = slices(own)[0].window
    return slices_of(window, own.cuts(window), ())


def _found(own: Terms, slice_: Slice, month: date = OCTOBER) -> Applied | Gap:
    return Pricer(own, BOOK, RATES, month).price(slice_, WANTED)


def test_a_day_has_the_last_rate_published_up_to_it() -> None:
    """The 4th is a Sunday: the rate of Thursday, the 1st, holds until Monday's."""
    day = date(2026, 10, 1)
    assert RATES.find(DOLLARS, date(2026, 10, 4)) == Found(Decimal("0.8"), day)
    assert RATES.find(DOLLARS, date(2026, 10, 5)) == Found(Decimal("0.85"), date(2026, 10, 5))
    assert RATES.find(DOLLARS, LONG_AGO) is None
    assert RATES.find(("ecb", "EUR", "USD"), date(2026, 10, 4)) is None
    assert RATES.find(("none", "EUR", "EUR"), LONG_AGO) == Found(Decimal(1))


@pytest.mark.parametrize(("age", "is_there"), [(2, False), (3, True), (None, True)])
def test_a_rate_older_than_its_contract_allows_is_none(age: int | None, is_there: bool) -> None:
    """From the 1st to the 4th are three days."""
    assert (RATES.find(DOLLARS, date(2026, 10, 4), age) is not None) == is_there


def test_a_document_has_the_rate_of_its_last_day() -> None:
    """October ends with the rate of the 30th; the same usage billed in November has that one's."""
    own = _own()
    (whole,) = _days(own)
    october, november = _found(own, whole), _found(own, whole, date(2026, 11, 1))
    assert isinstance(october, Applied)
    assert isinstance(november, Applied)
    assert (october.exchange_rate_date, november.exchange_rate_date) == (
        date(2026, 10, 30),
        date(2026, 11, 30),
    )
    assert (october.unit_price, november.unit_price) == (Decimal("0.000001125"), Decimal("6.25e-7"))


def test_daily_rates_cut_each_local_day_and_late_usage_keeps_its_day() -> None:
    """The 5th of October in Kolkata begins at 18:30 UTC on the 4th."""
    own = _own("Asia/Kolkata", date_rule="daily")
    days = _days(own)
    assert len(days) == 31
    fifth = days[4]
    assert fifth.starts_at == fifth.stretch.starts_at == at("2026-10-04T18:30")
    for month in (OCTOBER, date(2026, 11, 1)):
        found = [_found(own, day, month) for day in days[3:5]]
        rates = [row.exchange_rate for row in found if isinstance(row, Applied)]
        assert rates == [Decimal("0.8"), Decimal("0.85")]


def test_daily_rates_cut_only_the_days_of_their_contract() -> None:
    own = _own(date_rule="daily")
    contract = replace(own.contracts[0], valid_from=date(2026, 10, 30))
    assert len(_days(replace(own, contracts=[contract]))) == 3


@pytest.mark.parametrize(
    ("digits", "unit_price"), [(12, "0.000001125"), (8, "0.00000113"), (6, "0.000001"), (0, "0")]
)
def test_a_converted_price_has_the_decimals_of_its_contract(digits: int, unit_price: str) -> None:
    """0.00000125 USD x 0.9 = 0.000001125 EUR; a half rounds up."""
    own = _own(price_digits=digits)
    found = _found(own, _days(own)[0])
    assert isinstance(found, Applied)
    assert (found.unit_price, found.list_price) == (Decimal(unit_price), Decimal(unit_price))


def test_a_price_in_the_documents_currency_keeps_all_its_decimals() -> None:
    agreed = contract_price("own", "0.000001125", currency="EUR")
    own = replace(_own(price_digits=8), contract_prices=[agreed])
    found = _found(own, _days(own)[0])
    assert isinstance(found, Applied)
    assert (found.unit_price, found.list_price) == (Decimal("0.000001125"), Decimal("0.00000113"))
    assert (found.exchange_rate, found.exchange_rate_date) == (None, None)


def test_a_missing_rate_names_pair_source_day_and_age() -> None:
    own = _own(date_rule="daily", max_age_days=2)
    fourth = _found(own, _days(own)[3])
    assert isinstance(fourth, Gap)
    assert fourth.problem == "no_exchange_rate"
    assert fourth.detail == "USD to EUR of ecb on 2026-10-04, at most 2 days old"
