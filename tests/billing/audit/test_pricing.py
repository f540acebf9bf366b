"""Facts about which price a usage meets, and in which currency."""

from datetime import date
from decimal import Decimal

import pytest

from billing.audit.catalog_rows import CatalogFiles, Price
from billing.audit.exchange import ExchangeBook, ExchangeRate
from billing.audit.price_book import PriceBook
from billing.audit.pricing import Applied, Gap, Pricer
from billing.audit.terms import Terms
from tests.billing.audit.engine import (
    OCTOBER,
    WANTED,
    at,
    contract_price,
    price,
    slices,
    terms,
)

NO_FILES = CatalogFiles((), (), (), (), {}, (), (), {}, (), (), {}, (), {}, ())


def exchange(*rates: tuple[str, str, str, str]) -> ExchangeBook:
    return ExchangeBook(
        ExchangeRate("ecb", base, quote, date.fromisoformat(day), Decimal(rate))
        for base, quote, day, rate in rates
    )


def _priced(own: Terms, *rows: Price, band: int = 0, region: str = "") -> Applied | Gap:
    wanted = WANTED._replace(context_band=band, region=region)
    return Pricer(own, PriceBook(rows), exchange(), OCTOBER).price(slices(own)[0], wanted)


def test_an_open_row_ends_where_the_next_row_of_its_key_begins() -> None:
    book = PriceBook([price("old", "1"), price("new", "2", valid_from_at=at("2026-10-15"))])
    assert [row.price_id for row in book.find(WANTED, at("2026-10-14T23:45"))] == ["old"]
    assert [row.price_id for row in book.find(WANTED, at("2026-10-15"))] == ["new"]


def test_a_row_of_another_currency_ends_no_row() -> None:
    rows = [price("usd", "1"), price("eur", "2", currency="EUR", valid_from_at=at("2026-02-01"))]
    gap = _priced(terms(), *rows)
    assert isinstance(gap, Gap)
    assert (gap.problem, gap.detail) == ("two_prices", "usd, eur")


def test_a_row_with_its_own_end_keeps_it() -> None:
    book = PriceBook([price("old", "1", valid_to_at=at("2026-03-01"))])
    assert book.find(WANTED, at("2026-02-28T23:45"))
    assert not book.find(WANTED, at("2026-03-01"))


@pytest.mark.parametrize(
    ("band", "price_id"), [(0, "base"), (128_000, "base"), (200_000, "long"), (512_000, "long")]
)
def test_the_largest_threshold_reached_prices_the_request(band: int, price_id: str) -> None:
    rows = [price("base", "1"), price("long", "2", context_above_tokens=200_000)]
    applied = _priced(terms(), *rows, band=band)
    assert isinstance(applied, Applied)
    assert applied.price_id == price_id


@pytest.mark.parametrize(("region", "price_id"), [("", "any"), ("eu", "eu"), ("us", "any")])
def test_a_price_of_the_very_region_goes_before_one_of_any(region: str, price_id: str) -> None:
    applied = _priced(terms(), price("any", "1"), price("eu", "2", region="eu"), region=region)
    assert isinstance(applied, Applied)
    assert applied.price_id == price_id


def test_a_negotiated_price_wins_and_the_list_price_is_kept() -> None:
    own = terms(prices=[contract_price("cp", "0.5")])
    applied = _priced(own, price("p", "1"))
    assert applied == Applied(
        "c", "p", "cp", 0, Decimal(1), Decimal(1), Decimal("0.5"), price_currency="USD"
    )


def test_another_contracts_price_does_not_apply() -> None:
    own = terms(prices=[contract_price("cp", "0.5", contract_id="other")])
    applied = _priced(own, price("p", "1"))
    assert isinstance(applied, Applied)
    assert applied.contract_price_id == ""


def test_terms_begin_at_midnight_of_the_organizations_zone() -> None:
    day = date(2026, 10, 11)
    own = terms(zone="Asia/Kolkata", prices=[contract_price("cp", "0.5", valid_from=day)])
    before, after = slices(own)
    assert before.ends_at == after.starts_at == at("2026-10-10T18:30")
    pricer = Pricer(own, PriceBook([price("p", "1")]), exchange(), OCTOBER)
    unit_prices = [pricer.price(slice_, WANTED) for slice_ in (before, after)]
    assert [row.unit_price for row in unit_prices if isinstance(row, Applied)] == [
        1,
        Decimal("0.5"),
    ]


def test_a_list_price_change_cuts_a_slice_but_not_the_stretch_of_terms() -> None:
    first, second = slices(terms(), [at("2026-10-15")])
    assert first.stretch == second.stretch
    assert (first.ends_at, second.starts_at) == (at("2026-10-15"), at("2026-10-15"))


def test_a_converted_unit_price_is_rounded_half_up_at_twelve_decimals() -> None:
    own = terms(currency="EUR")
    rates = exchange(("USD", "EUR", "2026-10-01", "0.50000000"))
    pricer = Pricer(own, PriceBook([price("p", "0.000000000003")]), rates, OCTOBER)
    applied = pricer.price(slices(own)[0], WANTED)
    assert isinstance(applied, Applied)
    assert applied.unit_price == Decimal("0.000000000002")


def test_late_usage_has_the_exchange_rate_of_the_document_that_bills_it() -> None:
    own = terms(currency="EUR")
    rates = exchange(
        ("USD", "EUR", "2026-10-30", "0.50000000"), ("USD", "EUR", "2026-11-30", "0.25000000")
    )
    book = PriceBook([price("p", "0.000004")])
    late = Pricer(own, book, rates, date(2026, 11, 1)).price(slices(own)[0], WANTED)
    assert isinstance(late, Applied)
    assert late.unit_price == Decimal("0.000001")
