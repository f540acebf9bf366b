"""Putting money on a balance: once for each reference, and nothing that is no money."""

import multiprocessing
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from billing.books import Books, open_books
from billing.books.balance_tax import paid_under, remember_payments
from billing.books.ledger import Transfer, record_transfer, transfers
from billing.catalog import read_catalog
from billing.errors import BooksError, MeterbookError
from billing.prepaid.topping_up import ToppedUp, top_up
from billing.subscriptions import Customer, CustomerFiles, catalog_in_force, read_customer_files
from tests.billing.subscriptions.conftest import CATALOG, NOON, act

LATER = NOON + timedelta(hours=1)


def put(  # noqa: PLR0913, PLR0917  # what a test varies
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    amount: str = "250.00",
    client_reference: str = "order-1",
    currency: str = "USD",
    kind: str = "purchased",
    reference: str = "",
    expires: str = "",
    invoiced_as: str = "",
) -> ToppedUp:
    return top_up(
        books,
        files,
        customer,
        act(),
        amount=amount,
        currency=currency,
        client_reference=client_reference,
        kind=kind,
        reference=reference,
        expires=expires,
        invoiced_as=invoiced_as,
    )


def test_what_is_put_on_a_balance_is_a_row_of_the_catalog_in_force(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    put(books, files, fjord, reference="Card 12")
    put(books, files, fjord, "10", "gift-1", kind="promotional")
    with catalog_in_force(CATALOG, books) as folder:
        rows = read_catalog(folder)["top_ups"].to_dicts()
    own = {row["top_up_id"]: row for row in rows if row["top_up_id"].startswith("topup_fjord")}
    assert list(own)[-2:] == ["topup_fjord_004", "topup_fjord_005"]
    paid, given = own["topup_fjord_004"], own["topup_fjord_005"]
    assert (paid["amount"], paid["kind"], paid["reference"]) == (
        (Decimal("250.000"), "purchased", "Card 12")
    )
    assert (given["amount"], given["kind"], given["reference"]) == (
        (Decimal("10.000"), "promotional", "gift-1")
    )
    assert paid["occurred_at"] == NOON.replace(tzinfo=None)


def test_the_same_reference_is_one_top_up(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    first = put(books, files, fjord)
    again = put(books, files, fjord, "250")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.transfer == first.transfer
    with books.reading() as connection:
        assert transfers(connection) == [first.transfer]


@pytest.mark.parametrize(
    "change", [{"amount": "250.01"}, {"kind": "promotional"}, {"amount": "25.00"}]
)
def test_a_reference_that_named_something_else_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, change: dict[str, str]
) -> None:
    put(books, files, fjord)
    with pytest.raises(BooksError, match=r"'order-1' is topup_fjord_004 .* top_up of 250.00 USD"):
        put(books, files, fjord, **change)


def test_a_payment_under_another_rule_of_tax_than_the_one_before_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, tmp_path: Path
) -> None:
    """Else neither rule would fit both, and no close could go on."""
    put(books, files, fjord)
    shutil.copytree(CATALOG, tmp_path / "catalog")
    profiles = tmp_path / "catalog" / "billing_profiles.csv"
    head, *rows = profiles.read_text().splitlines()
    changed = [f"{row},{'consumption' * ('org_fjord' in row)}" for row in rows]
    profiles.write_text("\n".join([f"{head},tax_at", *changed]) + "\n")
    now = read_customer_files(tmp_path / "catalog")
    with pytest.raises(BooksError, match="was recorded under tax_at top_up and cannot be taxed"):
        put(books, now, fjord, client_reference="order-2")
    put(books, now, fjord, client_reference="gift", kind="promotional")
    with books.reading() as connection:
        assert paid_under(connection) == {("org_fjord", "topup_fjord_004"): "top_up"}


