"""Invoices of top-ups and notes on them, once they are filed: closed again, explained, rendered.

The customers and their arithmetic are those of the scenario of the same subject.
"""

import json
from pathlib import Path

import pytest

from tests.orchestration.installation import Installation
from tests.scenarios.cases import Case, deliver, write_catalog

CASE = Case("a_top_up_is_invoiced_and_its_refund_credited")
MONTHS = {"2026-10": "2026-11-05T06:00:00Z", "2026-11": "2026-12-05T06:00:00Z"}
FORMS = ["invoice.html", "invoice.json", "invoice.pdf", "invoice.xml", "lines.csv", "lines.xlsx"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    root = tmp_path_factory.mktemp("top_ups") / "home"
    home = Installation(root)
    for month, now in MONTHS.items():
        write_catalog(root / "catalog", [CASE], month)
        home.must("ingest", *deliver(root / "delivered", [CASE], month), now=now)
        done = home.must("close", month, "--finalize", "--json", now=now).json
        assert done["blocked"] == []
    return home


def test_closing_again_changes_nothing(home: Installation, tmp_path: Path) -> None:
    """The numbers that notes got with their invoices are theirs.

    What was entered late for org_tops in October is told, as on its statement: the filed stands.
    """
    again = home.copy(tmp_path / "home")
    listed = home.must("invoices", "--json").json
    for month, told in (("2026-11", []), ("2026-10", ["org_tops"])):
        done = again.run("close", month, "--finalize", "--json", now="2027-01-20T00:00:00Z").json
        assert [each["organization_id"] for each in done["blocked"]] == told
    assert again.must("invoices", "--json").json == listed
    assert again.documents() == home.documents()


def number_of(home: Installation, kind: str, total: str) -> str:
    (number,) = [
        each["number"]
        for each in home.must("invoices", "--json").json["invoices"]
        if (each["kind"], each["total"]) == (kind, total)
    ]
    return str(number)


def test_a_top_up_is_explained_by_its_day(home: Installation) -> None:
    number = number_of(home, "top_up_invoice", "36.66")
    said = home.must("explain", number).out
    assert "Top-up tops_first, 'tops_first', at 2026-10-15T22:00:00Z" in said
    assert "its tax is that of the local day 2026-10-16" in said
    assert "Nothing is payable: 36.66 USD was paid before." in said
    assert "Tax rate lv_after: 10 % of category S in LV, valid from 2026-10-16" in said
    assert "Line 1: Top-up of the prepaid balance, tops_first, 2026-10-16" in said


def test_a_note_is_explained_by_its_lot(home: Installation) -> None:
    number = number_of(home, "credit_note", "1.34")
    said = home.must("explain", number, "--line", "1").out
    assert f"Gives back of {number_of(home, 'top_up_invoice', '40.00')} of 2026-10" in said
    assert "Refund tops_back, " in said
    assert ", at 2026-10-20T09:00:00Z" in said
    assert "Refunded: 1.11 USD, of them 1.11 USD out of its lot" in said
    assert "the tax of its invoice falls by 0.23 USD" in said
    assert "Given back 1.34 USD" in said


def test_a_note_names_the_refunds_that_took_of_its_lot(home: Installation) -> None:
    """Of tops_late both refunds of November did; what no lot of org_beyond held is beyond_1's."""
    named = {}
    for file in home.root.glob("documents/*/CN-*/invoice.json"):
        top_up = json.loads(file.read_text())["top_up"]
        refunds = [each["movement_id"] for each in top_up["refunds"]]
        named[top_up["top_up_id"], top_up["amount"]] = refunds
    assert named == {
        ("tops_old", "10.00"): ["tops_back"],
        ("tops_last", "1.11"): ["tops_back"],
        ("tops_late", "7.00"): ["tops_back_late", "tops_again"],
        ("tops_last", "5.22"): ["tops_again"],
        ("beyond_1", "10.00"): ["beyond_back"],
    }


def test_each_has_its_forms_and_no_reports(home: Installation) -> None:
    folder = home.root / "documents" / "org_tops" / number_of(home, "top_up_invoice", "40.00")
    assert sorted(path.name for path in folder.iterdir()) == FORMS
    assert list(home.root.glob("documents/*/draft-*")) == []


def test_an_invoice_of_a_top_up_takes_no_payment(home: Installation) -> None:
    shown = home.must("show", number_of(home, "top_up_invoice", "40.00")).json
    assert shown["status"] == "settled"
    assert [each["total"] for each in shown["credit_notes"]] == ["1.34", "6.26"]
