"""A credit note corrects one earlier invoice and never gives back more than it billed.

The filled books hold INV-2026-000001 of October: 10,000,000,000,000.06 EUR in all.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from billing.books import Books, open_books
from billing.books.closing import close_month
from billing.books.crediting import AllowanceLeft, TaxLeft, corrected_documents
from billing.books.documents import Parts, Registration, file_document
from billing.books.engine import WRITES, connect
from billing.books.numbering import take_number
from billing.books.schema import migrate
from billing.errors import BooksError
from billing.periods import BillingMonth
from tests.billing.books.conftest import (
    HUGE,
    NOW,
    OCTOBER,
    OLD_PAYMENT,
    registration,
    settled_of,
)
from tests.databases import Database

NOVEMBER, DECEMBER = OCTOBER.next, OCTOBER.next.next
INVOICE = "INV-2026-000001"
TOTAL = HUGE + 6
HUGE_NET = Decimal(HUGE - 1).scaleb(-2)
CREDIT_USE = """
insert into credit_use
values (1, 'org_aurora', '2026-10-01', 'INV-2026-000001', 'coupon', 'coupon', '2026-10-01', 'EUR', 500, 500)
"""


def note(serial: int, total: int, month: BillingMonth = NOVEMBER) -> Registration:
    """A credit note without discount or tax."""
    amounts = dict.fromkeys(("subtotal_minor", "taxable_minor", "total_minor"), total)
    return replace(
        registration(f"CN-2026-{serial:06d}", serial, month=month),
        kind="credit_note",
        discount_minor=0,
        tax_minor=0,
        prepaid_minor=0,
        amount_due_minor=total,
        due_date=None,
        corrects_number=INVOICE,
        **amounts,
    )


def file(
    books: Books,
    document: Registration,
    billed: dict[BillingMonth, int] | None = None,
    *,
    taxes: dict[tuple[str, str], tuple[int, int]] | None = None,
    allowances: dict[str, int] | None = None,
) -> None:
    """Close the document's month, if it is open, and file it under the next number."""
    with books.writing() as connection:
        if ("org_aurora", document.billing_month) not in books.finalized():
            close_month(connection, "org_aurora", document.billing_month, 1, NOW)
        take_number(connection, "anyint_eu", document.kind, 2026)
        parts = Parts(billed or {}, taxes or {}, allowances or {})
        file_document(connection, document, b"{}", {}, parts)


def test_notes_may_give_back_all_of_an_invoice_and_not_a_cent_more(books: Books) -> None:
    file(books, note(1, TOTAL - 1))
    with pytest.raises(BooksError, match="never give back more than their invoice billed"):
        file(books, note(2, 2, DECEMBER))
    file(books, note(2, 1, DECEMBER))
    assert [each.corrects_number for each, _ in books.documents(DECEMBER)] == [INVOICE]


def test_a_month_has_one_note_for_each_invoice(books: Books, database: Database) -> None:
    file(books, note(1, 5))
    with pytest.raises(BooksError, match=database.taken_key):
        file(books, note(2, 5))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"corrects_number": ""}, "corrects an earlier invoice"),
        ({"corrects_number": "INV-2026-000009"}, "corrects an earlier invoice"),
        ({"currency": "USD"}, "corrects an earlier invoice"),
        ({"payment_mode": "subscription"}, "corrects an earlier invoice"),
        ({"total_minor": -1, "subtotal_minor": -1, "taxable_minor": -1}, "never give back"),
        ({"kind": "statement"}, "document_corrects"),
    ],
)
def test_a_note_that_corrects_nothing_of_its_customer_is_refused(
    books: Books, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BooksError, match=rule):
        file(books, replace(note(1, 5), **change))


def test_most_of_a_months_usage_decides_which_document_is_corrected(books: Books) -> None:
    later = replace(registration("INV-2026-000002", 2, month=NOVEMBER), total_minor=TOTAL)
    file(books, later, {OCTOBER: 700, NOVEMBER: 300})
    chosen = corrected(books, DECEMBER)
    # October's own invoice was filed without saying what it bills, the later one billed 7.00.
    assert chosen[OCTOBER] == ("INV-2026-000002", NOVEMBER)
    assert corrected(books, NOVEMBER) == {}


def corrected(books: Books, month: BillingMonth) -> dict[BillingMonth, tuple[str, BillingMonth]]:
    with books.reading() as connection:
        return {
            each.service_month: (each.number, each.corrects_month)
            for each in corrected_documents(connection, month)
        }


def test_what_notes_gave_back_counts_no_more(books: Books) -> None:
    file(books, registration("INV-2026-000002", 2, month=NOVEMBER), {OCTOBER: 700})
    file(books, replace(note(1, 650), billing_month=DECEMBER), {OCTOBER: 650})
    file(books, registration("INV-2026-000003", 3, month=DECEMBER), {OCTOBER: 60})
    january = DECEMBER.next
    # 7.00 billed in November stay more than December's 0.60: the note is on another invoice.
    assert corrected(books, january)[OCTOBER] == ("INV-2026-000002", NOVEMBER)
    other = replace(note(2, 650), corrects_number="INV-2026-000002", billing_month=january)
    file(books, other, {OCTOBER: 650})
    # 7.00 less 6.50 are less than 0.60.
    assert corrected(books, january.next)[OCTOBER] == ("INV-2026-000003", DECEMBER)
    assert corrected(books, january)[OCTOBER] == ("INV-2026-000002", NOVEMBER)
    left = {each.number: each.left for each in books.corrected_documents(january.next)}
    assert left["INV-2026-000003"] == Decimal(TOTAL).scaleb(-2)


