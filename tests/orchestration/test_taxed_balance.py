"""Balances whose usage is taxed, once their months are filed: closed again, audited, held to it.

The customers and their arithmetic are those of the scenario of the same subject.
"""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit.findings import Finding
from billing.audit.recompute import audit_month
from billing.periods import BillingMonth
from tests.orchestration.installation import Installation
from tests.scenarios.cases import Case, deliver, write_catalog

CASE = Case("usage_of_a_balance_is_taxed_as_it_is_used")
MONTHS = {"2026-10": "2026-11-05T06:00:00Z", "2026-11": "2026-12-05T06:00:00Z"}
FORMS = ["invoice.html", "invoice.json", "invoice.pdf", "invoice.xml", "lines.csv", "lines.xlsx"]
NOVEMBER = BillingMonth(2026, 11)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    root = tmp_path_factory.mktemp("taxed") / "home"
    home = Installation(root)
    for month, now in MONTHS.items():
        write_catalog(root / "catalog", [CASE], month)
        home.must("ingest", *deliver(root / "delivered", [CASE], month), now=now)
        done = home.must("close", month, "--finalize", "--json", now=now).json
        assert done["blocked"] == []
    return home


def test_closing_again_changes_nothing(home: Installation, tmp_path: Path) -> None:
    again = home.copy(tmp_path / "home")
    listed = home.must("invoices", "--json").json
    for month in reversed(MONTHS):
        done = again.run("close", month, "--finalize", "--json", now="2027-01-20T00:00:00Z").json
        assert done["blocked"] == []
    assert again.must("invoices", "--json").json == listed
    assert again.documents() == home.documents()


def test_each_has_its_number_status_and_forms(home: Installation) -> None:
    listed = home.must("invoices", "--json").json["invoices"]
    assert [
        (each["number"], each["kind"], each["total"], each["amount_due"], each["status"])
        for each in listed
        if each["organization_id"] == "org_gross"
    ] == [
        ("CN-2026-000001", "credit_note", "1.19", "0.00", "settled"),
        ("INV-2026-000001", "invoice", "2.40", "0.00", "settled"),
        ("INV-2026-000003", "invoice", "12.19", "0.00", "settled"),
        ("RC-2026-000001", "top_up_receipt", "100.00", "0.00", "settled"),
    ]
    folder = home.root / "documents" / "org_gross"
    receipt = sorted(path.name for path in (folder / "RC-2026-000001").iterdir())
    assert receipt == [name for name in FORMS if name != "invoice.xml"]
    for number in ("INV-2026-000001", "CN-2026-000001"):
        assert set(FORMS) <= {path.name for path in (folder / number).iterdir()}
    shown = home.must("show", "INV-2026-000001").json
    assert [each["number"] for each in shown["credit_notes"]] == ["CN-2026-000001"]


def test_what_is_left_is_told_with_tax(home: Installation) -> None:
    """Closed at 76.60; December has no usage yet."""
    rows = {row["organization_id"]: row for row in home.must("balance", "--json").json["balances"]}
    assert Decimal(rows["org_gross"]["balance"]) == Decimal("76.60")
    assert Decimal(rows["org_spent"]["balance"]) == Decimal("-0.19")


def test_what_documents_say_is_posted_and_the_difference_to_the_exact_is_the_remainder(
    home: Installation,
) -> None:
    """2.40 - 2.40856; in November 12.19 - 1.19 are exactly the 11.00 that were deducted."""
    with closing(sqlite3.connect(home.root / "books" / "books.sqlite")) as books:
        entries = books.execute(
            "select billing_month, kind, reference, amount_minor, exact_remainder "
            "from balance_entry where organization_id = 'org_gross' order by entry_id"
        ).fetchall()
        lots = books.execute(
            "select billing_month, kind, amount_minor, exact_remainder from lot_entry "
            "where lot_id = 'gross_1' order by entry_id"
        ).fetchall()
        kept = books.execute("select organization_id, tax_at from balance_tax order by 1")
        assert kept.fetchall() == [("org_gross", "consumption"), ("org_spent", "consumption")]
    october, november = "2026-10-01", "2026-11-01"
    assert entries == [
        (october, "top_up", "gross_1", 10_000, "0"),
        (october, "refund", "gross_back", -1000, "0"),
        (october, "consumption", "INV-2026-000001", -240, "0"),
        (october, "remainder", "INV-2026-000001", 0, "-0.00856"),
        (november, "consumption", "INV-2026-000003", -1219, "0"),
        (november, "consumption", "CN-2026-000001", 119, "0"),
    ]
    assert lots == [
        (october, "granted", 10_000, "0"),
        (october, "consumption", -240, "-0.00856"),
        (october, "refund", -1000, "0"),
        (november, "consumption", -1100, "0"),
    ]