def test_the_id_of_a_payment_that_was_taken_out_again_is_not_given_out(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    """The row was seen under the other rule: what is kept of it binds its id alone."""
    with books.writing() as connection:
        remember_payments(connection, {("org_fjord", "topup_fjord_004"): "consumption"})
    for number in (1, 2):
        put(books, files, fjord, client_reference=f"order-{number}")
    with books.reading() as connection:
        assert paid_under(connection) == {
            ("org_fjord", "topup_fjord_004"): "consumption",
            ("org_fjord", "topup_fjord_005"): "top_up",
            ("org_fjord", "topup_fjord_006"): "top_up",
        }


def test_another_customer_may_use_the_same_reference(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    put(books, files, fjord)
    assert put(books, files, files.customer("org_harbor")).is_new


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount": "0"}, "is no amount above zero"),
        ({"amount": "0.00"}, "is no amount above zero"),
        ({"amount": "-5"}, "is no amount above zero"),
        ({"amount": "1,000"}, "is no amount above zero"),
        ({"amount": "1e3"}, "is no amount above zero"),
        ({"amount": "NaN"}, "is no amount above zero"),
        ({"amount": ""}, "is no amount above zero"),
        ({"amount": "\u0663"}, "is no amount above zero"),
        ({"amount": "1" * 13}, "is no amount above zero"),
        ({"amount": "1.005"}, "has more than the 2 decimals of USD"),
        ({"currency": "EUR"}, "is billed in USD, not in EUR"),
        ({"kind": "gift"}, "is no kind of money"),
        ({"client_reference": " "}, "is no reference"),
        ({"client_reference": "a\nb"}, "is no reference"),
        ({"client_reference": "x" * 201}, "is no reference"),
        ({"invoiced_as": " "}, "' ' is no number of an invoice"),
        ({"invoiced_as": "PAY\n1"}, "is no number of an invoice"),
        ({"invoiced_as": "x" * 201}, "is no number of an invoice"),
        ({"invoiced_as": "PAY-1", "kind": "promotional"}, "Leave 'PAY-1' out"),
    ],
)
def test_what_is_no_money_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, change: dict[str, str], says: str
) -> None:
    with pytest.raises(MeterbookError, match=says):
        put(books, files, fjord, **change)
    with books.reading() as connection:
        assert transfers(connection) == []
    assert books.audit_log() == []


def test_a_yen_has_no_decimals(books: Books, files: CustomerFiles) -> None:
    denki = files.customer("org_denki")
    with pytest.raises(MeterbookError, match="more than the 0 decimals of JPY"):
        put(books, files, denki, "100.5", currency="JPY")
    assert put(books, files, denki, "100.0", currency="JPY").transfer.amount_minor == 100


def test_a_top_up_ends_with_a_day_of_the_customers_calendar_or_at_an_instant(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    """31 March ends in Oslo at 22:00 UTC: summer time has begun."""
    day = put(books, files, fjord, expires="2027-03-31").transfer
    assert f"{day.expires_at}" == "2027-03-31 22:00:00+00:00"
    exact = put(books, files, fjord, client_reference="b", expires="2026-11-10T12:00:01Z").transfer
    with catalog_in_force(CATALOG, books) as folder:
        rows = {row["top_up_id"]: row for row in read_catalog(folder)["top_ups"].to_dicts()}
    assert f"{rows[day.transfer_id]['expires_at']}" == "2027-03-31 22:00:00"
    assert f"{rows[exact.transfer_id]['expires_at']}" == "2026-11-10 12:00:01"


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("2026-11-10T12:00:00Z", "is over: it is 2026-11-10T12:00:00Z"),
        ("2026-11-09", "is over"),
        ("2026-02-30", "is no end"),
        ("9999-12-31", "is no end"),
        ("tomorrow", "is no end"),
        ("2026-12-01T00:00:00+01:00", "is no end"),
    ],
)
def test_an_end_that_is_none_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, expires: str, message: str
) -> None:
    with pytest.raises(MeterbookError, match=message):
        put(books, files, fjord, expires=expires)
    with books.reading() as connection:
        assert transfers(connection) == []


def test_the_same_reference_with_another_end_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    put(books, files, fjord, expires="2027-03-31")
    assert not put(books, files, fjord, expires="2027-03-31T22:00:00Z").is_new
    with pytest.raises(BooksError, match=r"top_up of 250\.00 USD until 2027-03-31T22:00:00Z"):
        put(books, files, fjord, expires="2027-04-01")


