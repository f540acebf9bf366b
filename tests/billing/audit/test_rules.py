"""Facts about discounts on charges, fees, taxes, months and where usage counts."""

from datetime import date
from decimal import Decimal

import pytest

from billing.audit.catalog_rows import (
    CatalogFiles,
    Subscription,
    SubscriptionItem,
    TaxRate,
    TaxTreatment,
)
from billing.audit.fees import fees_of
from billing.audit.lines import Line
from billing.audit.local_time import NO_DAY, add_months, last_day_before, month_bounds
from billing.audit.price_book import PriceBook
from billing.audit.pricing import Pricer
from billing.audit.rating import Charge, rate
from billing.audit.sliced_rollup import Attributes
from billing.audit.tax import TaxBook
from billing.audit.terms import Terms
from billing.audit.usage import Usage
from billing.errors import MeterbookError
from tests.billing.audit.engine import OCTOBER, STANDARD, at, discount, price, slices, terms
from tests.billing.audit.test_pricing import NO_FILES, exchange


def _files(**changed: object) -> CatalogFiles:
    files = {name: getattr(NO_FILES, name) for name in CatalogFiles.__slots__}
    return CatalogFiles(**{**files, **changed})


def _rated(own: Terms, *quantities: tuple[str, int]) -> list[Charge]:
    slice_ = slices(own)[0]
    pricer = Pricer(own, PriceBook([price("p", "0.000001")]), exchange(), OCTOBER)
    attributes = Attributes("", "contract", "gpt-5", "default", "", 0)
    usages = [
        Usage(slice_, attributes._replace(project_id=project), "input_uncached", quantity)
        for project, quantity in quantities
    ]
    return rate(usages, own, pricer).charges


def test_ten_then_twenty_percent_are_twenty_eight() -> None:
    own = terms(discounts=[discount("b", "0.2", 2), discount("a", "0.1", 1)])
    (charge,) = _rated(own, ("proj", 1_000_000))
    assert [(step.discount_id, step.base, step.amount) for step in charge.steps] == [
        ("a", Decimal(1), Decimal("0.1")),
        ("b", Decimal("0.9"), Decimal("0.18")),
    ]
    assert charge.net_amount == Decimal("0.72")


def test_each_discount_step_is_rounded_to_twelve_decimals() -> None:
    (charge,) = _rated(terms(discounts=[discount("a", "0.333333")]), ("proj", 1_000_001))
    assert charge.contracted_amount == Decimal("1.000001")
    assert charge.discount_amount == Decimal("0.333333333333")


def test_usage_of_one_project_is_one_charge_and_of_two_projects_two() -> None:
    charges = _rated(terms(), ("a", 1), ("b", 5), ("a", 2))
    assert sorted((row.key.project_id, row.quantity) for row in charges) == [("a", 3), ("b", 5)]


def _fee_lines(files: CatalogFiles, bought: list[Subscription], month: date) -> list[Line]:
    """The lines that charge, where nothing is given back."""
    found = fees_of(files, bought, month, lambda _: STANDARD, 2)
    assert found.keys() <= {month}
    return found.get(month, [])


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 29)),
    ],
)
def test_a_period_begins_on_the_anniversary_or_the_months_last_day(
    month: date, first: date, last: date
) -> None:
    bought = Subscription("s", "org", "plan", "solo", date(2026, 1, 31), NO_DAY)
    files = _files(plan_fees={"solo": Decimal(19)})
    (line,) = _fee_lines(files, [bought], month)
    assert (line.key.period_first_date, line.period_last_date) == (first, last)
    assert (line.exact, line.quantity, line.base_quantity) == (Decimal(19), 1, 1)


def test_a_period_that_the_end_cuts_ends_with_it() -> None:
    bought = Subscription("s", "org", "plan", "solo", date(2026, 1, 31), date(2026, 3, 15))
    files = _files(plan_fees={"solo": Decimal(19)})
    (line,) = _fee_lines(files, [bought], date(2026, 2, 1))
    assert (line.key.period_first_date, line.period_last_date) == (
        date(2026, 2, 28),
        date(2026, 3, 14),
    )
    assert line.exact == Decimal(19)


def _months_with_fee(starts: date, ends: date) -> list[int]:
    bought = Subscription("s", "org", "plan", "solo", starts, ends)
    files = _files(plan_fees={"solo": Decimal(19)})
    months = [date(2026, month, 1) for month in range(1, 13)]
    return [month.month for month in months if _fee_lines(files, [bought], month)]


def test_a_subscription_is_billed_from_its_start_until_it_ends() -> None:
    assert _months_with_fee(date(2026, 9, 15), date(2026, 11, 15)) == [9, 10]
    assert _months_with_fee(date(2026, 9, 15), date(2026, 11, 16)) == [9, 10, 11]


def test_a_custom_subscription_has_one_line_per_item() -> None:
    bought = Subscription("s", "org", "custom", "", date(2026, 10, 4), NO_DAY)
    items = tuple(
        SubscriptionItem("s", model, "stable", Decimal(fee))
        for model, fee in (("sonnet", "310"), ("gpt-5", "240"))
    )
    lines = _fee_lines(_files(items=items), [bought], OCTOBER)
    assert [(row.key.line_kind, row.key.model_id, row.exact) for row in lines] == [
        ("item_fee", "gpt-5", Decimal(240)),
        ("item_fee", "sonnet", Decimal(310)),
    ]


def test_the_tax_rate_is_that_of_the_months_last_day() -> None:
    rates = (
        TaxRate("DE", "S", Decimal("0.19"), date(2020, 1, 1), date(2020, 7, 1)),
        TaxRate("DE", "S", Decimal("0.16"), date(2020, 7, 1), date(2021, 1, 1)),
    )
    files = _files(tax_rates=rates, treatments={"de": TaxTreatment("S", "DE")})
    assert TaxBook(files).find("de", date(2020, 6, 1)).rate == Decimal("0.19")
    assert TaxBook(files).find("de", date(2020, 12, 1)).rate == Decimal("0.16")
    with pytest.raises(MeterbookError, match="DE has 0 tax rates of category S on 2021-01-31"):
        TaxBook(files).find("de", date(2021, 1, 1))
    with pytest.raises(MeterbookError, match="no tax treatment 'fr'"):
        TaxBook(files).find("fr", date(2020, 6, 1))


@pytest.mark.parametrize(
    ("zone", "starts", "ends"),
    [
        ("Asia/Kolkata", "2026-09-30T18:30", "2026-10-31T18:30"),
        ("Europe/Berlin", "2026-09-30T22:00", "2026-10-31T23:00"),
        ("America/New_York", "2026-10-01T04:00", "2026-11-01T04:00"),
        ("Asia/Tokyo", "2026-09-30T15:00", "2026-10-31T15:00"),
    ],
)
def test_a_month_begins_and_ends_at_midnight_of_the_zone(zone: str, starts: str, ends: str) -> None:
    assert month_bounds(OCTOBER, zone) == (at(starts), at(ends))
    assert last_day_before(at(ends), zone) == date(2026, 10, 31)


def test_months_are_added_from_the_day_itself() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), 2) == date(2026, 3, 31)
    assert add_months(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert add_months(date(2028, 3, 31), -1) == date(2028, 2, 29)
