"""Which tax treatment a buyer gets who names none, in both engines."""

import csv
from collections.abc import Callable

import pytest

from billing.audit.catalog_files import read_catalog_files
from billing.audit.tax_rules import MEMBERS_OF_THE_EU
from billing.catalog import known, read_catalog
from billing.errors import Problem

from .conftest import CatalogFolder

Refused = Callable[[str, int | None, str | None], Problem]


def _undecided(catalog: CatalogFolder, organization: str, **values: str) -> int:
    row = catalog.row_of("billing_profiles", organization_id=organization)
    catalog.change("billing_profiles", row, tax_treatment_id="", **values)
    return row


def _treatments(catalog: CatalogFolder) -> dict[str, str]:
    profiles = read_catalog(catalog.path)["billing_profiles"]
    return dict(profiles.select("organization_id", "tax_treatment_id").rows())


@pytest.mark.parametrize(
    ("organization", "treatment"),
    [
        ("org_aurora", "de_standard"),
        ("org_etoile", "eu_reverse_charge"),
        ("org_bharat", "out_of_scope"),
        ("org_juniper", "de_standard"),
        ("org_indigo", "out_of_scope"),
    ],
)
def test_a_buyers_country_and_vat_id_decide(
    catalog: CatalogFolder, organization: str, treatment: str
) -> None:
    _undecided(catalog, organization)
    assert _treatments(catalog)[organization] == treatment


def test_a_buyer_in_the_union_without_a_vat_id_is_taxed(catalog: CatalogFolder) -> None:
    _undecided(catalog, "org_etoile", vat_id="")
    assert _treatments(catalog)["org_etoile"] == "de_standard"


def test_what_a_profile_names_stands(catalog: CatalogFolder) -> None:
    rule = catalog.row_of("tax_rules", tax_rule_id="domestic")
    catalog.change("tax_rules", rule, tax_treatment_id="out_of_scope")
    assert _treatments(catalog)["org_aurora"] == "de_standard"


def test_the_smallest_precedence_decides(catalog: CatalogFolder) -> None:
    _undecided(catalog, "org_aurora")
    rule = catalog.row_of("tax_rules", tax_rule_id="third_country")
    catalog.change("tax_rules", rule, precedence="1")
    assert _treatments(catalog)["org_aurora"] == "out_of_scope"


def test_a_status_tells_businesses_from_consumers(catalog: CatalogFolder) -> None:
    _undecided(catalog, "org_cobalt")
    rule = catalog.row_of("tax_rules", tax_rule_id="domestic")
    catalog.change("tax_rules", rule, buyer_area="US", buyer_status="consumer")
    assert _treatments(catalog)["org_cobalt"] == "out_of_scope"
    catalog.change("tax_rules", rule, buyer_status="business")
    assert _treatments(catalog)["org_cobalt"] == "de_standard"


def test_a_rule_of_another_registration_does_not_apply(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = _undecided(catalog, "org_bharat")
    rule = catalog.row_of("tax_rules", tax_rule_id="third_country")
    catalog.change("tax_rules", rule, seller_country="FR")
    assert "buyer in IN" in refused("billing_profiles", row, "tax_treatment_id").message


def test_a_determined_treatment_needs_what_it_prints(
    catalog: CatalogFolder, refused: Refused
) -> None:
    row = _undecided(catalog, "org_etoile", vat_id="", tax_number="123")
    rule = catalog.row_of("tax_rules", tax_rule_id="eu_business")
    catalog.change("tax_rules", rule, buyer_vat_id="")
    assert "eu_reverse_charge" in refused("billing_profiles", row, "vat_id").message


def test_two_rules_of_one_precedence_are_refused(catalog: CatalogFolder, refused: Refused) -> None:
    rule = catalog.row_of("tax_rules", tax_rule_id="eu_business")
    catalog.change("tax_rules", rule, precedence="10")
    assert "row 2" in refused("tax_rules", rule, "precedence").message


def test_a_rule_names_a_known_treatment_and_area(catalog: CatalogFolder, refused: Refused) -> None:
    rule = catalog.row_of("tax_rules", tax_rule_id="eu_business")
    catalog.change("tax_rules", rule, buyer_area="EWR")
    refused("tax_rules", rule, "buyer_area")
    catalog.change("tax_rules", rule, buyer_area="EU", tax_treatment_id="eu_reverse")
    assert "eu_reverse" in refused("tax_rules", rule, "tax_treatment_id").message


def test_a_catalog_without_rules_needs_every_profile_to_name_its_treatment(
    catalog: CatalogFolder, refused: Refused
) -> None:
    catalog.file("tax_rules").unlink()
    assert catalog.problems() == []
    row = _undecided(catalog, "org_aurora")
    refused("billing_profiles", row, "tax_treatment_id")


def test_the_second_engine_decides_alike(catalog: CatalogFolder) -> None:
    with catalog.file("billing_profiles").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    catalog.write("billing_profiles", [row | {"tax_treatment_id": ""} for row in rows])
    ours = _treatments(catalog)
    audits = read_catalog_files(catalog.path).profiles
    assert ours == {key: profile.tax_treatment_id for key, profile in audits.items()}
    assert set(ours.values()) == {"de_standard", "eu_reverse_charge", "out_of_scope"}


def test_both_engines_know_the_same_union() -> None:
    assert known.eu_members() == MEMBERS_OF_THE_EU
    assert len(MEMBERS_OF_THE_EU) == 27
