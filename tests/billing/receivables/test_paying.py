"""Money comes in once, settles what it should, and what is left stays the customer's."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.books import Books
from billing.books.receivables import acts
from billing.errors import MeterbookError
from billing.receivables.paying import Done, pay, pay_back, settle
from billing.receivables.standing import accounts, status_of
from billing.subscriptions import Customer
from tests.billing.receivables.invoices import NOW, OCTOBER, file

D = Decimal
AURORA = "org_aurora"


def paid(books: Books, amount: str, reference: str, *invoices: str, **terms: Any) -> Done:
    return pay(books, NOW, "Ada", AURORA, amount, reference, invoices=invoices, **terms)


def statuses(books: Books, now: datetime = NOW) -> dict[str, tuple[str, Decimal]]:
    return {
        each.number: (status_of(each, now), each.amount("open")) for each in books.receivables()
    }


def test_money_settles_what_is_due_first_and_the_rest_stays_on_account(books: Books) -> None:
    later = file(books, 5_000, "2027-01-10")
    first = file(books, 3_000, "2026-12-05", month=OCTOBER.next)
    # 30.00 of 50.50 go to what is due first, 20.50 of 50.00 to the other
    done = paid(books, "50.50", "wire 1")
    assert done.settled == {first: D("30.00"), later: D("20.50")}
    assert done.on_account == 0
    assert statuses(books) == {first: ("paid", D("0.00")), later: ("partly_paid", D("29.50"))}
    # 29.50 of 40.00 are asked for: 10.50 stay
    assert paid(books, "40", "wire 2").on_account == D("10.50")


def test_named_invoices_are_settled_in_the_order_they_are_named(books: Books) -> None:
    first = file(books, 3_000)
    second = file(books, 5_000, month=OCTOBER.next)
    third = file(books, 1_000, month=OCTOBER.next.next)
    done = paid(books, "60", "wire", f"{third}=2.50", second, first)
    # 60.00 - 2.50 - 50.00 leaves 7.50 for the one named last
    assert done.settled == {first: D("7.50"), second: D("50.00"), third: D("2.50")}


def test_the_same_reference_is_one_payment(books: Books) -> None:
    number = file(books, 3_000)
    assert paid(books, "10", "wire").is_new
    again = paid(books, "10.00", "wire")
    assert (again.is_new, again.settled) == (False, {})
    assert statuses(books)[number] == ("overdue", D("20.00"))
    with pytest.raises(MeterbookError, match=r"'wire' is a payment of 10\.00 EUR already"):
        paid(books, "10.01", "wire")


def test_an_instant_keeps_its_meaning_and_a_day_is_the_customers(books: Books) -> None:
    file(books, 3_000)
    paid(books, "1", "a", paid_at="2026-12-19T23:30:00Z")
    paid(books, "1", "b", paid_at="2026-12-19")
    with books.reading() as connection:
        at = [each.occurred_at for each in acts(connection)]
    berlin = timezone(timedelta(hours=1))
    assert at == [
        datetime(2026, 12, 19, 23, 30, tzinfo=UTC),
        datetime(2026, 12, 19, tzinfo=berlin),
    ]


@pytest.mark.parametrize(
    ("amount", "reference", "invoices", "terms", "reason"),
    [
        ("0", "w", [], {}, "'0' is no amount above zero"),
        ("-5", "w", [], {}, "'-5' is no amount"),
        ("1e3", "w", [], {}, "'1e3' is no amount"),
        ("0.001", "w", [], {}, "more than the 2 decimals of EUR"),
        ("5", " ", [], {}, "is no reference"),
        ("1.0000000000001", "w", [], {}, "is no amount above zero"),
        ("5", "w", [" = 3"], {}, "' = 3' names no invoice"),
        ("5", "w\n", ["INV-2026-000009"], {}, "INV-2026-000009 is no invoice of org_aurora in EUR"),
        ("5", "w", ["INV-2026-000001"] * 2, {}, "INV-2026-000001 is named twice"),
        ("50", "w", ["INV-2026-000001=30.01"], {}, "30.01 EUR is more than the 30.00 EUR open"),
        ("5", "w", ["INV-2026-000001=6"], {}, "shall take 6.00 EUR, and only 5.00 EUR is left"),
        ("5", "w", ["INV-2026-000002"], {}, "INV-2026-000002 is no invoice of org_aurora in EUR"),
        ("5", "w", [], {"currency": "JPY"}, "org_aurora has no invoice in JPY"),
        ("5", "w", [], {"paid_at": "yesterday"}, "'yesterday' is no time"),
        ("5", "w", [], {"paid_at": "2026-12-21"}, "2026-12-21 lies ahead"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    books: Books,
    amount: str,
    reference: str,
    invoices: list[str],
    terms: dict[str, str],
    reason: str,
) -> None:
    file(books, 3_000)
    file(books, 7_000, organization_id="org_denki", currency="JPY", digits=0)
    with pytest.raises(MeterbookError, match=reason):
        paid(books, amount, reference, *invoices, **terms)
    assert statuses(books)["INV-2026-000001"] == ("overdue", D("30.00"))
    with books.reading() as connection:
        assert acts(connection) == []
    assert books.audit_log() == []


def test_a_customer_with_two_currencies_says_which(books: Books) -> None:
    euros = file(books, 3_000)
    yen = file(books, 3_000, month=OCTOBER.next, currency="JPY", digits=0)
    with pytest.raises(MeterbookError, match="invoices or money in EUR and JPY"):
        paid(books, "5", "w")
    assert paid(books, "2500", "w", currency="JPY").settled == {yen: D(2500)}
    assert paid(books, "31", "v", currency="EUR").on_account == D("1.00")
    assert statuses(books)[euros] == ("paid", D("0.00"))


def test_a_customer_without_an_invoice_is_named(books: Books) -> None:
    with pytest.raises(MeterbookError, match="No invoice of 'org_nobody' asks for money"):
        pay(books, NOW, "Ada", "org_nobody", "5", "w")


def test_what_a_note_gives_back_of_a_paid_invoice_is_the_customers(books: Books) -> None:
    number = file(books, 3_000)
    paid(books, "30", "wire")
    file(books, 1_000, corrects=number, month=OCTOBER.next)
    other = file(books, 600, month=OCTOBER.next)
    assert statuses(books)[number] == ("paid", D("0.00"))
    # 10.00 of 30.00 were too much: 6.00 settle the other, 4.00 go back
    done = settle(books, NOW, "Ada", AURORA)
    assert (done.settled, done.on_account) == ({other: D("6.00")}, D("4.00"))
    with pytest.raises(MeterbookError, match=r"has 4\.00 EUR on account, less than 4\.01 EUR"):
        pay_back(books, NOW, "Ada", AURORA, "4.01", "back")
    back = partial(pay_back, books, NOW, "Ada", AURORA, "4", "back")
    assert back().on_account == 0
    assert not back().is_new
    with pytest.raises(MeterbookError, match="Nothing of org_aurora in EUR is on account"):
        settle(books, NOW, "Ada", AURORA)


def test_what_is_paid_back_comes_off_an_overpaid_invoice_too(books: Books) -> None:
    number = file(books, 3_000)
    paid(books, "30", "wire")
    file(books, 3_000, corrects=number, month=OCTOBER.next)
    assert statuses(books)[number] == ("credited", D("0.00"))
    assert pay_back(books, NOW, "Ada", AURORA, "30", "back").on_account == 0


def test_what_a_note_gives_back_beyond_what_was_asked_for_is_the_customers(books: Books) -> None:
    """59.50 of which a committed balance paid 40.00: the note of 30.00 meets 19.50 that were due."""
    number = file(books, 5_950, prepaid=4_000)
    whole = file(books, 2_000, prepaid=2_000, month=OCTOBER.next)
    paid(books, "19.50", "wire")
    file(books, 3_000, corrects=number, month=OCTOBER.next.next)
    file(books, 500, corrects=whole, month=OCTOBER.next.next)
    # 19.50 paid too much, 10.50 and 5.00 beyond: 35.00
    assert statuses(books) == {number: ("paid", D("0.00"))}
    with books.reading() as connection:
        (account,) = accounts(connection, NOW)
    assert (account.open, account.on_account) == (0, D("35.00"))
    with pytest.raises(MeterbookError, match=r"has 35\.00 EUR on account"):
        pay_back(books, NOW, "Ada", AURORA, "35.01", "back")
    assert pay_back(books, NOW, "Ada", AURORA, "35", "back").on_account == 0


def test_another_spelling_of_a_reference_is_the_same_one(books: Books) -> None:
    file(books, 3_000)
    assert paid(books, "1", "\u00dcber  1").is_new
    assert not paid(books, "1", " U\u0308ber 1").is_new
    assert paid(books, "1", "\u00fcBER 1").is_new


def test_a_deposit_waits_for_the_first_invoice(books: Books) -> None:
    """Who has no invoice yet is asked of the catalog."""
    customer = Customer(AURORA, "Europe/Berlin", "EUR")
    done = paid(books, "100", "deposit", stranger=lambda: customer)
    assert (done.settled, done.on_account) == ({}, D("100.00"))
    with books.reading() as connection:
        assert [each.on_account for each in accounts(connection, NOW)] == [D("100.00")]
    number = file(books, 3_000)
    assert settle(books, NOW, "Ada", AURORA).settled == {number: D("30.00")}
    assert paid(books, "5", "more").on_account == D("75.00")
    with pytest.raises(MeterbookError, match="'EURO' is no currency"):
        pay(books, NOW, "Ada", "org_new", "5", "w", currency="EURO", stranger=lambda: customer)


def test_every_act_leaves_its_line(books: Books) -> None:
    file(books, 3_000)
    paid(books, "40", "wire")
    pay_back(books, NOW, "Ben", AURORA, "10", "back")
    assert [(each.actor, each.action, each.detail) for each in books.audit_log()] == [
        ("Ada", "pay", "40.00 EUR, wire"),
        ("Ben", "pay_back", "10.00 EUR, back"),
    ]
