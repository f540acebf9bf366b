"""Each top-up has one invoice, and what is refunded of it is given back once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from billing.books import Books, open_books
from billing.books.closing import close_month
from billing.books.crediting import corrected_documents
from billing.books.documents import Parts, Registration, file_document
from billing.books.engine import WRITES, connect
from billing.books.numbering import take_number
from billing.books.schema import migrate
from billing.books.top_up_invoices import Filed, TopUpInvoice, filed_in, invoices_left
from billing.errors import BooksError, MeterbookError
from billing.receivables.paying import pay
from tests.billing.books.conftest import NOW, OCTOBER, OLD_PAYMENT, registration, settled_of
from tests.databases import Database

NOVEMBER = OCTOBER.next
DECEMBER = NOVEMBER.next
TAX = ("S", "0.19")
FROZEN = (
    b'{"taxes": [{"exemption_code": "", "exemption_reason": "why"}], '
    b'"top_up": {"occurred_at": "2026-10-04T18:30:00Z", "reference": "Card 9"}}'
)
OLD_TABLES = ("month_close", "number_series", "document", "document_report")


def invoice(serial: int, **changed: object) -> Registration:
    """10.00 net, 1.90 tax, paid before."""
    amounts = {"subtotal": 1000, "discount": 0, "taxable": 1000, "tax": 190, "total": 1190}
    amounts |= {"prepaid": 1190, "amount_due": 0}
    paid = replace(
        registration(f"TI-2026-{serial:06d}", serial),
        kind="top_up_invoice",
        payment_mode="prepaid",
        due_date=None,
        top_up_id=f"top_{serial}",
        **{f"{name}_minor": amount for name, amount in amounts.items()},
    )
    return replace(paid, **changed)


def note(serial: int, net: int, tax: int, **changed: object) -> Registration:
    amounts = {"subtotal": net, "taxable": net, "tax": tax, "total": net + tax, "prepaid": 0}
    amounts["amount_due"] = net + tax
    back = replace(
        invoice(serial),
        number=f"CN-2026-{serial:06d}",
        kind="credit_note",
        top_up_id="",
        corrects_number="TI-2026-000001",
        **{f"{name}_minor": amount for name, amount in amounts.items()},
    )
    return replace(back, **changed)


def file(books: Books, *documents: Registration) -> None:
    """Close the month of each document, if it is open, and file it under the next number."""
    with books.writing() as connection:
        for each in documents:
            closed = text("select 1 from month_close where billing_month = :month")
            if not connection.execute(closed, {"month": each.billing_month.first_day}).all():
                close_month(connection, "org_aurora", each.billing_month, 1, NOW)
            take_number(connection, "anyint_eu", each.kind, 2026)
            taxes = {TAX: (each.taxable_minor, each.tax_minor)}
            file_document(connection, each, FROZEN, {}, Parts({each.billing_month: 1}, taxes))


def test_a_month_invoices_many_top_ups_and_each_of_them_once(books: Books) -> None:
    file(books, invoice(1), invoice(2))
    for month in (OCTOBER, NOVEMBER):
        with pytest.raises(BooksError, match="a top-up has one document"):
            file(books, invoice(3, billing_month=month, top_up_id="top_2"))
    with books.reading() as connection:
        assert filed_in(connection, OCTOBER) == {
            "top_1": Filed("TI-2026-000001", invoice(1).issue_date),
            "top_2": Filed("TI-2026-000002", invoice(1).issue_date),
        }
        assert filed_in(connection, NOVEMBER) == {}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"top_up_id": ""}, "document_top_up"),
        ({"prepaid_minor": 1189, "amount_due_minor": 1}, "document_top_up_paid"),
    ],
)
def test_what_is_no_paid_top_up_is_refused(
    books: Books, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BooksError, match=rule):
        file(books, invoice(1, **change))


def test_an_invoice_of_usage_names_no_top_up(books: Books) -> None:
    later = replace(registration("INV-2026-000002", 2, month=NOVEMBER), top_up_id="top_1")
    with pytest.raises(BooksError, match="document_top_up"):
        file(books, later)


def test_a_note_may_come_with_its_invoice_and_gives_back_no_cent_too_much(books: Books) -> None:
    file(books, invoice(1), note(1, 400, 76))
    with pytest.raises(BooksError, match="never give back more"):
        file(books, note(2, 600, 115, billing_month=NOVEMBER))
    file(books, note(2, 600, 114, billing_month=NOVEMBER))


def test_a_month_has_one_note_for_a_top_up(books: Books, database: Database) -> None:
    file(books, invoice(1), note(1, 1, 0))
    with pytest.raises(BooksError, match=database.taken_key):
        file(books, note(2, 1, 0))


@pytest.mark.parametrize("change", [{"currency": "USD"}, {"payment_mode": "enterprise"}])
def test_a_note_is_its_customers_own(books: Books, change: dict[str, object]) -> None:
    file(books, invoice(1))
    with pytest.raises(BooksError, match="corrects an earlier invoice"):
        file(books, note(1, 1, 0, **change))


def test_a_note_does_not_come_before_its_invoice(books: Books) -> None:
    file(books, invoice(1, billing_month=NOVEMBER))
    with pytest.raises(BooksError, match="corrects an earlier invoice"):
        file(books, note(1, 1, 0))


def test_notes_leave_less_of_the_invoices_of_whoever_is_asked_for(books: Books) -> None:
    file(books, invoice(1), invoice(2), note(1, 400, 76))
    file(books, note(2, 600, 114, billing_month=NOVEMBER))
    left = TopUpInvoice(
        "org_aurora",
        "top_1",
        OCTOBER,
        datetime(2026, 10, 4, 18, 30, tzinfo=UTC),
        "Card 9",
        "EUR",
        Filed("TI-2026-000001", invoice(1).issue_date),
        *TAX,
        Decimal("6.00"),
        Decimal("1.14"),
        "",
        "why",
    )
    filed = Filed("TI-2026-000002", invoice(2).issue_date)
    whole = replace(left, top_up_id="top_2", filed=filed, taxable_left=Decimal("10.00"))
    whole = replace(whole, tax_left=Decimal("1.90"))
    with books.reading() as connection:
        assert invoices_left(connection, NOVEMBER, {"org_aurora"}) == [left, whole]
        assert invoices_left(connection, DECEMBER, {"org_aurora"}) == [whole]
        assert invoices_left(connection, OCTOBER, {"org_aurora"}) == []
        assert invoices_left(connection, NOVEMBER, {"org_fjord"}) == []


def test_usage_is_given_back_on_no_invoice_of_a_top_up(books: Books) -> None:
    """They share the way of paying with statements, which late usage is deducted on."""
    file(books, invoice(1))
    with books.reading() as connection:
        found = corrected_documents(connection, NOVEMBER)
    assert "TI-2026-000001" not in {each.number for each in found}


def test_nobody_pays_what_is_paid(books: Books) -> None:
    file(books, invoice(1))
    with pytest.raises(MeterbookError, match="TI-2026-000001 is no invoice of org_aurora in EUR"):
        pay(books, NOW, "Ada", "org_aurora", "1", "bank-9", invoices=["TI-2026-000001"])


@pytest.fixture
def older(books_url: str, filled_url: str) -> Iterator[Books]:
    """Books of the revision before, with what the filled ones hold, opened by this version."""
    url = books_url.replace("books.sqlite", "older.sqlite")
    engine = connect(url)
    migrate(engine, "0016")
    with (
        connect(filled_url).connect() as filled,
        engine.execution_options(**{WRITES: True}).begin() as connection,
    ):
        for table in OLD_TABLES:
            rows = filled.exec_driver_sql(f"select * from {table}").mappings().all()
            if table == "number_series":
                connection.execute(
                    text("insert into number_series values ('anyint_eu', 'invoice', 2026, 0)")
                )
                connection.execute(text("update number_series set last_serial = 1"))
                continue
            for row in rows:
                own = {name: value for name, value in row.items() if name != "top_up_id"}
                values = ", ".join(f":{name}" for name in own)
                connection.execute(
                    text(f"insert into {table} ({', '.join(own)}) values ({values})"), own
                )
        connection.execute(text(OLD_PAYMENT))
    engine.dispose()
    with open_books(url) as opened:
        yield opened


def test_older_books_keep_their_documents_and_every_guard(older: Books) -> None:
    assert [each.number for each, _ in older.documents()] == ["INV-2026-000001"]
    assert older.document("INV-2026-000001").reports == {"usage": b"{}", "cost": b"{}"}
    assert settled_of(older) == [("bank-1", "INV-2026-000001", 999)]
    with pytest.raises(BooksError, match="append-only"), older.writing() as connection:
        connection.execute(text("update document set top_up_id = 'x'"))
    with pytest.raises(BooksError, match="neither be skipped"):
        file(older, registration("INV-2026-000003", 3, month=NOVEMBER))
    with pytest.raises(BooksError, match=r"(?i)foreign key constraint"):
        file(older, invoice(1, organization_id="org_nobody"))
    file(older, invoice(1), note(1, 400, 76))
    usage = replace(note(2, 1, 0), payment_mode="enterprise", corrects_number="INV-2026-000001")
    with pytest.raises(BooksError, match="corrects an earlier invoice"):
        file(older, usage)
    file(older, replace(usage, billing_month=NOVEMBER))