def test_what_another_system_invoiced_says_so_in_the_catalog_in_force(
    books: Books, files: CustomerFiles, fjord: Customer
) -> None:
    done = put(books, files, fjord, invoiced_as=" PAY-2026-7 ").transfer
    other = put(books, files, fjord, client_reference="order-2").transfer
    with catalog_in_force(CATALOG, books) as folder:
        rows = {row["top_up_id"]: row for row in read_catalog(folder)["top_ups"].to_dicts()}
    assert rows[done.transfer_id]["invoiced_as"] == "PAY-2026-7"
    assert rows[other.transfer_id]["invoiced_as"] == ""


@pytest.mark.parametrize("other", ["", "PAY-8"])
def test_the_same_reference_with_another_invoice_is_refused(
    books: Books, files: CustomerFiles, fjord: Customer, other: str
) -> None:
    put(books, files, fjord, invoiced_as="PAY-7")
    assert not put(books, files, fjord, invoiced_as="PAY-7").is_new
    with pytest.raises(BooksError, match=r"top_up of 250\.00 USD, invoiced as PAY-7\. Give"):
        put(books, files, fjord, invoiced_as=other)
    put(books, files, fjord, client_reference="b")
    with pytest.raises(BooksError, match=r"top_up of 250\.00 USD\. Give"):
        put(books, files, fjord, client_reference="b", invoiced_as="PAY-8")


def careless() -> Transfer:
    return Transfer("t", "org_fjord", "top_up", 100, 2, "USD", NOON, "ref", "ref")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount_minor": 0}, "ledger_transfer_amount"),
        ({"amount_minor": -1}, "ledger_transfer_amount"),
        ({"client_reference": " "}, "ledger_transfer_named"),
        ({"minor_digits": 9}, "ledger_transfer_digits"),
        ({"to_organization_id": "org_harbor"}, "ledger_transfer_sides"),
        ({"kind": "transfer"}, "ledger_transfer_sides"),
        ({"kind": "transfer", "to_organization_id": "org_fjord"}, "ledger_transfer_sides"),
        ({"expires_at": NOON}, "ledger_transfer_end"),
        ({"kind": "refund", "expires_at": LATER}, "ledger_transfer_end"),
        ({"kind": "refund", "invoiced_as": "PAY-1"}, "ledger_transfer_invoiced"),
        ({"kind": "grant", "invoiced_as": "PAY-1"}, "ledger_transfer_invoiced"),
    ],
)
def test_the_database_refuses_what_a_careless_program_writes(
    books: Books, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BooksError, match=rule), books.writing() as connection:
        record_transfer(connection, replace(careless(), **change))


def test_money_moves_between_the_accounts_of_its_kind_only(books: Books) -> None:
    with books.writing() as connection:
        record_transfer(connection, careless())
    wrong = (
        "insert into ledger_transfer select 't2', organization_id, kind, credit_account, "
        "debit_account, amount_minor, minor_digits, currency, occurred_at, 'ref2', reference, "
        "to_organization_id, expires_at, invoiced_as from ledger_transfer"
    )
    with pytest.raises(BooksError, match="ledger_transfer_accounts"), books.writing() as connection:
        connection.execute(text(wrong))


def put_on(url: str, outcomes: "multiprocessing.Queue[bool]") -> None:
    files = read_customer_files(CATALOG)
    with open_books(url) as books:
        outcomes.put(put(books, files, files.customer("org_fjord")).is_new)


def test_of_the_same_top_up_at_once_one_is_new(books_url: str, tmp_path: Path) -> None:
    del tmp_path
    open_books(books_url).close()
    context = multiprocessing.get_context("spawn")
    outcomes: multiprocessing.Queue[bool] = context.Queue()
    processes = [context.Process(target=put_on, args=(books_url, outcomes)) for _ in range(3)]
    for process in processes:
        process.start()
    assert sorted(outcomes.get(timeout=120) for _ in processes) == [False, False, True]
    for process in processes:
        process.join(timeout=60)
    with open_books(books_url) as books, books.reading() as connection:
        assert len(transfers(connection)) == 1
