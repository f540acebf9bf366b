"""Credits and bounds that contradict their organization, their contract or each other.

org_aurora is billed in EUR under contract_aurora_2026, which starts on 2026-01-01.
"""

from collections.abc import Callable

import pytest

from billing.errors import Problem
from tests.billing.catalog.conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
Row = dict[str, str]


def credit(**changed: str) -> Row:
    return {
        "credit_id": "welcome",
        "organization_id": "org_aurora",
        "kind": "coupon",
        "name": "Welcome",
        "currency": "EUR",
        "amount": "100.00",
        "repeats": "once",
        "months": "0",
        "valid_from_date": "2026-01-01",
        "valid_to_date": "",
        **changed,
    }


def bound(**changed: str) -> Row:
    return {
        "spend_term_id": "least",
        "contract_id": "contract_aurora_2026",
        "kind": "minimum",
        "period": "month",
        "currency": "EUR",
        "amount": "100.00",
        "valid_from_date": "2026-01-01",
        "valid_to_date": "",
        **changed,
    }


def test_both_files_may_be_absent(catalog: CatalogFolder) -> None:
    assert not catalog.file("credits").exists()
    assert catalog.problems() == []


def test_credits_of_every_kind_and_bounds_hold_together(catalog: CatalogFolder) -> None:
    kinds = ("coupon", "promotional", "service", "purchased", "committed")
    catalog.write("credits", [credit(credit_id=kind, kind=kind) for kind in kinds])
    year = {"period": "term", "amount": "1200", "valid_to_date": "2027-01-01"}
    catalog.write(
        "spend_terms",
        [
            bound(),
            bound(spend_term_id="most", kind="maximum"),
            bound(spend_term_id="year", **year),
            bound(spend_term_id="cap", kind="maximum", **year),
        ],
    )
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"currency": "USD"}, "currency", "is USD, but org_aurora is billed in EUR"),
        ({"currency": ""}, "currency", "empty"),
        ({"amount": "-5"}, "amount", "not a plain number"),
        ({"amount": "0.00"}, "amount", "not above zero"),
        ({"amount": "5.001"}, "amount", "more decimals than EUR"),
        ({"months": "3"}, "months", "is 3 for a credit that is granted once"),
        ({"kind": "gift"}, "kind", "known value"),
        ({"repeats": "monthly", "kind": "purchased"}, "repeats", "monthly for kind purchased"),
        ({"organization_id": "org_nobody"}, "organization_id", "not in organizations.csv"),
        ({"valid_to_date": "2026-01-01"}, "valid_to_date", "not after its start"),
    ],
)
def test_a_credit_that_cannot_be_given_is_named(
    catalog: CatalogFolder, refused: Refused, changed: Row, field: str, words: str
) -> None:
    catalog.write("credits", [credit(**changed)])
    assert words in refused("credits", 2, field).message


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"currency": "USD"}, "currency", "is USD, but org_aurora is billed in EUR"),
        ({"currency": ""}, "currency", "empty"),
        ({"amount": "-5"}, "amount", "not a plain number"),
        ({"amount": "0.005"}, "amount", "more decimals than EUR"),
        ({"period": "term"}, "valid_to_date", "empty for period term"),
        ({"valid_from_date": "2025-12-31"}, "valid_from_date", "before contract_aurora_2026"),
        (
            {
                "kind": "maximum",
                "period": "term",
                "valid_from_date": "2026-10-17",
                "valid_to_date": "2027-01-01",
            },
            "valid_from_date",
            "lies within a month",
        ),
    ],
)
def test_a_bound_that_cannot_hold_is_named(
    catalog: CatalogFolder, refused: Refused, changed: Row, field: str, words: str
) -> None:
    catalog.write("spend_terms", [bound(**changed)])
    assert words in refused("spend_terms", 2, field).message


def test_a_bound_does_not_outlive_its_contract(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("contracts", contract_id="contract_aurora_2026")
    catalog.change("contracts", row, valid_to_date="2027-01-01")
    catalog.write("spend_terms", [bound()])
    assert "contract_aurora_2026 ends" in refused("spend_terms", 2, "valid_to_date").message


def test_two_bounds_of_one_kind_do_not_overlap(catalog: CatalogFolder, refused: Refused) -> None:
    second = bound(spend_term_id="again", valid_from_date="2026-06-01")
    catalog.write("spend_terms", [bound(), second])
    assert "overlaps row 2" in refused("spend_terms", 3, "valid_from_date").message


@pytest.mark.parametrize(
    ("least", "most"),
    [
        ({"amount": "100.01"}, {}),
        ({"amount": "1000"}, {"period": "term", "valid_to_date": "2027-01-01"}),
    ],
)
def test_a_minimum_above_the_maximum_is_named(
    catalog: CatalogFolder, refused: Refused, least: Row, most: Row
) -> None:
    upper = bound(spend_term_id="most", kind="maximum", **most)
    catalog.write("spend_terms", [bound(**least), upper])
    assert "above the maximum of 100.000 in row 3" in refused("spend_terms", 2, "amount").message


def test_a_maximum_may_follow_a_higher_minimum(catalog: CatalogFolder) -> None:
    lower = bound(valid_to_date="2026-10-17", amount="500")
    upper = bound(spend_term_id="most", kind="maximum", valid_from_date="2026-10-17")
    catalog.write("spend_terms", [lower, upper])
    assert catalog.problems() == []
