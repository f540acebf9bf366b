"""Exchange terms, rates without holes, and the currency of the seller's accounts.

The sample catalog has rates of `ecb` for every working day from August to October 2026, so the
longest gap is a weekend: from Friday to Sunday are two days.
"""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def _terms(catalog: CatalogFolder, **changed: str) -> str:
    """Give the first contract that is billed in euros exchange terms; its id."""
    profiles = {row["organization_id"]: row["currency"] for row in catalog.rows("billing_profiles")}
    contract = next(
        row for row in catalog.rows("contracts") if profiles[row["organization_id"]] == "EUR"
    )
    row = {
        "contract_id": contract["contract_id"],
        "date_rule": "daily",
        "max_age_days": "2",
        "price_digits": "12",
    }
    catalog.write("exchange_terms", [row | changed])
    return contract["contract_id"]


def _seller(catalog: CatalogFolder, **changed: str) -> None:
    empty = dict.fromkeys(
        ("accounting_currency", "accounting_source", "accounting_max_age_days"), ""
    )
    catalog.write("seller", [row | empty | changed for row in catalog.rows("seller")])


@pytest.mark.parametrize("rule", ["daily", "invoice_date"])
def test_rates_of_every_working_day_serve_every_day(catalog: CatalogFolder, rule: str) -> None:
    _terms(catalog, date_rule=rule)
    assert catalog.problems() == []


def test_a_weekend_is_a_hole_where_only_one_day_is_allowed(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """Of all weekends each is named; here only the one from 2 October is left."""
    rates = catalog.rows("exchange_rates")
    pair = [row for row in rates if row["quote_currency"] == "EUR"]
    kept = [row for row in pair if row["rate_date"] in {"2026-10-01", "2026-10-02", "2026-10-05"}]
    others = [row for row in rates if row["quote_currency"] != "EUR"]
    catalog.write("exchange_rates", kept + others)
    contract = _terms(catalog, max_age_days="1")
    assert refused("exchange_terms", 2, "max_age_days").message == (
        f"{contract} has no rate of USD to EUR by ecb on 2026-10-04: the last one, of 2026-10-02, "
        "is more than 1 days old"
    )


def test_only_the_ends_of_months_matter_to_documents(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """Without the last week of August nothing serves the 31st; within a month nothing is asked."""
    contract = _terms(catalog, date_rule="invoice_date", max_age_days="5")
    rates = catalog.rows("exchange_rates")
    catalog.write(
        "exchange_rates",
        [row for row in rates if not "2026-09-08" <= row["rate_date"] <= "2026-09-18"],
    )
    assert catalog.problems() == []
    catalog.write(
        "exchange_rates",
        [row for row in rates if not "2026-08-25" <= row["rate_date"] <= "2026-08-31"],
    )
    assert refused("exchange_terms", 2, "max_age_days").message == (
        f"{contract} has no rate of USD to EUR by ecb on 2026-08-31: the last one, of 2026-08-24, "
        "is more than 5 days old"
    )


def test_terms_without_a_source_are_refused(catalog: CatalogFolder, refused: Refused) -> None:
    contract = _terms(catalog)
    catalog.change(
        "contracts", catalog.row_of("contracts", contract_id=contract), exchange_source=""
    )
    refused("exchange_terms", 2, "contract_id")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date_rule", "weekly"),
        ("max_age_days", ""),
        ("max_age_days", "367"),
        ("price_digits", "13"),
        ("price_digits", "-1"),
        ("contract_id", "nobody"),
    ],
)
def test_a_term_that_says_nothing_known_is_refused(
    catalog: CatalogFolder, refused: Refused, field: str, value: str
) -> None:
    _terms(catalog, **{field: value})
    refused("exchange_terms", 2, field)


def test_an_unknown_source_is_refused(catalog: CatalogFolder) -> None:
    _seller(catalog, accounting_currency="EUR", accounting_source="nobody")
    places = [(problem.file, problem.field) for problem in catalog.problems()]
    assert ("seller.csv", "accounting_source") in places


def test_decimals_that_make_a_price_nothing_are_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """No price of the sample is 0.5 or more per unit, so no decimals leave none of them."""
    _terms(catalog, price_digits="0")
    assert " decimals make the price " in refused("exchange_terms", 2, "price_digits").message


def test_a_currency_without_a_rate_to_the_accounts_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    """The sample bills euros, which need no rate, dollars, which have one, and once yen."""
    _seller(catalog, accounting_currency="EUR", accounting_source="ecb")
    row = catalog.row_of("billing_profiles", currency="JPY")
    message = refused("billing_profiles", row, "currency").message
    assert message == "is JPY, and no rate of JPY to EUR by ecb is known"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"accounting_currency": "EUR"}, "accounting_source"),
        ({"accounting_source": "ecb"}, "accounting_source"),
        ({"accounting_max_age_days": "5"}, "accounting_max_age_days"),
    ],
)
def test_half_of_the_accounts_is_refused(
    catalog: CatalogFolder, changed: dict[str, str], field: str
) -> None:
    _seller(catalog, **changed)
    problems = [each for each in catalog.problems() if each.file == "seller.csv"]
    assert [(problem.row, problem.field) for problem in problems] == [(2, field)]
