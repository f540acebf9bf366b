"""What is given up or taken back stays to be seen, and every amount stays accounted for."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from billing.books import Books
from billing.books.receivable_accounts import on_account
from billing.books.receivables import Receivable
from billing.errors import BooksError, MeterbookError
from billing.receivables.paying import pay, pay_back, settle
from billing.receivables.standing import accounts, status_of
from billing.receivables.undoing import release, reverse, write_off
from tests.billing.receivables.invoices import NOW, OCTOBER, file

D = Decimal
AURORA = "org_aurora"
EUR = (AURORA, "EUR")


def of(books: Books, number: str) -> Receivable:
    return next(each for each in books.receivables() if each.number == number)


def unused(books: Books) -> int:
    with books.reading() as connection:
        return on_account(connection).get(EUR, 0)


def test_what_is_given_up_is_written_off_and_may_be_part(books: Books) -> None:
    number = file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "10", "wire")
    assert write_off(books, NOW, "Ada", number, "In liquidation.", amount="5") == (D("5.00"), "EUR")
    assert (of(books, number).open_minor, status_of(of(books, number), NOW)) == (1_500, "overdue")
    assert write_off(books, NOW, "Ada", number, "In liquidation.") == (D("15.00"), "EUR")
    assert status_of(of(books, number), NOW) == "written_off"
    with pytest.raises(MeterbookError, match=r"0\.00 EUR is open of INV-2026-000001"):
        write_off(books, NOW, "Ada", number, "Again.")
    assert unused(books) == 0


def test_money_for_what_was_written_off_waits_until_that_is_reversed(books: Books) -> None:
    number = file(books, 3_000)
    write_off(books, NOW, "Ada", number, "In liquidation.")
    assert pay(books, NOW, "Ada", AURORA, "12", "late wire").on_account == D("12.00")
    reverse(books, NOW, "Ada", AURORA, "#1", "They paid after all.")
    assert settle(books, NOW, "Ada", AURORA).settled == {number: D("12.00")}
    assert (of(books, number).open_minor, of(books, number).given_up_minor) == (1_800, 0)


def test_a_payment_that_bounced_opens_what_it_settled(books: Books) -> None:
    first = file(books, 3_000)
    second = file(books, 2_000, month=OCTOBER.next)
    pay(books, NOW, "Ada", AURORA, "20", "good", invoices=[second])
    pay(books, NOW, "Ada", AURORA, "30", "bad", invoices=[first])
    taken = reverse(books, NOW, "Ada", AURORA, "bad", "Returned by the bank.")
    assert (taken.kind, taken.amount) == ("payment", D("30.00"))
    assert (of(books, first).open_minor, of(books, second).open_minor) == (3_000, 0)
    assert unused(books) == 0
    with pytest.raises(MeterbookError, match="bad of org_aurora was reversed before"):
        reverse(books, NOW, "Ada", AURORA, "bad", "Again.")


def test_a_payment_whose_money_went_elsewhere_is_taken_from_the_newest_settlement(
    books: Books,
) -> None:
    first = file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "30", "bad", invoices=[first])
    file(books, 1_000, corrects=first, month=OCTOBER.next)
    second = file(books, 1_000, month=OCTOBER.next)
    settle(books, NOW, "Ada", AURORA)
    reverse(books, NOW, "Ada", AURORA, "bad", "Returned by the bank.")
    # 20.00 of its 30.00 still settle the first, 10.00 went to the second
    assert (of(books, first).open_minor, of(books, second).open_minor) == (2_000, 1_000)


def test_a_payment_that_was_paid_back_cannot_be_taken_back_too(books: Books) -> None:
    file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "40", "wire")
    pay_back(books, NOW, "Ada", AURORA, "10", "back")
    with pytest.raises(MeterbookError, match=r"10\.00 EUR of it was paid back since"):
        reverse(books, NOW, "Ada", AURORA, "wire", "Returned by the bank.")
    assert of(books, "INV-2026-000001").open_minor == 0
    reverse(books, NOW, "Ada", AURORA, "back", "The account is closed.")
    assert unused(books) == 1_000
    reverse(books, NOW, "Ada", AURORA, "wire", "Returned by the bank.")
    assert (unused(books), of(books, "INV-2026-000001").open_minor) == (0, 3_000)


def test_what_lies_on_account_settles_nothing_by_itself_when_a_payment_bounces(
    books: Books,
) -> None:
    number = file(books, 10_000)
    pay(books, NOW, "Ada", AURORA, "100", "bad")
    pay(books, NOW, "Ada", AURORA, "50", "good")
    reverse(books, NOW, "Ada", AURORA, "bad", "Returned by the bank.")
    assert (of(books, number).open_minor, unused(books)) == (10_000, 5_000)


def test_what_another_payment_settles_by_name_stays_paid(books: Books) -> None:
    first = file(books, 3_000)
    second = file(books, 3_000, month=OCTOBER.next)
    pay(books, NOW, "Ada", AURORA, "30", "bad", invoices=[first])
    release(books, NOW, "Ada", first, "Meant for the other.")
    pay(books, NOW, "Ada", AURORA, "30", "good", invoices=[first])
    settle(books, NOW, "Ada", AURORA)
    reverse(books, NOW, "Ada", AURORA, "bad", "Returned by the bank.")
    assert (of(books, first).open_minor, of(books, second).open_minor) == (0, 3_000)


def test_no_other_payment_stands_in_for_one_that_was_paid_back(books: Books) -> None:
    number = file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "30", "good", invoices=[number])
    pay(books, NOW, "Ada", AURORA, "30", "bad")
    pay_back(books, NOW, "Ada", AURORA, "30", "back")
    with pytest.raises(MeterbookError, match=r"30\.00 EUR of it was paid back since"):
        reverse(books, NOW, "Ada", AURORA, "bad", "Returned by the bank.")
    assert of(books, number).open_minor == 0


def test_a_note_after_a_write_off_leaves_less_written_off(books: Books) -> None:
    number = file(books, 10_000)
    pay(books, NOW, "Ada", AURORA, "60", "wire")
    write_off(books, NOW, "Ada", number, "In liquidation.")
    file(books, 3_000, corrects=number, month=OCTOBER.next)
    # 100.00 = 60.00 paid + 30.00 given back + 10.00 lost
    assert (of(books, number).written_off_minor, of(books, number).open_minor) == (1_000, 0)


def test_a_reversed_payment_can_be_recorded_again_by_another_name(books: Books) -> None:
    file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "30", "wire")
    reverse(books, NOW, "Ada", AURORA, "wire", "Returned by the bank.")
    with pytest.raises(MeterbookError, match=r"payment of 30\.00 EUR that was reversed"):
        pay(books, NOW, "Ada", AURORA, "30", "wire")
    assert pay(books, NOW, "Ada", AURORA, "30", "wire, once more").is_new


def test_money_that_settled_the_wrong_invoice_is_set_free(books: Books) -> None:
    wrong = file(books, 3_000)
    meant = file(books, 3_000, month=OCTOBER.next)
    pay(books, NOW, "Ada", AURORA, "30", "wire")
    assert release(books, NOW, "Ada", wrong, "It was for November.", amount="12")[0] == D("12.00")
    settle(books, NOW, "Ada", AURORA, invoices=[meant])
    assert (of(books, wrong).open_minor, of(books, meant).open_minor) == (1_200, 1_800)
    with pytest.raises(MeterbookError, match=r"is settled with 18\.00 EUR of money"):
        release(books, NOW, "Ada", wrong, "Too much.", amount="18.01")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("unknown", "has no acts 'unknown'"),
        ("2", "has no acts '2'"),
        ("#2", "#2 is a settling"),
    ],
)
def test_what_cannot_be_reversed_is_named(books: Books, act: str, reason: str) -> None:
    number = file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "30", "wire")
    release(books, NOW, "Ada", number, "Wrong.")
    with pytest.raises(MeterbookError, match=reason):
        reverse(books, NOW, "Ada", AURORA, act, "Wrong.")


@pytest.mark.parametrize("because", ["", "  ", "two\nlines"])
def test_nothing_is_given_up_without_a_reason(books: Books, because: str) -> None:
    number = file(books, 3_000)
    with pytest.raises(MeterbookError, match="Say why with --because"):
        write_off(books, NOW, "Ada", number, because)


def test_a_list_shows_what_is_owed_by_age(books: Books) -> None:
    file(books, 100, "2026-12-20")
    file(books, 200, "2026-12-19", month=OCTOBER.shift(-1))
    file(books, 400, "2026-11-20", month=OCTOBER.shift(-2))
    file(books, 800, "2026-11-19", month=OCTOBER.shift(-3))
    file(books, 1_600, "2026-09-20", month=OCTOBER.shift(-4))
    file(books, 3_200, organization_id="org_paid")
    pay(books, NOW, "Ada", "org_paid", "32", "w")
    with books.reading() as connection:
        (aurora,) = accounts(connection, NOW)
    ages = {"not_due": "1.00", "1_to_30": "6.00", "31_to_60": "8.00", "61_to_90": "0.00"}
    assert aurora.by_age == {name: D(each) for name, each in ages.items()} | {"over_90": D("16.00")}
    assert (aurora.organization_id, aurora.open, aurora.on_account) == (AURORA, D("31.00"), 0)


@pytest.mark.parametrize(
    "act",
    [
        "('org_other', 'reversal', 'EUR', 2, 3000, -3000, 1)",
        "('org_aurora', 'reversal', 'EUR', 2, 2999, -2999, 1)",
        "('org_aurora', 'reversal', 'EUR', 2, 3000, 3000, 1)",
    ],
)
def test_a_reversal_is_the_opposite_of_its_act(books: Books, act: str) -> None:
    file(books, 3_000)
    pay(books, NOW, "Ada", AURORA, "30", "wire")
    columns = "organization_id, kind, currency, minor_digits, amount_minor, account_minor, reverses"
    with (
        pytest.raises(BooksError, match=r"a reversal is the opposite|on account"),
        books.writing() as connection,
    ):
        connection.execute(
            text(
                f"insert into receivable_act ({columns}, occurred_at, recorded_at, because) "
                f"values {act[:-1]}, '2026-12-20 12:00:00', '2026-12-20 12:00:00', 'x')"
            )
        )


@pytest.mark.parametrize(
    ("settlement", "reason"),
    [
        ("(1, 'INV-2026-000001', 'write_off', 'EUR', 1)", "more than is open of the invoice"),
        ("(1, 'INV-2026-000002', 'money', 'EUR', 1)", "more than the customer has on account"),
        ("(1, 'INV-2026-000003', 'money', 'EUR', 1)", "no payable invoice of this customer"),
        ("(1, 'INV-2026-000001', 'write_off', 'EUR', -1)", "more than was settled of the invoice"),
        ("(1, 'INV-2026-000002', 'money', 'EUR', -1)", "more than was settled of the invoice"),
        ("(1, 'INV-2026-000002', 'gift', 'EUR', 1)", "settlement_source"),
    ],
)
def test_the_books_refuse_what_no_command_does(books: Books, settlement: str, reason: str) -> None:
    first = file(books, 3_000)
    file(books, 3_000, month=OCTOBER.next)
    file(books, 3_000, organization_id="org_other")
    pay(books, NOW, "Ada", AURORA, "30", "wire", invoices=[first])
    release(books, NOW, "Ada", first, "To settle it once more.", amount="30")
    settle(books, NOW, "Ada", AURORA, invoices=[first])
    with pytest.raises(BooksError, match=reason), books.writing() as connection:
        connection.execute(text(f"insert into settlement values {settlement}"))
