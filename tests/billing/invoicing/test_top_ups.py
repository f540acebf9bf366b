"""A month invoices the top-ups that it posts, and a note on one is filed beside it."""

import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from billing.books import Books
from billing.clock import Clock
from billing.errors import BooksError
from billing.invoicing.drafts import draft_documents
from billing.invoicing.finalize import finalize_organization
from billing.invoicing.register import list_drafts, list_invoices, show_invoice
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import plan_watermarks
from billing.periods import BillingMonth
from invoice_render.consistency import violations
from invoice_render.document import Document
from orchestration.hindrances import ALTERED, closing_findings
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS, closing_of

Warehouse = duckdb.DuckDBPyConnection
NOVEMBER = OCTOBER.next
CUSTOMER = "org_fjord"
DECEMBER_5 = Clock(datetime.fromisoformat("2026-12-05T06:00:00Z"))
TOP_1 = ("top_1", "2026-09-14 08:12:40", "2026-09-14", "100.00", "19.00")
TOP_2 = ("top_2", "2026-10-02 22:45:11", "2026-10-03", "50.00", "9.50")


def document(
    warehouse: Warehouse,
    place: int,
    top_up: tuple[str, str, str, str, str],
    kind: str = "top_up_invoice",
    **changed: object,
) -> None:
    """A row of the mart, as October makes it."""
    top_up_id, at, day, net, tax = top_up
    total = str(Decimal(net) + Decimal(tax))
    values = {
        "organization_id": CUSTOMER,
        "billing_month": "2026-10-01",
        "document_kind": kind,
        "top_up_id": top_up_id,
        "document_place": place,
        "corrects_month": "2026-10-01",
        "occurred_at": at,
        "top_up_date": day,
        "reference": "Card 9",
        "currency": "USD",
        "minor_digits": 2,
        "tax_category": "S",
        "tax_rate": "0.19",
        "net_amount": net,
        "tax_amount": tax,
        "total_amount": total,
        "amount_due": total if kind == "credit_note" else "0",
    }
    insert(warehouse, "finance.fct_top_up_documents", **{**values, **changed})


@pytest.fixture
def invoiced(warehouse: Warehouse) -> Warehouse:
    """Both top-ups are ours to invoice, and 10.00 of the first are paid back."""
    warehouse.execute("update catalog.top_ups set invoiced_as = ''")
    document(warehouse, 1, TOP_1)
    document(warehouse, 2, TOP_2)
    document(warehouse, 3, ("top_1", *TOP_1[1:3], "10.00", "1.90"), "credit_note")
    return warehouse


def finalize(books: Books, warehouse: Warehouse) -> tuple[str, ...]:
    own = [each for each in draft_documents(warehouse, OCTOBER) if each.organization_id == CUSTOMER]
    return finalize_organization(books, closing_of(warehouse, books), CUSTOMER, 3, own).numbers


def test_a_draft_of_each_is_a_paid_document_without_usage(invoiced: Warehouse) -> None:
    drafts = [each for each in draft_documents(invoiced, OCTOBER) if each.top_up_id]
    assert [each.name for each in drafts] == [
        "draft-2026-10-prepaid-top-up-1",
        "draft-2026-10-prepaid-top-up-2",
        "draft-2026-10-prepaid-refund-3-corrects-2026-10",
    ]
    assert [each.reports for each in drafts] == [{}, {}, {}]
    for each in drafts:
        assert violations(Document.model_validate(each.data)) == ()
    late = drafts[0].data
    assert (late["kind"], late["totals"]["prepaid"], late["totals"]["amount_due"]) == (
        "top_up_invoice",
        late["totals"]["total"],
        0,
    )
    assert late["lines"][0]["service_month"] == "2026-09"
    assert (late["period_first_day"], late["period_last_day"]) == (date(2026, 9, 14),) * 2
    assert [each.top_up_id for each in list_drafts(drafts)] == ["top_1", "top_2", "top_1"]


