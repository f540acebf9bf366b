"""Alerts and automatic top-ups that could never be raised, or not of this balance.

org_harbor is billed in USD.
"""

from collections.abc import Callable

import pytest

from billing.catalog.accepted import DATED
from billing.errors import Problem
from tests.billing.catalog.conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]
Row = dict[str, str]


def alert(**changed: str) -> Row:
    return {
        "balance_alert_id": "low",
        "organization_id": "org_harbor",
        "kind": "amount",
        "threshold": "20.00",
        "currency": "USD",
        "valid_from_date": "2026-01-01",
        "valid_to_date": "",
        **changed,
    }


def days(**changed: str) -> Row:
    return alert(balance_alert_id="days", kind="days_left", threshold="3", currency="") | changed


def auto(**changed: str) -> Row:
    return {
        "auto_top_up_id": "auto",
        "organization_id": "org_harbor",
        "below_amount": "20.00",
        "amount": "100.00",
        "currency": "USD",
        "most_per_month": "2",
        "valid_from_date": "2026-01-01",
        "valid_to_date": "",
        **changed,
    }


def test_both_files_may_be_absent(catalog: CatalogFolder) -> None:
    assert not catalog.file("balance_alerts").exists()
    assert not catalog.file("auto_top_ups").exists()
    assert catalog.problems() == []


def test_rules_of_one_and_of_everybody_hold_together(catalog: CatalogFolder) -> None:
    catalog.write(
        "balance_alerts",
        [
            alert(),
            alert(balance_alert_id="lower", threshold="5.00"),
            alert(balance_alert_id="all", organization_id=""),
            alert(balance_alert_id="euro", organization_id="", currency="EUR"),
            days(),
            days(balance_alert_id="half_a_day", threshold="0.5", organization_id=""),
        ],
    )
    ended = auto(auto_top_up_id="before", valid_from_date="2025-01-01", valid_to_date="2026-01-01")
    catalog.write("auto_top_ups", [ended, auto()])
    assert catalog.problems() == []


@pytest.mark.parametrize("threshold", ["0", "0.00", "-5", "5,00", "1e2", "", "0.0001"])
@pytest.mark.parametrize("row", [alert(), days()], ids=["amount", "days_left"])
def test_a_threshold_is_above_zero(
    catalog: CatalogFolder, refused: Refused, row: Row, threshold: str
) -> None:
    catalog.write("balance_alerts", [row | {"threshold": threshold}])
    refused("balance_alerts", 2, "threshold")


@pytest.mark.parametrize("field", ["below_amount", "amount"])
@pytest.mark.parametrize("amount", ["0", "-20", "1.005"])
def test_amounts_of_a_top_up_are_money_above_zero(
    catalog: CatalogFolder, refused: Refused, field: str, amount: str
) -> None:
    catalog.write("auto_top_ups", [auto(**{field: amount})])
    refused("auto_top_ups", 2, field)


def test_an_amount_is_whole_minor_units(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.write("balance_alerts", [alert(threshold="20.005")])
    refused("balance_alerts", 2, "threshold")


def test_another_currency_than_the_balances_is_refused(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.write("balance_alerts", [alert(currency="EUR")])
    assert "is EUR, but org_harbor is billed in USD" in (
        refused("balance_alerts", 2, "currency").message
    )
    catalog.file("balance_alerts").unlink()
    catalog.write("auto_top_ups", [auto(currency="EUR")])
    refused("auto_top_ups", 2, "currency")


@pytest.mark.parametrize("row", [alert(currency=""), days(currency="USD")])
def test_amounts_have_a_currency_and_days_have_none(
    catalog: CatalogFolder, refused: Refused, row: Row
) -> None:
    catalog.write("balance_alerts", [row])
    refused("balance_alerts", 2, "currency")


def test_days_are_no_more_than_a_forecast_reaches(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.write("balance_alerts", [days(threshold="365")])
    assert catalog.problems() == []
    catalog.write("balance_alerts", [days(threshold="365.001")])
    refused("balance_alerts", 2, "threshold")


@pytest.mark.parametrize("most", ["0", "-1", "1.5", "1001", ""])
def test_a_top_up_may_happen_at_least_once_a_month(
    catalog: CatalogFolder, refused: Refused, most: str
) -> None:
    catalog.write("auto_top_ups", [auto(most_per_month=most)])
    refused("auto_top_ups", 2, "most_per_month")


def test_the_same_rule_twice_at_a_time_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    catalog.write("balance_alerts", [alert(), alert(balance_alert_id="again")])
    refused("balance_alerts", 3, "valid_from_date")


def test_one_automatic_top_up_at_a_time(catalog: CatalogFolder, refused: Refused) -> None:
    other = auto(auto_top_up_id="other", below_amount="5.00", valid_from_date="2026-06-01")
    catalog.write("auto_top_ups", [auto(), other])
    refused("auto_top_ups", 3, "valid_from_date")


@pytest.mark.parametrize(("name", "row"), [("balance_alerts", alert()), ("auto_top_ups", auto())])
def test_a_rule_of_nobody_known_is_refused(
    catalog: CatalogFolder, refused: Refused, name: str, row: Row
) -> None:
    catalog.write(name, [row | {"organization_id": "org_nobody"}])
    refused(name, 2, "organization_id")


def test_no_document_rests_on_them_so_they_may_be_edited() -> None:
    assert not {"balance_alerts", "auto_top_ups"} & set(DATED)
