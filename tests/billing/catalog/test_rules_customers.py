"""Organizations, keys and subscriptions that do not fit together."""

from collections.abc import Callable

import pytest

from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


@pytest.mark.parametrize("name", ["contracts", "billing_profiles"])
def test_an_organization_without_contract_or_profile_is_named(
    catalog: CatalogFolder, refused: Refused, name: str
) -> None:
    row = catalog.row_of("organizations", organization_id="org_nomad")
    kept = [r for r in catalog.rows(name) if r["organization_id"] != "org_nomad"]
    catalog.write(name, kept)
    assert (
        f"org_nomad has no row in {name}.csv"
        in refused("organizations", row, "organization_id").message
    )


def test_a_key_of_no_organization_is_named(catalog: CatalogFolder) -> None:
    catalog.change("api_keys", 4, organization_id="org_ghost")
    messages = [problem.message for problem in catalog.problems() if problem.row == 4]
    assert "org_ghost is not in organizations.csv" in messages


def test_a_key_cannot_use_a_project_of_another_organization(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.change("api_keys", 2, project_id="proj_bharat_etl")
    assert "belongs to org_bharat" in refused("api_keys", 2, "project_id").message


def test_two_keys_never_share_a_hash(catalog: CatalogFolder, refused: Refused) -> None:
    shared = catalog.rows("api_keys")[0]["key_sha256"]
    catalog.change("api_keys", 3, key_sha256=shared)
    refused("api_keys", 3, "key_sha256")


def test_a_plan_key_names_its_subscription(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("api_keys", api_key_id="key_indigo_01")
    catalog.change("api_keys", row, subscription_id="")
    refused("api_keys", row, "subscription_id")


def test_a_contract_key_names_no_subscription(catalog: CatalogFolder) -> None:
    catalog.change("api_keys", 2, subscription_id="sub_indigo_1")
    assert {(p.file, p.row, p.field) for p in catalog.problems()} == {
        ("api_keys.csv", 2, "subscription_id")
    }


@pytest.mark.parametrize("subscription", ["sub_kestrel_1", "sub_juniper_1"])
def test_a_key_names_a_subscription_of_its_kind_and_organization(
    catalog: CatalogFolder, refused: Refused, subscription: str
) -> None:
    row = catalog.row_of("api_keys", api_key_id="key_indigo_01")
    catalog.change("api_keys", row, subscription_id=subscription)
    refused("api_keys", row, "subscription_id")


def test_a_plan_subscription_names_its_plan(catalog: CatalogFolder, refused: Refused) -> None:
    row = catalog.row_of("subscriptions", subscription_id="sub_indigo_1")
    catalog.change("subscriptions", row, plan_id="")
    refused("subscriptions", row, "plan_id")


def test_a_custom_subscription_has_items(catalog: CatalogFolder, refused: Refused) -> None:
    items = catalog.rows("subscription_items")
    kept = [item for item in items if item["subscription_id"] != "sub_lumen_1"]
    catalog.write("subscription_items", kept)
    row = catalog.row_of("subscriptions", subscription_id="sub_lumen_1")
    refused("subscriptions", row, "subscription_id")


def test_a_plan_subscription_has_no_items(catalog: CatalogFolder, refused: Refused) -> None:
    copy = catalog.copy_row("subscription_items", 2, subscription_id="sub_indigo_1")
    refused("subscription_items", copy, "subscription_id")


def give_instants(catalog: CatalogFolder, row: int, **instants: str) -> None:
    """Write instants, which the sample does without, into one row of subscriptions.csv."""
    rows = [{**each, "starts_at": "", "ends_at": ""} for each in catalog.rows("subscriptions")]
    rows[row - 2] |= instants
    catalog.write("subscriptions", rows)


@pytest.mark.parametrize(
    ("field", "instant", "day"),
    [
        ("starts_at", "2026-08-15T15:59:59Z", "2026-08-15"),
        ("starts_at", "2026-08-15T16:00:00Z", ""),
        ("ends_at", "2027-02-16T15:59:59Z", ""),
        ("ends_at", "2027-02-16T16:00:00Z", "2027-02-17"),
    ],
)
def test_an_instant_lies_on_its_day_on_the_customers_clock(
    catalog: CatalogFolder, refused: Refused, field: str, instant: str, day: str
) -> None:
    row = catalog.row_of("subscriptions", subscription_id="sub_lumen_1")
    give_instants(catalog, row, **{field: instant})
    if day:
        assert f"lies on {day} in Asia/Shanghai" in refused("subscriptions", row, field).message
    else:
        assert catalog.problems() == []


@pytest.mark.parametrize(
    ("starts_at", "is_early"),
    [("", True), ("2027-06-05T09:59:59Z", True), ("2027-06-05T10:00:00Z", False)],
)
def test_two_that_share_a_day_are_not_active_at_once(
    catalog: CatalogFolder, refused: Refused, starts_at: str, *, is_early: bool
) -> None:
    first = catalog.row_of("subscriptions", subscription_id="sub_juniper_1")
    second = catalog.copy_row(
        "subscriptions",
        first,
        subscription_id="sub_juniper_2",
        starts_date="2027-06-05",
        ends_date="",
    )
    give_instants(catalog, first, ends_at="2027-06-05T10:00:00Z")
    catalog.change("subscriptions", second, starts_at=starts_at)
    if is_early:
        message = refused("subscriptions", second, "starts_at").message
        assert f"begins before row {first} has ended, at 2027-06-05 10:00:00" in message
    else:
        assert catalog.problems() == []


def test_an_alias_never_hides_a_model(catalog: CatalogFolder, refused: Refused) -> None:
    copy = catalog.copy_row("model_aliases", 2, alias="gpt-5-mini")
    refused("model_aliases", copy, "alias")