def test_invoices_get_numbers_of_their_series_and_a_note_that_of_its_invoice(
    books: Books, invoiced: Warehouse
) -> None:
    numbers = finalize(books, invoiced)
    assert numbers == ("ST-2026-000001", "TI-2026-000001", "TI-2026-000002", "CN-2026-000001")
    entries = {each.number: each for each in list_invoices(books, DECEMBER_5)}
    assert {entries[number].status for number in numbers} == {"settled"}
    assert entries["TI-2026-000002"].top_up_id == "top_2"
    note = json.loads(books.document("CN-2026-000001").frozen)
    assert (note["corrects_number"], note["corrects_issue_date"]) == (
        "TI-2026-000001",
        "2026-11-05",
    )
    shown = show_invoice(books, "TI-2026-000001", DECEMBER_5)
    assert shown["credit_notes"] == [{"number": "CN-2026-000001", "total": "11.90"}]
    assert books.document("TI-2026-000001").reports == {}


def test_a_month_that_does_not_invoice_what_it_posts_is_refused(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced.execute("delete from finance.fct_top_up_documents where document_place = 2")
    with pytest.raises(BooksError, match=r"posts the top-ups top_1, top_2 and\s+invoices top_1;"):
        finalize(books, invoiced)
    assert books.finalized() == {}


def test_an_invoice_of_another_amount_is_refused(books: Books, invoiced: Warehouse) -> None:
    invoiced.execute(
        "update finance.fct_top_up_documents set net_amount = 51, total_amount = 60.5 "
        "where document_place = 2"
    )
    with pytest.raises(BooksError, match="they differ in top_2"):
        finalize(books, invoiced)


def test_what_another_system_invoiced_is_not_invoiced_again(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced.execute("update catalog.top_ups set invoiced_as = 'OLD' where top_up_id = 'top_2'")
    with pytest.raises(BooksError, match="they differ in top_2"):
        finalize(books, invoiced)
    invoiced.execute("delete from finance.fct_top_up_documents where document_place = 2")
    assert "TI-2026-000001" in finalize(books, invoiced)


def test_what_is_about_a_top_up_is_compared_in_an_amended_month_too(
    books: Books, invoiced: Warehouse
) -> None:
    """An amendment changes what usage comes to, neither a top-up nor what is refunded of it."""
    numbers = finalize(books, invoiced)
    for month in ("2026-09", "2026-10"):
        insert(invoiced, "catalog.amendments", organization_id=CUSTOMER, service_month=month)
    invoiced.execute(
        "update finance.fct_top_up_documents set number = ?, issue_date = '2026-11-05' "
        "where document_kind = 'credit_note'",
        [numbers[1]],
    )
    assert altered(books, invoiced) == []
    invoiced.execute("update finance.fct_top_up_documents set reference = 'Card 1'")
    assert altered(books, invoiced) == [numbers[-1], *numbers[1:3]]


def altered(books: Books, warehouse: Warehouse) -> list[str]:
    found = closing_findings(warehouse, books, DECEMBER_5, OCTOBER, [])
    return sorted(each.subject for each in found if each.check_name == ALTERED)


def look_into(books: Books, warehouse: Warehouse, month: BillingMonth = OCTOBER) -> None:
    plan = plan_watermarks(books, month, ORGANIZATIONS, 3, use_drafts=False)
    write_snapshot(warehouse, books, plan)


def due(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.execute(
        "select top_up_id, number from books.top_up_due order by all"
    ).fetchall()


def test_a_top_up_is_due_once_also_when_it_is_entered_late(
    books: Books, invoiced: Warehouse
) -> None:
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", ""), ("top_2", "")]
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('next', 'org_fjord', '2026-10-31 23:00', 'USD', 5, '')"
    )
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", ""), ("top_2", "")]
    finalize(books, invoiced)
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('late', 'org_fjord', '2026-10-31 22:59:59', 'USD', 7, '')"
    )
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", "TI-2026-000001"), ("top_2", "TI-2026-000002")]
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == [("late", ""), ("next", "")]


def test_a_month_closed_before_there_were_invoices_stays_without(
    books: Books, warehouse: Warehouse
) -> None:
    finalize(books, warehouse)
    warehouse.execute("update catalog.top_ups set invoiced_as = ''")
    look_into(books, warehouse)
    assert due(warehouse) == []
    look_into(books, warehouse, NOVEMBER)
    assert due(warehouse) == []


def invoiced_elsewhere(warehouse: Warehouse) -> None:
    warehouse.execute("update catalog.billing_profiles set tax_at = 'elsewhere'")


def test_of_whom_another_system_invoices_every_top_up_there_is_none(
    books: Books, invoiced: Warehouse
) -> None:
    invoiced_elsewhere(invoiced)
    look_into(books, invoiced)
    assert due(invoiced) == []
    with pytest.raises(BooksError, match=r"posts the top-ups none and\s+invoices top_1, top_2;"):
        finalize(books, invoiced)
    invoiced.execute("delete from finance.fct_top_up_documents")
    assert finalize(books, invoiced) == ("ST-2026-000001",)
    invoiced.execute("update catalog.billing_profiles set tax_at = 'top_up'")
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == []


def test_what_was_invoiced_here_stays_so_when_another_system_takes_over(
    books: Books, invoiced: Warehouse
) -> None:
    finalize(books, invoiced)
    invoiced_elsewhere(invoiced)
    look_into(books, invoiced)
    assert due(invoiced) == [("top_1", "TI-2026-000001"), ("top_2", "TI-2026-000002")]
    invoiced.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount, "
        "invoiced_as) values ('late', 'org_fjord', '2026-10-31 22:59:59', 'USD', 7, '')"
    )
    look_into(books, invoiced, NOVEMBER)
    assert due(invoiced) == []


