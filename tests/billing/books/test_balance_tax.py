"""A balance is taxed at one moment for good; receipts are untaxed, and what it paid asks nothing."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from billing.books import Books, open_books
from billing.books.balance_tax import keep, paid_under, remember_payments, taxed_at
from billing.books.closing import close_month
from billing.books.crediting import TaxLeft
from billing.books.documents import Parts, Registration, file_document
from billing.books.engine import WRITES, connect
from billing.books.numbering import take_number
from billing.books.schema import migrate
from billing.books.top_up_invoices import Filed, filed_in
from billing.errors import BooksError, MeterbookError
from billing.receivables.paying import pay
from tests.billing.books.conftest import NOW, OCTOBER, registration

NOVEMBER = OCTOBER.next
PAID = {"payment_mode": "prepaid", "due_date": None}


def amounts(net: int, tax: int, paid: int) -> dict[str, int]:
    parts = {"subtotal": net, "discount": 0, "taxable": net, "tax": tax, "total": net + tax}
    parts |= {"prepaid": paid, "amount_due": net + tax - paid}
    return {f"{name}_minor": minor for name, minor in parts.items()}


def receipt(serial: int = 1, **changed: object) -> Registration:
    """100.00 received."""
    paid = replace(
        registration(f"RC-2026-{serial:06d}", serial),
        kind="top_up_receipt",
        top_up_id=f"top_{serial}",
        **PAID,
        **amounts(10_000, 0, 10_000),
    )
    return replace(paid, **changed)


def invoice(**changed: object) -> Registration:
    """2.02 of usage and 0.38 of tax, paid by the balance."""
    paid = replace(registration("INV-2026-000002", 2), **PAID, **amounts(202, 38, 240))
    return replace(paid, **changed)


def note(net: int, tax: int) -> Registration:
    """Of November, given back to the balance."""
    return replace(
        registration("CN-2026-000001", 1, month=NOVEMBER),
        kind="credit_note",
        corrects_number="INV-2026-000002",
        **PAID,
        **amounts(net, tax, net + tax),
    )


def file(books: Books, *documents: Registration) -> None:
    """Close the month of each document, if it is open, and file it under the next number."""
    with books.writing() as connection:
        for each in documents:
            closed = text("select 1 from month_close where billing_month = :month")
            if not connection.execute(closed, {"month": each.billing_month.first_day}).all():
                close_month(connection, "org_aurora", each.billing_month, 1, NOW)
            take_number(connection, "anyint_eu", each.kind, 2026)
            taxes = {("S", "0.19"): (each.taxable_minor, each.tax_minor)}
            file_document(connection, each, b"{}", {}, Parts({OCTOBER: each.taxable_minor}, taxes))


def test_a_receipt_is_a_document_of_its_top_up_in_a_series_of_its_own(books: Books) -> None:
    with books.writing() as connection:
        assert take_number(connection, "anyint_eu", "top_up_receipt", 2027) == (1, "RC-2027-000001")
        connection.rollback()
    file(books, receipt())
    with books.reading() as connection:
        assert filed_in(connection, OCTOBER) == {
            "top_1": Filed("RC-2026-000001", receipt().issue_date)
        }
    with pytest.raises(BooksError, match="a top-up has one document"):
        file(books, receipt(2, top_up_id="top_1"))


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (receipt(top_up_id=""), "document_top_up"),
        (receipt(**amounts(10_000, 1, 10_001)), "document_receipt"),
        (receipt(**amounts(10_000, 0, 9_999)), "document_top_up_paid"),
        (invoice(**amounts(202, 38, 239)), "document_balance_paid"),
        (invoice(payment_mode="subscription"), "document_due_date"),
        (invoice(top_up_id="top_9"), "document_top_up"),
    ],
)
def test_what_a_balance_did_not_pay_whole_is_refused(
    books: Books, document: Registration, rule: str
) -> None:
    with pytest.raises(BooksError, match=rule):
        file(books, document)


def test_a_receipt_is_not_corrected_by_a_note(books: Books) -> None:
    file(books, receipt())
    with pytest.raises(BooksError, match="corrects an earlier invoice"):
        file(books, replace(note(1, 0), corrects_number="RC-2026-000001"))


def test_an_invoice_that_a_balance_paid_is_corrected_and_never_paid_again(books: Books) -> None:
    file(books, invoice())
    own = [each for each in books.corrected_documents(NOVEMBER) if each.payment_mode == "prepaid"]
    assert [(each.number, each.is_invoice, each.left) for each in own] == [
        ("INV-2026-000002", True, Decimal("2.40"))
    ]
    file(books, note(100, 19))
    later = books.corrected_documents(NOVEMBER.next)
    (after,) = [each for each in later if each.payment_mode == "prepaid"]
    assert (after.left, after.notes) == (Decimal("1.21"), 1)
    assert after.taxes == [TaxLeft("S", "0.19", Decimal("1.02"), Decimal("0.19"))]
    with pytest.raises(MeterbookError, match="INV-2026-000002 is no invoice of org_aurora in EUR"):
        pay(books, NOW, "Ada", "org_aurora", "1", "bank-9", invoices=["INV-2026-000002"])


def test_a_statement_is_no_invoice_that_a_note_may_correct(books: Books) -> None:
    file(books, replace(invoice(), number="ST-2026-000001", serial=1, kind="statement"))
    own = [each for each in books.corrected_documents(NOVEMBER) if each.payment_mode == "prepaid"]
    assert [each.is_invoice for each in own] == [False]
    with pytest.raises(BooksError, match="corrects an earlier invoice"):
        file(books, replace(note(1, 0), corrects_number="ST-2026-000001"))


def test_the_first_month_that_posts_decides_when_a_balance_is_taxed(books: Books) -> None:
    with books.writing() as connection:
        close_month(connection, "org_gross", OCTOBER, 1, NOW)
        keep(connection, "org_gross", OCTOBER, "consumption")
        keep(connection, "org_gross", NOVEMBER, "consumption")
    with books.reading() as connection:
        assert taxed_at(connection) == {"org_aurora": "top_up", "org_gross": "consumption"}
    for owner, other in (("org_gross", "top_up"), ("org_aurora", "consumption")):
        refused = rf"{owner}: its balance has posted movements under .* be taxed at {other} now"
        with pytest.raises(BooksError, match=refused), books.writing() as connection:
            keep(connection, owner, NOVEMBER, other)


def test_nothing_is_kept_of_a_month_that_is_not_closed(books: Books) -> None:
    with (
        pytest.raises(BooksError, match=r"(?i)foreign key"),
        books.writing() as connection,
    ):
        keep(connection, "org_gross", OCTOBER, "consumption")


def test_a_payment_is_remembered_once_and_of_a_posted_balance_not_at_all(books: Books) -> None:
    with books.writing() as connection:
        remember_payments(connection, {("org_gross", "top_1"): "consumption"})
        remember_payments(
            connection,
            {("org_gross", "top_1"): "top_up", ("org_gross", "top_2"): "top_up"},
        )
        remember_payments(connection, {("org_aurora", "top_9"): "consumption"})
    with books.reading() as connection:
        known = paid_under(connection)
    assert {key: rule for key, rule in known.items() if key[0] == "org_gross"} == {
        ("org_gross", "top_1"): "consumption",
        ("org_gross", "top_2"): "top_up",
    }
    assert ("org_aurora", "top_9") not in known


@pytest.fixture
def older(books_url: str) -> Iterator[Books]:
    """Books of the revision before, in which two organizations were posted to."""
    url = books_url.replace("books.sqlite", "older.sqlite")
    engine = connect(url)
    migrate(engine, "0018")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for place, (owner, month) in enumerate(
            [("org_a", "2026-09-01"), ("org_a", "2026-10-01"), ("org_b", "2026-10-01")], start=1
        ):
            connection.execute(
                text(
                    f"insert into month_close values ('{owner}', '{month}', 1, "
                    "'2026-11-05 06:00:00')"
                )
            )
            connection.execute(
                text(
                    "insert into balance_entry (entry_id, organization_id, billing_month, kind, "
                    "reference, amount_minor, currency, exact_remainder) values "
                    f"({place}, '{owner}', '{month}', 'top_up', 'top_{place}', 1, 'EUR', '0')"
                )
            )
    engine.dispose()
    with open_books(url) as opened:
        yield opened


def test_what_was_posted_before_was_taxed_as_it_was_paid_in(older: Books) -> None:
    with older.reading() as connection:
        assert taxed_at(connection) == {"org_a": "top_up", "org_b": "top_up"}
        kept = connection.execute(text("select billing_month from balance_tax order by 1"))
        assert [str(month) for (month,) in kept] == ["2026-09-01", "2026-10-01"]
