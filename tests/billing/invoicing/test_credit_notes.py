"""A credit note is drafted, judged, numbered and filed like any document, in its own series."""

import json
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest

from billing.books import Books
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.invoicing.crediting import unjust_notes
from billing.invoicing.drafts import DraftDocument, draft_documents
from billing.invoicing.finalize import finalize_organization
from billing.invoicing.parts import parts_of
from billing.invoicing.register import list_invoices, show_invoice
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import plan_watermarks
from billing.receivables.paying import pay
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.report import CostReport, UsageReport
from tests.billing.invoicing.marts_of_november import take_back
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS, closing_of, finalize_october

NOVEMBER = OCTOBER.next
DECEMBER_5 = Clock(datetime.fromisoformat("2026-12-05T06:00:00Z"))
Warehouse = duckdb.DuckDBPyConnection


@pytest.fixture
def november(books: Books, warehouse: Warehouse) -> Warehouse:
    """October is filed: INV-2026-000001 of org_aurora, 16.08 EUR."""
    finalize_october(books)
    take_back(warehouse)
    look_into(books, warehouse)
    return warehouse


def look_into(books: Books, warehouse: Warehouse) -> None:
    plan = plan_watermarks(books, NOVEMBER, ORGANIZATIONS, 3, use_drafts=False)
    write_snapshot(warehouse, books, plan)


def only_draft(warehouse: Warehouse) -> DraftDocument:
    (draft,) = draft_documents(warehouse, NOVEMBER)
    return draft


def file(books: Books, warehouse: Warehouse) -> tuple[str, ...]:
    closing = closing_of(warehouse, books, month=NOVEMBER, clock=DECEMBER_5)
    drafts = draft_documents(warehouse, NOVEMBER)
    return finalize_organization(books, closing, "org_aurora", 3, drafts).numbers


def test_a_drafted_note_names_its_invoice_and_adds_up(november: Warehouse) -> None:
    draft = only_draft(november)
    data = draft.data
    assert (data["kind"], draft.name) == (
        "credit_note",
        "draft-2026-11-enterprise-corrects-2026-10",
    )
    assert (data["corrects_number"], str(data["corrects_issue_date"])) == (
        "INV-2026-000001",
        "2026-11-05",
    )
    assert violations(Document(**data)) == ()
    assert data["summary"]["requests"] == 0
    assert data["summary"]["meters"] == [{"meter": "output_visible", "quantity": 400_000}]
    assert [(row["tokens"], row["amount"]) for row in data["models"]] == [(400_000, Decimal(4))]


def test_a_notes_reports_tell_what_it_gives_back(november: Warehouse) -> None:
    draft = only_draft(november)
    usage, cost = UsageReport(**draft.usage_report), CostReport(**draft.cost_report)
    assert [(row.label, row.output_tokens) for row in usage.by_model] == [("GPT-5", 400_000)]
    projects = [(row.label, row.contracted_amount, row.net_amount) for row in cost.by_project]
    assert projects == [
        ("Alpha", Decimal("3.00"), Decimal("2.70")),
        ("Beta", Decimal("1.00"), Decimal("0.90")),
    ]
    assert cost.total.net_amount == Decimal("3.60")


def test_a_note_is_filed_in_its_own_series_without_a_due_date(
    books: Books, november: Warehouse
) -> None:
    assert file(books, november) == ("CN-2026-000001",)
    ((registration, _),) = books.documents(NOVEMBER)
    assert (registration.corrects_number, registration.due_date) == ("INV-2026-000001", None)
    frozen = json.loads(books.document("CN-2026-000001").frozen)
    assert (frozen["status"], frozen["payment"]["due_date"]) == ("settled", None)
    assert file(books, november) == ("CN-2026-000001",)


def test_a_note_lowers_what_is_open_of_its_invoice(books: Books, november: Warehouse) -> None:
    file(books, november)
    now = DECEMBER_5.now()
    # 16.08 - 4.28 = 11.80
    pay(books, now, "Ada", "org_aurora", "11.79", "first")
    assert show_invoice(books, "INV-2026-000001", DECEMBER_5)["open"] == "0.01"
    pay(books, now, "Ada", "org_aurora", "0.01", "rest")
    shown = show_invoice(books, "INV-2026-000001", DECEMBER_5)
    assert shown["status"] == "paid"
    assert shown["credit_notes"] == [{"number": "CN-2026-000001", "total": "4.28"}]
    listed = {entry.number: entry for entry in list_invoices(books, DECEMBER_5)}
    assert listed["INV-2026-000001"].status == "paid"
    assert listed["CN-2026-000001"].status == "settled"
    assert listed["CN-2026-000001"].corrects_number == "INV-2026-000001"
    with pytest.raises(MeterbookError, match="CN-2026-000001 is no invoice of org_aurora"):
        pay(books, now, "Ada", "org_aurora", "1", "x", invoices=["CN-2026-000001"])


def test_a_true_up_bills_no_usage_that_a_note_could_correct() -> None:
    usage = {"kind": "usage", "service_month": "2026-09", "amount": "5.00"}
    late = {**usage, "service_month": "2026-10", "amount": "7.00"}
    missing = {**usage, "kind": "true_up", "service_month": "2026-10", "amount": "95.00"}
    document = {"lines": [usage, late, missing], "taxes": [], "allowances": [], "minor_digits": 2}
    assert parts_of(document).billed == {OCTOBER.shift(-1): 500, OCTOBER: 700}


def test_a_note_within_its_invoice_stands(books: Books, november: Warehouse) -> None:
    assert unjust_notes(november, books, NOVEMBER) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "update finance.fct_invoices set total_amount = 16.09 where billing_month = $month",
            "a credit note of 16.09 EUR is larger than the 16.08 EUR left of it",
        ),
        (
            "update finance.fct_invoices set currency = 'USD' where billing_month = $month",
            "a note in USD, billed in EUR",
        ),
        (
            "update finance.fct_invoice_taxes set tax_rate = 0.16 where billing_month = $month",
            "taxed S at 0.16, billed with S at 0.19",
        ),
        (
            "delete from books.corrected_document where billing_month = $month",
            "4.28 EUR is to be given back, no invoice billed usage of 2026-10",
        ),
    ],
)
def test_a_note_that_gives_back_what_was_not_billed_is_named(
    books: Books, november: Warehouse, change: str, message: str
) -> None:
    november.execute(change, {"month": NOVEMBER.first_day})
    (unjust,) = unjust_notes(november, books, NOVEMBER)
    assert unjust.organization_id == "org_aurora"
    assert message in unjust.message
