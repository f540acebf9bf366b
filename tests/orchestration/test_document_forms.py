"""Forms that organizations chose: in the sample month, in the catalog check, and once filed."""

import csv
import json

import pytest

from billing.catalog.files import FILES
from orchestration.forms import known_forms
from tests.invoice_render.einvoice import conftest as official
from tests.invoice_render.einvoice.conftest import Checker, Judge
from tests.orchestration.installation import ROOT, Installation

broken, assert_valid = official.broken, official.assert_valid
CHOSEN = ROOT / "data" / "catalog" / "document_forms.csv"
FILE_OF = {
    "en16931-ubl": "invoice.xml",
    "en16931-cii": "invoice.cii.xml",
    "peppol-bis-3": "invoice.peppol.xml",
    "xrechnung-3": "invoice.xrechnung.xml",
    "xrechnung-3-cii": "invoice.xrechnung.cii.xml",
    "factur-x": "invoice.facturx.pdf",
}
ALL = {
    "org_aurora": {"invoice.xml", "invoice.xrechnung.xml", "invoice.facturx.pdf"},
    "org_cobalt": {"invoice.xml", "invoice.cii.xml"},
    "org_etoile": {"invoice.peppol.xml", "invoice.facturx.pdf"},
    "org_juniper": {"invoice.xrechnung.cii.xml"},
    "org_bharat": {"invoice.xml"},
}


def test_the_sample_month_has_the_forms_its_customers_chose(closed_sample: Installation) -> None:
    """org_bharat chose nothing and has what all had before there was a choice."""
    folder = closed_sample.root / "documents"
    found = {
        organization: {
            path.name
            for path in (folder / organization).glob("INV-*/*")
            if path.name in FILE_OF.values()
        }
        for organization in ALL
    }
    assert found == ALL


def test_what_the_sample_month_sends_passes_the_official_rules(
    closed_sample: Installation, broken: Judge, assert_valid: Checker
) -> None:
    forms = {file: form for form, file in FILE_OF.items() if file.endswith(".xml")}
    judged = 0
    for path in sorted((closed_sample.root / "documents").rglob("*.xml")):
        xml = path.read_text(encoding="utf-8")
        assert_valid(xml)
        assert broken(forms[path.name], xml) == [], path
        judged += 1
    assert judged >= 15


def test_the_choice_is_frozen_with_the_document_and_left_out_without_one(
    closed_sample: Installation,
) -> None:
    shown = {
        each["organization_id"]: closed_sample.must("show", each["number"]).json["document"]
        for each in closed_sample.must("invoices", "--json").json["invoices"]
        if each["organization_id"] in ("org_etoile", "org_bharat")
    }
    assert shown["org_etoile"]["forms"] == ["factur-x", "peppol-bis-3"]
    assert "forms" not in shown["org_bharat"]


def test_every_column_that_a_form_demands_is_one_of_the_catalog() -> None:
    for form in known_forms().values():
        for demand in form.demands:
            for column in demand.columns:
                file, field = column.split(".")
                assert field in FILES[file].columns, (form.name, column)


def test_the_catalog_check_names_what_a_chosen_form_lacks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = Installation.new(tmp_path_factory.mktemp("forms") / "home")
    path = home.root / "catalog" / "billing_profiles.csv"
    path.write_text(path.read_text().replace(",AUR-KST-4711,", ",,"))
    with (home.root / "catalog" / "document_forms.csv").open("a") as file:
        file.write("org_bharat,edifact\n")
    done = home.run("catalog", "check")
    assert done.code == 1
    said = " ".join((done.out + done.err).split())
    assert "document_forms.csv" in said
    assert "'edifact' is no form" in said
    assert "form xrechnung-3 needs buyer reference" in said
    assert "BT-10, BR-DE-15" in said


@pytest.mark.long
def test_a_choice_that_changes_later_leaves_what_was_filed(
    closed_small: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = closed_small.copy(tmp_path_factory.mktemp("chosen") / "home")
    before = home.documents()
    with CHOSEN.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["organization_id"] != "org_aurora"]
    lines = ["organization_id,form", *(f"{r['organization_id']},{r['form']}" for r in rows)]
    text = "\n".join([*lines, "org_aurora,en16931-cii", "org_bharat,en16931-cii", ""])
    (home.root / "catalog" / "document_forms.csv").write_text(text)
    again = home.must("close", "2026-10", "--finalize", "--json", now="2026-12-01T00:00:00Z").json
    assert again["blocked"] == []
    assert home.documents() == before
    (frozen,) = home.root.glob("documents/org_aurora/INV-*/invoice.json")
    assert json.loads(frozen.read_text())["forms"] == ["en16931-ubl", "factur-x", "xrechnung-3"]
