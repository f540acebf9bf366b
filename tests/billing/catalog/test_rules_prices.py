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
