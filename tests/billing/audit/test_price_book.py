"""Facts about what changes a list price: its hours, its region and the contract's percentage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest

from billing.audit.catalog_rows import Discount, Price
from billing.audit.local_time import NEVER, NO_DAY
from billing.audit.price_book import PriceBook
from billing.audit.price_rows import Model, PriceAdjustment, PriceWindow, RegionUplift
from billing.audit.pricing import Applied, Pricer
from billing.audit.terms import Terms
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

MODELS = {
    "gpt-5": Model("gpt-5", "openai", "gpt"),
    "mini": Model("mini", "openai", "gpt"),
    "whisper": Model("whisper", "openai", "whisper"),
    "claude": Model("claude", "anthropic", "claude"),
}
NIGHT = PriceWindow("night", time(20), time(4), frozenset(range(7)), "UTC")


def _uplift(name: str, pct: str, model_id: str = "", starts: str = "2026-01-01") -> RegionUplift:
    return RegionUplift(name, "openai", model_id, "eu", Decimal(pct), at(starts), NEVER)


def _off(
    name: str, pct: str, scope: tuple[str, str, str], starts: date = LONG_AGO
) -> PriceAdjustment:
    return PriceAdjustment(name, "c", *scope, Decimal(pct), starts, NO_DAY)


def _own(*adjustments: PriceAdjustment, currency: str = "USD", agreed: Sequence[str] = ()) -> Terms:
    prices = [contract_price("cp", amount) for amount in agreed]
    base = terms(currency=currency, prices=prices)
    contracts = (base.contracts, base.contract_prices, base.discounts)
    return Terms(base.profile, *contracts, adjustments, MODELS)


def _applied(
    own: Terms, rows: Sequence[Price], uplifts: Sequence[RegionUplift] = (), region: str = ""
) -> Applied:
    book = PriceBook(rows, [NIGHT], uplifts, MODELS)
    rates = exchange(("USD", "EUR", "2026-10-01", "0.87654321"))
    wanted = WANTED._replace(region=region)
    found = Pricer(own, book, rates, OCTOBER).price(slices(own)[-1], wanted)
    assert isinstance(found, Applied)
    return found


@pytest.mark.parametrize(
    ("open_windows", "band", "region", "price_id"),
    [
        ((), 0, "", "plain"),
        (("night",), 0, "", "night"),
        (("other",), 0, "", "plain"),
        (("night",), 200_000, "", "long"),
        (("night",), 0, "eu", "eu"),
    ],
)
def test_an_open_window_wins_among_rows_of_the_same_region_and_threshold(
    open_windows: tuple[str, ...], band: int, region: str, price_id: str
) -> None:
    book = PriceBook(
        [
            price("plain", "4"),
            price("night", "1", price_window_id="night"),
            price("long", "8", context_above_tokens=200_000),
            price("eu", "5", region="eu"),
        ]
    )
    wanted = WANTED._replace(region=region, context_band=band, open_windows=frozenset(open_windows))
    assert [row.price_id for row in book.find(wanted, at("2026-10-05"))] == [price_id]


def test_a_row_of_the_region_above_an_unreached_threshold_leaves_the_plain_one() -> None:
    book = PriceBook([price("plain", "1"), price("eu", "2", region="eu", context_above_tokens=9)])
    wanted = WANTED._replace(region="eu")
    found = [book.find(wanted._replace(context_band=band), at("2026-10-05")) for band in (0, 9)]
    assert [[row.price_id for row in rows] for rows in found] == [["plain"], ["eu"]]


def test_a_windowed_row_ends_no_plain_one() -> None:
    rows = [
        price("plain", "4"),
        price("night", "1", price_window_id="night", valid_from_at=at("2026-09-01")),
    ]
    found = PriceBook(rows).find(WANTED, at("2026-10-05"))
    assert [row.price_id for row in found] == ["plain"]


def test_an_uplift_of_the_model_goes_before_its_providers_and_a_regional_price_has_none() -> None:
    uplifts = [_uplift("all", "0.1"), _uplift("own", "0.25", "gpt-5", "2026-10-15")]
    book = PriceBook([price("p", "1")], (), uplifts, MODELS)
    wanted = WANTED._replace(region="eu")
    found = [book.uplift(wanted, at(day)) for day in ("2026-10-14T23:45", "2026-10-15")]
    assert [row.uplift_id for row in found if row] == ["all", "own"]
    assert book.uplift(wanted._replace(region="us"), at("2026-10-15")) is None
    assert book.uplift(wanted._replace(model_id="claude"), at("2026-10-15")) is None
    regional = _applied(_own(), [price("p", "1"), price("r", "2", region="eu")], uplifts, "eu")
    assert (regional.price_id, regional.uplift_id, regional.unit_price) == ("r", "", 2)


def test_an_uplifts_instants_cut_slices() -> None:
    book = PriceBook([price("p", "1")], (), [_uplift("u", "0.1", "", "2026-10-15")], MODELS)
    assert at("2026-10-15") in book.instants


def test_a_model_is_priced_since_its_own_last_change_or_any_uplift() -> None:
    rows = [
        price("p", "1"),
        replace(price("q", "2"), valid_from_at=at("2026-10-10")),
        replace(price("r", "3"), model_id="mini", valid_from_at=at("2026-10-20")),
    ]
    book = PriceBook(rows, (), [_uplift("u", "0.1", "", "2026-10-25")], MODELS)
    since = [
        book.priced_since("gpt-5", at(when)) for when in ("2026-10-09", "2026-10-10", "2026-10-24")
    ]
    assert since == [rows[0].valid_from_at, at("2026-10-10"), at("2026-10-10")]
    assert book.priced_since("gpt-5", at("2026-10-25")) == at("2026-10-25")
    assert book.priced_since("mini", at("2026-10-19")) is None


@pytest.mark.parametrize(
    ("model_id", "adjustment_id"),
    [("gpt-5", "model"), ("mini", "family"), ("whisper", "provider"), ("claude", "all")],
)
def test_the_narrowest_percentage_off_applies(model_id: str, adjustment_id: str) -> None:
    own = _own(
        _off("all", "0.1", ("", "", "")),
        _off("provider", "0.2", ("", "", "openai")),
        _off("family", "0.3", ("", "gpt", "")),
        _off("model", "0.4", ("gpt-5", "", "")),
    )
    found = own.adjustment_at(at("2026-10-05"), "c", model_id)
    assert found is not None
    assert found.adjustment_id == adjustment_id
    assert own.adjustment_at(at("2026-10-05"), "other", model_id) is None


def test_a_percentage_off_starts_at_local_midnight_and_cuts_the_terms() -> None:
    own = _own(_off("a", "0.5", ("", "", ""), date(2026, 10, 11)))
    before, after = slices(own)
    assert after.stretch.starts_at == at("2026-10-11")
    pricer = Pricer(own, PriceBook([price("p", "1")]), exchange(), OCTOBER)
    found = [pricer.price(slice_, WANTED) for slice_ in (before, after)]
    assert [row.unit_price for row in found if isinstance(row, Applied)] == [1, Decimal("0.5")]


def test_uplift_percentage_and_rate_are_multiplied_exactly_and_rounded_once() -> None:
    """By hand: 0.000001234567 x 1.15 x 0.85 x 0.87654321 = 0.0000010578029164...

    3e-12 x 1.5 x 0.5 = 2.25e-12, so 2e-12; rounded after each step it would be 3e-12.
    """
    own = _own(_off("a", "0.15", ("", "", "")), currency="EUR")
    found = _applied(own, [price("p", "0.000001234567")], [_uplift("u", "0.15")], "eu")
    assert found.unit_price == Decimal("0.000001057803")
    assert found.list_price == Decimal("0.000001244474")
    half = _own(_off("a", "0.5", ("", "", "")))
    tiny = _applied(half, [price("p", "0.000000000003")], [_uplift("u", "0.5")], "eu")
    assert tiny.unit_price == Decimal("0.000000000002")


def test_an_agreed_price_is_neither_raised_nor_lowered_but_its_list_price_is_raised() -> None:
    own = _own(_off("a", "0.15", ("", "", "")), agreed=["0.5"])
    found = _applied(own, [price("p", "1")], [_uplift("u", "0.1")], "eu")
    assert (found.list_price, found.unit_price) == (Decimal("1.1"), Decimal("0.5"))
    assert (found.uplift_id, found.adjustment_id, found.off_pct) == ("u", "", 0)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({}, True),
        ({"family": "gpt"}, True),
        ({"family": "claude"}, False),
        ({"provider": "openai", "meter": "cache_read"}, False),
        ({"provider": "openai", "service_tier": "default"}, True),
        ({"family": "gpt", "service_tier": "batch"}, False),
    ],
)
def test_a_discount_covers_what_all_its_scopes_name(scope: dict[str, str], covered: bool) -> None:
    row = Discount("d", "c", 1, Decimal("0.1"), "", LONG_AGO, NO_DAY, **scope)
    assert _own().covers(row, "gpt-5", "input_uncached", "default") == covered
