"""Limits of keys, promises of tiers, and caps of what was bought."""

from collections.abc import Callable

import pytest

from billing.catalog import read_catalog
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]

LIMIT = {
    "key_limit_id": "kl_1",
    "api_key_id": "key_aurora_01",
    "model_id": "",
    "rpm": "60",
    "rph": "",
    "rpd": "",
    "tpm": "",
    "tpd": "5000000",
    "monthly_spend_amount": "250.00",
    "currency": "EUR",
    "valid_from_at": "2026-10-01T00:15:00Z",
    "valid_to_at": "",
}
PROMISE = {
    "tier_promise_id": "tp_1",
    "contract_id": "contract_aurora_2026",
    "service_tier": "priority",
    "model_id": "",
    "success_pct": "0.995",
    "p95_ms": "5000",
    "valid_from_date": "2026-10-01",
    "valid_to_date": "",
}


def limits(catalog: CatalogFolder, *changes: dict[str, str]) -> None:
    catalog.write("key_limits", [LIMIT | change for change in changes])


def test_limits_of_a_key_may_be_absent_and_an_empty_one_is_none(catalog: CatalogFolder) -> None:
    assert read_catalog(catalog.path)["key_limits"].is_empty()
    of_model = {"key_limit_id": "kl_2", "model_id": "gpt-5"}
    nothing_of_money = {"monthly_spend_amount": "", "currency": ""}
    limits(catalog, {}, of_model | nothing_of_money)
    assert catalog.problems() == []
    table = read_catalog(catalog.path)["key_limits"]
    assert table.select("rpm", "rph", "tpd").rows() == [(60, None, 5000000)] * 2


@pytest.mark.parametrize("rate", ["rpm", "rph", "rpd", "tpm", "tpd"])
@pytest.mark.parametrize(
    ("value", "words"), [("0", "above zero"), ("000", "above zero"), ("-5", "whole number")]
)
def test_a_limit_that_lets_nothing_through_is_refused(
    catalog: CatalogFolder, rate: str, value: str, words: str
) -> None:
    limits(catalog, {rate: value})
    messages = [str(problem) for problem in catalog.problems()]
    assert any(words in text and f"row 2, field {rate}" in text for text in messages)


def test_a_spend_limit_of_nothing_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    limits(catalog, {"monthly_spend_amount": "0.00"})
    assert "above zero" in refused("key_limits", 2, "monthly_spend_amount").message


@pytest.mark.parametrize(
    ("field", "value"), [("api_key_id", "key_nobody_01"), ("model_id", "gpt-99")]
)
def test_limits_of_what_does_not_exist_are_refused(
    catalog: CatalogFolder, refused: Refused, field: str, value: str
) -> None:
    limits(catalog, {field: value, "monthly_spend_amount": "", "currency": ""})
    assert f"{value} is not in" in refused("key_limits", 2, field).message


def test_two_limits_of_a_key_at_once_are_refused_and_one_after_the_other_are_not(
    catalog: CatalogFolder, refused: Refused
) -> None:
    then = {"key_limit_id": "kl_2", "valid_from_at": "2026-10-15T12:00:00Z"}
    limits(catalog, {"valid_to_at": "2026-10-15T12:00:00Z"}, then)
    assert catalog.problems() == []
    limits(catalog, {"valid_to_at": "2026-10-15T12:15:00Z"}, then)
    assert "overlaps row 2" in refused("key_limits", 3, "valid_from_at").message


def test_a_limit_changes_on_a_quarter_hour(catalog: CatalogFolder, refused: Refused) -> None:
    limits(catalog, {"valid_from_at": "2026-10-01T00:10:00Z"})
    assert "quarter hour" in refused("key_limits", 2, "valid_from_at").message


def test_a_row_without_any_limit_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    empty = dict.fromkeys(("rpm", "tpd", "monthly_spend_amount", "currency"), "")
    limits(catalog, empty)
    assert "limits nothing" in refused("key_limits", 2, None).message


def test_a_spend_limit_is_in_the_customers_currency_and_of_the_whole_key(
    catalog: CatalogFolder, refused: Refused
) -> None:
    limits(catalog, {"currency": "USD"})
    assert "is USD, but org_aurora is billed in EUR" in (
        refused("key_limits", 2, "currency").message
    )
    limits(catalog, {"currency": ""})
    assert "is empty where monthly_spend_amount is set" in (
        refused("key_limits", 2, "currency").message
    )
    limits(catalog, {"monthly_spend_amount": ""})
    assert "is set where monthly_spend_amount is empty" in (
        refused("key_limits", 2, "currency").message
    )
    limits(catalog, {"monthly_spend_amount": "10.005"})
    assert "more decimals" in refused("key_limits", 2, "monthly_spend_amount").message
    limits(catalog, {"model_id": "gpt-5"})
    assert "for gpt-5 alone" in refused("key_limits", 2, "monthly_spend_amount").message


@pytest.mark.parametrize("field", ["daily_call_limit", "monthly_token_cap"])
def test_a_cap_of_zero_in_what_was_bought_is_refused(
    catalog: CatalogFolder, refused: Refused, field: str
) -> None:
    catalog.change("subscription_items", 2, **{field: "0"})
    assert "above zero" in refused("subscription_items", 2, field).message


def test_an_unknown_model_in_what_was_bought_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.change("subscription_items", 2, model_id="gpt-99")
    assert "gpt-99 is not in models.csv" in refused("subscription_items", 2, "model_id").message


def test_a_promise_names_a_share_or_a_latency_of_a_contract(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.write("tier_promises", [PROMISE])
    assert catalog.problems() == []
    catalog.write("tier_promises", [PROMISE | {"success_pct": "", "p95_ms": ""}])
    assert "promises nothing" in refused("tier_promises", 2, None).message
    catalog.write("tier_promises", [PROMISE | {"p95_ms": "0"}])
    assert "above zero" in refused("tier_promises", 2, "p95_ms").message
    catalog.write("tier_promises", [PROMISE | {"contract_id": "contract_nobody"}])
    refused("tier_promises", 2, "contract_id")
    catalog.write("tier_promises", [PROMISE, PROMISE | {"tier_promise_id": "tp_2"}])
    assert "overlaps row 2" in refused("tier_promises", 3, "valid_from_date").message
