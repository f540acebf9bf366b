"""Ids that repeat or lead nowhere."""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def test_an_id_given_twice_names_the_earlier_row(catalog: CatalogFolder, refused: Refused) -> None:
    copy = catalog.copy_row("plans", 2)
    assert "already stands in row 2" in refused("plans", copy, "plan_id").message


def test_a_rate_published_twice_is_refused(catalog: CatalogFolder, refused: Refused) -> None:
    copy = catalog.copy_row("exchange_rates", 2, rate="1")
    refused("exchange_rates", copy, "source")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("api_keys", "organization_id"),
        ("api_keys", "project_id"),
        ("billing_profiles", "tax_treatment_id"),
        ("projects", "organization_id"),
        ("model_aliases", "model_id"),
        ("prices", "model_id"),
        ("contracts", "organization_id"),
        ("contracts", "exchange_source"),
        ("contract_prices", "contract_id"),
        ("contract_prices", "model_id"),
        ("discounts", "contract_id"),
        ("discounts", "model_id"),
        ("plan_models", "plan_id"),
        ("subscriptions", "plan_id"),
        ("subscription_items", "model_id"),
        ("top_ups", "organization_id"),
    ],
)
def test_an_id_that_leads_nowhere_is_named(catalog: CatalogFolder, name: str, field: str) -> None:
    catalog.change(name, 2, **{field: "nowhere"})
    place = (f"{name}.csv", 2, field)
    found = [p for p in catalog.problems() if (p.file, p.row, p.field) == place]
    assert any("nowhere is not in" in problem.message for problem in found)


def test_references_into_an_unreadable_file_are_not_called_lost(catalog: CatalogFolder) -> None:
    catalog.file("models").unlink()
    assert [problem.file for problem in catalog.problems()] == ["models.csv"]