def test_what_is_left_is_told_of_whom_something_is_refunded(
    books: Books, invoiced: Warehouse
) -> None:
    finalize(books, invoiced)
    left = (
        "select top_up_id, number, taxable_left_amount, tax_left_amount from books.top_up_invoice"
    )
    look_into(books, invoiced, NOVEMBER)
    assert invoiced.execute(left).fetchall() == []
    insert(
        invoiced,
        "catalog.balance_movements",
        movement_id="back",
        organization_id="org_fjord",
        occurred_at="2026-11-10 10:00:00",
        kind="refund",
        currency="USD",
        amount="1",
    )
    look_into(books, invoiced, NOVEMBER)
    rows = [tuple(map(str, row)) for row in invoiced.execute(left).fetchall()]
    assert rows == [
        ("top_1", "TI-2026-000001", "90.000", "17.100"),
        ("top_2", "TI-2026-000002", "50.000", "9.500"),
    ]
    invoiced.execute("delete from catalog.top_ups where top_up_id = 'top_1'")
    invoiced.execute("update catalog.top_ups set occurred_at = '2026-10-30', reference = 'other'")
    look_into(books, invoiced, NOVEMBER)
    told = "select top_up_id, occurred_at, reference, currency from books.top_up_invoice"
    rows = [tuple(map(str, row)) for row in invoiced.execute(told).fetchall()]
    assert rows == [
        ("top_1", TOP_1[1], "Card 9", "USD"),
        ("top_2", TOP_2[1], "Card 9", "USD"),
    ]


def test_a_note_on_an_earlier_invoice_names_it(books: Books, invoiced: Warehouse) -> None:
    finalize(books, invoiced)
    document(
        invoiced,
        1,
        ("top_2", *TOP_2[1:3], "5.00", "0.95"),
        "credit_note",
        billing_month="2026-11-01",
        number="TI-2026-000002",
        issue_date="2026-11-05",
    )
    for lot_id, left in (("top_1", "84.99"), ("top_2", "50.00")):
        lot = {"lot_id": lot_id, "lot_kind": "purchased", "draw_place": 1, "currency": "USD"}
        amounts = {"opening_amount": left, "granted_amount": 0, "drawn_amount": 0}
        owner = {"organization_id": CUSTOMER, "billing_month": "2026-11-01"}
        at = {"occurred_at": "2026-10-02", "exact_drawn_amount": 0}
        insert(invoiced, "finance.prepaid_lots", **owner, **lot, **amounts, **at)
    closing = closing_of(invoiced, books, month=NOVEMBER, clock=DECEMBER_5)
    drafts = draft_documents(invoiced, NOVEMBER)
    done = finalize_organization(books, closing, "org_fjord", 3, drafts)
    assert done.numbers == ("CN-2026-000002",)
    frozen = json.loads(books.document("CN-2026-000002").frozen)
    assert (frozen["corrects_number"], frozen["corrects_month"]) == ("TI-2026-000002", "2026-10")
