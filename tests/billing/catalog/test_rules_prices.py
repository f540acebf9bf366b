"""Thresholds, amounts, currencies and outcomes that do not fit."""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


@pytest.mark.parametrize("name", ["prices", "contract_prices"])
def test_a_threshold_off_the_ladder_is_refused(
    catalog: CatalogFolder, refused: Refused, name: str
) -> None:
    catalog.change(name, 2, context_above_tokens="100000")
    assert "100000 is not on the ladder" in refused(name, 2, "context_above_tokens").message


def test_a_fee_is_whole_in_minor_units(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.change("plans", 2, monthly_fee="99.005")
    refused("plans", 2, "monthly_fee")


def test_an_item_fee_is_whole_in_the_subscriptions_currency(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.change("subscription_items", 3, monthly_fee="310.001")
    refused("subscription_items", 3, "monthly_fee")


def test_a_top_up_in_another_currency_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.change("top_ups", 2, currency="EUR")
    assert "is EUR, but it is billed in USD" in refused("top_ups", 2, "currency").message


def test_a_subscription_in_another_currency_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("subscriptions", subscription_id="sub_lumen_1")
    catalog.change("subscriptions", row, currency="CNY")
    refused("subscriptions", row, "currency")


def test_a_plan_in_another_currency_than_its_subscription_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = catalog.row_of("plans", plan_id="plan_solo")
    catalog.change("plans", row, currency="USD")
    refused("plans", row, "currency")


def test_a_currency_has_no_rate_against_itself(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.change("exchange_rates", 2, quote_currency="USD")
    refused("exchange_rates", 2, "quote_currency")


def test_an_outcome_without_a_rule_is_named(catalog: CatalogFolder, refused: Refused) -> None:
    rules = [rule for rule in catalog.rows("outcome_rules") if rule["outcome"] != "rate_limited"]
    catalog.write("outcome_rules", rules)
    assert "rate_limited" in refused("outcome_rules", None, "outcome").message


def test_an_outcome_that_is_not_billed_says_why(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("outcome_rules", outcome="client_error")
    catalog.change("outcome_rules", row, not_billed_reason="")
    refused("outcome_rules", row, "not_billed_reason")


def _rule(catalog: CatalogFolder, *rules: dict[str, str]) -> str:
    """Write rules of the first contract; its id."""
    contract = catalog.rows("contracts")[0]["contract_id"]
    row = {"contract_id": contract, "outcome": "gateway_cache_hit", "is_billed": "true"}
    rows = [row | {"not_billed_reason": ""} | rule for rule in rules]
    catalog.write("contract_outcome_rules", rows)
    return contract


def test_a_contract_may_bill_what_others_do_not_pay_for(catalog: CatalogFolder) -> None:
    aborted = {"outcome": "client_aborted", "is_billed": "false", "not_billed_reason": "goodwill"}
    _rule(catalog, {}, {"outcome": "byok"}, aborted)
    assert catalog.problems() == []


@pytest.mark.parametrize(
    ("field", "changed", "words"),
    [
        ("contract_id", {"contract_id": "nobody"}, "nobody is not in contracts.csv"),
        ("outcome", {"outcome": "cached"}, "'cached' "),
        ("is_billed", {"is_billed": "yes"}, "'yes' "),
        ("not_billed_reason", {"not_billed_reason": "goodwill"}, "does not fit is_billed"),
        ("not_billed_reason", {"is_billed": "false"}, "does not fit is_billed"),
        ("is_billed", {"outcome": "refund"}, "what was given back would be charged once more"),
    ],
)
def test_a_rule_of_a_contract_that_cannot_be_meant_is_refused(
    catalog: CatalogFolder, refused: Refused, field: str, changed: dict[str, str], words: str
) -> None:
    _rule(catalog, {"outcome": "byok"}, changed)
    problem = refused("contract_outcome_rules", 3, field)
    assert words in problem.message
    assert problem.remedy


def test_a_contract_has_one_rule_for_an_outcome(catalog: CatalogFolder, refused: Refused) -> None:
    contract = _rule(catalog, {}, {"is_billed": "false", "not_billed_reason": "goodwill"})
    message = refused("contract_outcome_rules", 3, "contract_id").message
    assert message == f"{contract} / gateway_cache_hit already stands in row 2"


def test_refunds_are_billed_to_nobody(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("outcome_rules", outcome="refund")
    catalog.change("outcome_rules", row, is_billed="true", not_billed_reason="")
    assert "charged once more" in refused("outcome_rules", row, "is_billed").message