def test_notes_leave_less_of_each_tax_group_and_allowance(books: Books) -> None:
    group, invoice = ("S", "0.19"), registration("INV-2026-000002", 2, month=NOVEMBER)
    kept = {"credit": 5, "maximum": 5}
    file(books, invoice, {OCTOBER: 700}, taxes={group: (700, 133)}, allowances=kept)
    given_back = replace(note(1, 238), corrects_number=invoice.number, billing_month=DECEMBER)
    taken = {"credit": 2, "maximum": 5}
    file(books, given_back, {OCTOBER: 200}, taxes={group: (200, 38)}, allowances=taken)
    (after,) = books.corrected_documents(DECEMBER.next)
    assert after.notes == 1
    assert after.taxes == [TaxLeft("S", "0.19", Decimal("5.00"), Decimal("0.95"))]
    assert after.allowances == [
        AllowanceLeft("credit", Decimal("0.03")),
        AllowanceLeft("maximum", Decimal("0.00")),
    ]
    (before,) = books.corrected_documents(DECEMBER)
    assert (before.notes, before.taxes[0].tax) == (0, Decimal("1.33"))


def test_a_commitment_counts_a_note_below_zero_in_the_month_that_issued_it(books: Books) -> None:
    file(books, note(1, 650))
    nets = [(each.billed_month, each.net) for each in books.billed_nets(DECEMBER)]
    october = (OCTOBER.first_day, Decimal("9999999999999.99"))
    assert nets == [october, (NOVEMBER.first_day, Decimal("-6.50"))]


@pytest.mark.parametrize("revision", ["0005", "0008"])
def test_books_filed_before_there_were_notes_keep_their_documents(
    books_url: str, filled_url: str, revision: str
) -> None:
    """Old books are changed in place: rows, references and every guard stay."""
    url = _empty_beside(books_url)
    engine = connect(url)
    migrate(engine, revision)
    with (
        connect(filled_url).connect() as filled,
        engine.execution_options(**{WRITES: True}).begin() as connection,
    ):
        _copy(filled, connection)
        if revision == "0008":
            connection.execute(text(CREDIT_USE))
    engine.dispose()
    with open_books(url) as books:
        assert [each.number for each, _ in books.documents()] == [INVOICE]
        assert books.document(INVOICE).reports == {"usage": b"{}", "cost": b"{}"}
        assert settled_of(books) == [("bank-1", INVOICE, 999)]
        assert corrected(books, DECEMBER) == {OCTOBER: (INVOICE, OCTOBER)}
        (october,) = books.corrected_documents(DECEMBER)
        assert october.taxes == [TaxLeft("S", "0.19", HUGE_NET, Decimal("0.07"))]
        assert october.allowances == [
            AllowanceLeft("credit", Decimal("0.05")),
            AllowanceLeft("maximum", Decimal("0.05")),
        ]
        with pytest.raises(BooksError, match="append-only"), books.writing() as connection:
            connection.execute(text("update document set year = 2027"))
        with pytest.raises(BooksError, match="neither be skipped"):
            file(books, registration("INV-2026-000003", 3, month=NOVEMBER))
        with (
            pytest.raises(BooksError, match=r"(?i)foreign key constraint"),
            books.writing() as connection,
        ):
            connection.execute(
                text("insert into billed_month values ('INV-2026-000009', '2026-10-01', 1)")
            )
        file(books, note(1, 5))
        used = [(each.credit_id, each.used) for each in books.credits_used(DECEMBER)]
        assert used == ([("coupon", Decimal(5))] if revision == "0008" else [])


def _empty_beside(books_url: str) -> str:
    """The filled books of SQLite are a file of the same folder; a database is empty already."""
    return books_url.replace("books.sqlite", "old.sqlite")


def _copy(filled: Connection, old_books: Connection) -> None:
    """Fill the old tables with the filled books' rows, in the order their guards ask for."""
    old = "number, seller_id, kind, year, serial, organization_id, billing_month, payment_mode, "
    old += "zone, currency, minor_digits, subtotal_minor, discount_minor, taxable_minor, "
    old += "tax_minor, total_minor, prepaid_minor, amount_due_minor, issue_date, due_date, "
    old += "sha256, frozen"
    run = old_books.exec_driver_sql
    _copy_rows(filled, old_books, "month_close", "*")
    run("insert into number_series values ('anyint_eu', 'invoice', 2026, 0)")
    run("update number_series set last_serial = 1")
    _copy_rows(filled, old_books, "document", old)
    _copy_rows(filled, old_books, "document_report", "*")
    run(OLD_PAYMENT)


def _copy_rows(filled: Connection, old_books: Connection, table: str, columns: str) -> None:
    rows = filled.exec_driver_sql(f"select {columns} from {table}")
    names = list(rows.keys())
    values = ", ".join(f":{name}" for name in names)
    statement = text(f"insert into {table} ({', '.join(names)}) values ({values})")
    old_books.execute(statement, [dict(row) for row in rows.mappings()])