def test_an_invoice_and_a_receipt_are_explained(home: Installation) -> None:
    said = home.must("explain", "INV-2026-000003").out
    assert "Nothing is payable: the total was taken from the prepaid balance." in said
    assert "Tax S 19 %: lines 1.00 - discounts 0.00 = taxable 1.00, tax 0.19 USD" in said
    assert "Tax rate lt_after: 10 % of category S in LT" in said
    assert "credit-note 1.19" in said
    said = home.must("explain", "CN-2026-000001").out
    assert "Given back 1.19 USD to the prepaid balance" in said
    said = home.must("explain", "RC-2026-000001").out
    assert "no supply, so untaxed: tax is invoiced with what is used" in said
    assert "Tax rate" not in said


@pytest.mark.parametrize(
    ("table", "change", "check"),
    [
        ("prepaid_lots", "exact_drawn_amount = 0 where lot_id = 'gross_1'", "prepaid_lots"),
        ("fct_invoice_taxes", "tax_amount = 0.18 where tax_rate = 0.19", "taxes"),
        (
            "fct_prepaid_entries",
            "amount = 1.18 where entry_kind = 'credit_note'",
            "prepaid_entries",
        ),
        ("fct_invoices", "amount_due = 1.19 where total_amount = 1.19", "totals"),
    ],
)
def test_an_amount_that_one_engine_has_otherwise_is_named_with_both(
    home: Installation, tmp_path: Path, table: str, change: str, check: str
) -> None:
    copy = home.copy(tmp_path / "home")
    with closing(duckdb.connect(str(copy.warehouse))) as connection:
        assert audit(connection, copy) == []
        where = f"{change} and billing_month = '{NOVEMBER.first_day}'"
        connection.execute(f"update finance.{table} set {where}")
        findings = audit(connection, copy)
    assert {each.check_name for each in findings} == {f"recomputed_{check}"}
    assert all(each.expected != each.actual for each in findings)


def audit(connection: duckdb.DuckDBPyConnection, home: Installation) -> list[Finding]:
    """Audit November, which was built last: the warehouse has its snapshot of the books."""
    return audit_month(connection, home.root / "catalog", NOVEMBER)


def test_another_rule_of_the_second_engine_is_named_too(
    home: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had it deducted net amounts, it would expect another exact sum drawn from lots."""
    monkeypatch.setattr("billing.audit.prepaid.exact_product", lambda amount, _: amount)
    copy = home.copy(tmp_path / "home")
    with closing(duckdb.connect(str(copy.warehouse))) as connection:
        findings = audit(connection, copy)
    assert {(each.organization_id, each.check_name) for each in findings} == {
        ("org_gross", "recomputed_prepaid_lots")
    }


@pytest.mark.parametrize("now", ["", "top_up", "elsewhere"])
def test_tax_at_stays_what_it_was_once_anything_was_posted(
    home: Installation, tmp_path: Path, now: str
) -> None:
    copy = home.copy(tmp_path / "home")
    profiles = copy.root / "catalog" / "billing_profiles.csv"
    text = profiles.read_text()
    assert text.count(",consumption") == 2
    profiles.write_text(text.replace(",consumption", f",{now}", 1))
    for command in (("catalog", "check"), ("close", "2026-12")):
        done = copy.run(*command, now="2027-01-05T06:00:00Z")
        assert done.code == 1
        said = " ".join(done.err.split())
        assert "the balance of org_gross has movements that were posted under consumption" in said
        assert "go on with a new organization" in said
    assert copy.must("invoices", "--json").json == home.must("invoices", "--json").json
