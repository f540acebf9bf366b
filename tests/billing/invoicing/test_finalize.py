"""A finalized month is whole, numbered without gap, and never changes."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from billing.books import Books
from billing.clock import Clock
from billing.errors import BooksError
from billing.invoicing.closing import refusal
from billing.invoicing.drafts import draft_documents
from billing.invoicing.finalize import close_unknown, finalize_organization
from billing.invoicing.watermarks import UNKNOWN, Watermark, plan_watermarks
from billing.periods import BillingMonth
from tests.billing.invoicing.run import (
    NOVEMBER_5,
    OCTOBER,
    ORGANIZATIONS,
    closing_of,
    finalize_october,
)


def test_each_kind_of_document_has_its_own_numbers_in_order(books: Books) -> None:
    closed = finalize_october(books)
    assert [month.numbers for month in closed] == [
        ("INV-2026-000001",),
        ("ST-2026-000001",),
        ("INV-2026-000002",),
        (),
    ]


def test_an_organization_without_a_document_is_closed_too(books: Books) -> None:
    finalize_october(books)
    assert books.finalized() == {(each, OCTOBER): 3 for each in ORGANIZATIONS}


def test_finalizing_twice_gives_the_same_numbers_and_bytes(books: Books) -> None:
    first = finalize_october(books)
    before = [books.document(number).frozen for month in first for number in month.numbers]
    again = finalize_october(books, clock=Clock(datetime(2027, 3, 1, tzinfo=UTC)))
    assert [month.numbers for month in again] == [month.numbers for month in first]
    assert not any(month.is_new for month in again)
    assert [books.document(n).frozen for month in again for n in month.numbers] == before


def test_an_invoice_is_due_after_its_payment_days_and_a_statement_never(books: Books) -> None:
    finalize_october(books)
    due = {each.number: each.due_date for each, _ in books.documents(OCTOBER)}
    assert str(due["INV-2026-000001"]) == "2026-12-05"
    assert due["ST-2026-000001"] is None
    frozen = json.loads(books.document("INV-2026-000001").frozen)
    assert frozen["payment"]["due_date"] == "2026-12-05"
    assert frozen["payment"]["reference"] == "INV-2026-000001"
    assert frozen["status"] == "open"


def test_the_year_of_issue_is_the_sellers_not_that_of_utc(books: Books) -> None:
    clock = Clock(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    closed = finalize_october(books, clock=clock, organizations=["org_aurora"])
    assert closed[0].numbers == ("INV-2027-000001",)
    assert str(books.documents()[0][0].issue_date) == "2027-01-01"


def test_files_and_quarantine_up_to_the_watermark_are_copied(books: Books) -> None:
    finalize_october(books)
    assert books.manifest() == {"1" * 64: 1, "2" * 64: 2, "3" * 64: 3}
    assert books.decisions() == {("2" * 64, 7): "bad_count"}
    assert books.how_read()["2" * 64] == ("native", "eu", "")


def test_a_prepaid_month_posts_top_ups_and_consumption(books: Books) -> None:
    finalize_october(books)
    assert books.posted_closing_balance("org_fjord", OCTOBER) == Decimal("134.99")
    assert books.posted_closing_balance("org_fjord", OCTOBER.shift(-1)) == 0
    assert books.posted_top_ups() == {"top_1": OCTOBER, "top_2": OCTOBER}


def test_a_statement_that_misses_a_top_up_is_refused(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount) "
        "values ('late', 'org_fjord', '2026-10-30', 'USD', 5)"
    )
    with pytest.raises(BooksError, match=r"closes at 134\.99, the books at 139\.99"):
        finalize_october(books, connection=warehouse, organizations=["org_fjord"])
    assert books.finalized() == {}


def test_a_document_that_does_not_add_up_is_refused_and_leaves_no_gap(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute(
        "update finance.fct_invoice_lines set line_amount = 10.02 "
        "where organization_id = 'org_aurora' and line_number = 1"
    )
    with pytest.raises(BooksError, match=r"subtotal is 15\.01, its parts make 15\.02"):
        finalize_october(books, connection=warehouse)
    assert finalize_october(books, organizations=["org_indigo"])[0].numbers == ("INV-2026-000001",)


def test_a_month_that_has_not_ended_where_the_customer_is_cannot_be_closed(
    books: Books,
) -> None:
    too_early = Clock(datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    with pytest.raises(BooksError, match="in Europe/Berlin it lasts until 2026-10-31T23:00:00Z"):
        finalize_october(books, clock=too_early, organizations=["org_aurora"])
    in_helsinki = finalize_october(books, clock=too_early, organizations=["org_nomad"])
    assert in_helsinki[0].is_new


def test_a_month_is_not_closed_over_the_draft_of_an_earlier_one(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    books.record_drafts(OCTOBER.shift(-1), {"org_aurora": 2}, NOVEMBER_5.now())
    closing = closing_of(warehouse, books)
    reason = "2026-09 is drafted and not finalized: finalize it first"
    assert refusal(books, closing, "org_aurora") == reason
    assert refusal(books, closing, "org_indigo") is None


def test_closed_months_leave_no_gap(books: Books, warehouse: duckdb.DuckDBPyConnection) -> None:
    finalize_october(books)
    clock = Clock(datetime(2027, 2, 1, 12, tzinfo=UTC))
    december = closing_of(warehouse, books, month=BillingMonth(2026, 12), clock=clock)
    with pytest.raises(BooksError, match="2026-10 is the last closed month: close 2026-11 first"):
        finalize_organization(books, december, "org_nomad", 3, [])
    november = closing_of(warehouse, books, month=BillingMonth(2026, 11), clock=clock)
    assert finalize_organization(books, november, "org_nomad", 3, []).is_new
    assert finalize_organization(books, december, "org_nomad", 3, []).is_new


def test_an_earlier_month_may_be_closed_later_if_it_counts_as_many_files(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books, organizations=["org_nomad"])
    september = closing_of(warehouse, books, month=OCTOBER.shift(-1))
    with pytest.raises(BooksError, match="a later month was closed at a higher watermark"):
        finalize_organization(books, september, "org_nomad", 2, [])
    assert finalize_organization(books, september, "org_nomad", 3, []).is_new


def test_a_prepaid_month_is_not_slipped_in_before_a_posted_one(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books)
    warehouse.execute(
        "insert into catalog.top_ups (top_up_id, organization_id, occurred_at, currency, amount) "
        "values ('older', 'org_fjord', '2026-08-01', 'USD', 5)"
    )
    september = closing_of(warehouse, books, month=OCTOBER.shift(-1))
    with pytest.raises(BooksError, match="posted up to 2026-10 already"):
        finalize_organization(books, september, "org_fjord", 3, [])


def test_rows_of_no_organization_are_closed_after_everyone_else(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    closing = closing_of(warehouse, books)
    finalize_october(books, organizations=ORGANIZATIONS[:3])
    assert close_unknown(books, closing, ORGANIZATIONS, 3) is None
    finalize_october(books)
    assert close_unknown(books, closing, ORGANIZATIONS, 3) is not None
    assert books.finalized()[UNKNOWN, OCTOBER] == 3


def test_what_was_drafted_is_what_is_finalized(books: Books) -> None:
    books.record_drafts(OCTOBER, {"org_nomad": 2, "org_indigo": 3}, NOVEMBER_5.now())
    finalize_october(books)
    assert books.finalized()["org_nomad", OCTOBER] == 2
    assert books.drafts() == {}


def test_a_warehouse_with_fewer_files_than_the_books_rest_on_is_refused(books: Books) -> None:
    finalize_october(books)
    with pytest.raises(BooksError, match="rest on 3 ingested files, the warehouse holds 2"):
        plan_watermarks(books, OCTOBER, ORGANIZATIONS, 2, use_drafts=True)


def test_another_file_under_a_known_number_is_refused(
    books: Books, warehouse: duckdb.DuckDBPyConnection
) -> None:
    finalize_october(books, organizations=["org_nomad"])
    warehouse.execute("update raw.ingest_file set content_sha256 = repeat('f', 64)")
    with pytest.raises(BooksError, match="is not the one a closed month rests on"):
        finalize_october(books, connection=warehouse, organizations=["org_indigo"])


def test_a_closed_month_keeps_its_watermark_when_files_arrive(books: Books) -> None:
    finalize_october(books)
    plan = plan_watermarks(books, OCTOBER, ORGANIZATIONS, 9, use_drafts=False).of_month()
    assert plan["org_nomad"] == Watermark("org_nomad", OCTOBER, 3, is_finalized=True)
    assert plan[UNKNOWN] == Watermark(UNKNOWN, OCTOBER, 9, is_finalized=False)


def test_every_act_is_in_the_audit_log(books: Books) -> None:
    finalize_october(books, organizations=["org_indigo"])
    acts = [(entry.action, entry.subject) for entry in books.audit_log()]
    assert acts == [("finalize", "INV-2026-000001"), ("close_month", "org_indigo 2026-10")]
    assert books.audit_log()[0].detail == books.document("INV-2026-000001").sha256


def test_reports_are_frozen_with_their_document(books: Books) -> None:
    finalize_october(books)
    reports = books.document("INV-2026-000001").reports
    assert sorted(reports) == ["cost", "usage"]
    assert json.loads(reports["cost"])["total"]["net_amount"] == "13.51"


def test_a_draft_is_the_same_twice(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert draft_documents(warehouse, OCTOBER) == draft_documents(warehouse, OCTOBER)
