"""Refunds, transfers and write-offs: once for each reference, and never of more than there is."""

import shutil
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.books import Books
from billing.books.balances import BalancePosting, post
from billing.books.closing import close_month
from billing.books.ledger import transfers
from billing.catalog import read_catalog
from billing.errors import BooksError, CatalogError, MeterbookError
from billing.periods import BillingMonth
from billing.prepaid.moving import Moved, Movement, move
from billing.prepaid.topping_up import top_up
from billing.subscriptions import (
    Customer,
    CustomerFiles,
    catalog_in_force,
    read_customer_files,
)
from tests.billing.subscriptions.conftest import CATALOG, NOON, act

Usage = Sequence[tuple[datetime, Decimal]]


def paid(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    amount: str,
    at: datetime = NOON,
    **more: Any,
) -> None:
    top_up(
        books, files, customer, act(at),
        amount=amount, currency="USD", client_reference=f"paid-{amount}-{at}", **more,
    )  # fmt: skip


def moved(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    amount: str,
    *,
    kind: str = "refund",
    ref: str = "r-1",
    at: datetime = NOON + timedelta(hours=1),
    usage: Usage = (),
    **more: Any,
) -> Moved:
    used = [(date(2026, 11, 1), when, spent) for when, spent in usage]
    wanted = Movement(kind, amount, more.pop("currency", "USD"), ref, **more)
    return move(books, files, customer, act(at), wanted, used=used)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> CustomerFiles:
    """The sample's customers, of whom no file says that they ever paid."""
    folder = tmp_path_factory.mktemp("bare") / "catalog"
    shutil.copytree(CATALOG, folder)
    top_ups = folder / "top_ups.csv"
    top_ups.write_text(top_ups.read_text().splitlines()[0] + "\n")
    return read_customer_files(folder)


def test_a_movement_is_a_row_of_the_catalog_in_force(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    paid(books, bare, fjord, "100")
    moved(books, bare, fjord, "30", reference="Bank 7")
    with catalog_in_force(bare.folder, books) as folder:
        (row,) = read_catalog(folder)["balance_movements"].to_dicts()
    assert (row["movement_id"], row["kind"], row["amount"], row["reference"]) == (
        "refund_fjord_001", "refund", Decimal("30.000"), "Bank 7",
    )  # fmt: skip


def test_the_same_reference_is_one_act_and_no_other(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    paid(books, bare, fjord, "100")
    assert moved(books, bare, fjord, "60").is_new
    again = moved(books, bare, fjord, "60", at=NOON + timedelta(hours=2))
    assert (again.is_new, again.transfer.transfer_id) == (False, "refund_fjord_001")
    for changed in ({"amount": "61"}, {"amount": "60", "kind": "rest"}):
        amount, kind = changed["amount"], changed.get("kind", "refund")
        with pytest.raises(BooksError, match=r"'r-1' is refund_fjord_001 .* refund of 60.00 USD"):
            moved(books, bare, fjord, amount, kind=kind, at=NOON + timedelta(hours=2))
    with books.reading() as connection:
        assert len(transfers(connection)) == 2


def test_no_more_is_refunded_than_was_paid_in_and_is_left(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    """10.00 paid and 5.00 given; 7.005 used: the gift bears 5.00, of the 10.00 7.995 are left."""
    paid(books, bare, fjord, "10")
    paid(books, bare, fjord, "5", NOON + timedelta(seconds=1), kind="promotional")
    used = [(NOON + timedelta(minutes=15), Decimal("7.005"))]
    with pytest.raises(MeterbookError, match=r"has 7.99 USD that was paid in.* 8.00 cannot be ref"):
        moved(books, bare, fjord, "8.00", usage=used)
    assert moved(books, bare, fjord, "7.99", usage=used).is_new
    with pytest.raises(MeterbookError, match=r"has 0.00 USD"):
        moved(books, bare, fjord, "0.01", usage=used, ref="r-2", at=NOON + timedelta(hours=2))


def test_what_expired_is_not_refunded(books: Books, bare: CustomerFiles, fjord: Customer) -> None:
    paid(books, bare, fjord, "10", expires="2026-11-10T13:00:00Z")
    with pytest.raises(MeterbookError, match=r"has 0.00 USD"):
        moved(books, bare, fjord, "1", at=NOON + timedelta(hours=3))


def test_an_overdraft_is_written_off_up_to_what_it_is(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    """10.00 paid, 12.345 used: 2.345 beyond it, which 2.35 covers."""
    paid(books, bare, fjord, "10")
    used = [(NOON + timedelta(minutes=15), Decimal("12.345"))]
    with pytest.raises(MeterbookError, match=r"has 2.35 USD of overdraft.* 2.36 cannot be written"):
        moved(books, bare, fjord, "2.36", kind="overdraft", usage=used)
    assert moved(books, bare, fjord, "2.35", kind="overdraft", usage=used).is_new


def test_a_rest_is_written_off_whole(books: Books, bare: CustomerFiles, fjord: Customer) -> None:
    paid(books, bare, fjord, "10")
    paid(books, bare, fjord, "5", NOON + timedelta(seconds=1), kind="promotional")
    with pytest.raises(MeterbookError, match=r"has 15.00 USD left"):
        moved(books, bare, fjord, "15.01", kind="rest")
    assert moved(books, bare, fjord, "15", kind="rest").is_new


def test_a_transfer_is_what_the_other_has_to_give(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    harbor = bare.customer("org_harbor")
    paid(books, bare, fjord, "10")
    done = moved(books, bare, fjord, "6", kind="transfer", to=harbor, expires="2026-12-31")
    assert done.transfer.to_organization_id == "org_harbor"
    assert done.transfer.expires_at is not None
    later = {"at": NOON + timedelta(hours=2), "ref": "r-2"}
    with pytest.raises(MeterbookError, match=r"has 4.00 USD"):
        moved(books, bare, fjord, "4.01", **later)
    with pytest.raises(MeterbookError, match=r"has 6.00 USD"):
        moved(books, bare, harbor, "6.01", **later)
    assert moved(books, bare, harbor, "6", **later).is_new


@pytest.mark.parametrize(
    ("amount", "more", "message"),
    [
        ("0", {}, "is no amount above zero"),
        ("-5", {}, "is no amount above zero"),
        ("1.001", {}, "more than the 2 decimals of USD"),
        ("1", {"currency": "EUR"}, "billed in USD, not in EUR"),
        ("1", {"ref": " "}, "is no reference"),
        ("1", {"expires": "soon", "kind": "transfer"}, "is no end"),
    ],
)
def test_what_is_no_movement_is_refused(
    books: Books,
    bare: CustomerFiles,
    fjord: Customer,
    amount: str,
    more: dict[str, Any],
    message: str,
) -> None:
    paid(books, bare, fjord, "10")
    to = {"to": bare.customer("org_harbor")} if more.get("kind") == "transfer" else {}
    with pytest.raises(MeterbookError, match=message):
        moved(books, bare, fjord, amount, **more, **to)
    with books.reading() as connection:
        assert len(transfers(connection)) == 1


def test_no_transfer_to_oneself_or_into_another_currency(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    paid(books, bare, fjord, "10")
    with pytest.raises(MeterbookError, match="cannot transfer to itself"):
        moved(books, bare, fjord, "1", kind="transfer", to=fjord)
    with pytest.raises(MeterbookError, match=r"billed in EUR.* balances are not converted"):
        moved(books, bare, fjord, "1", kind="transfer", to=bare.customer("org_aurora"))


def test_a_clock_that_went_back_is_refused(
    books: Books, bare: CustomerFiles, fjord: Customer
) -> None:
    paid(books, bare, fjord, "10")
    with pytest.raises((BooksError, CatalogError), match="clock"):
        moved(books, bare, fjord, "1", at=NOON - timedelta(hours=1))
    moved(books, bare, fjord, "1")
    with pytest.raises(BooksError, match="clock"):
        paid(books, bare, fjord, "11")


def test_what_months_closed_before_lots_left_can_be_refunded(books: Books, tmp_path: Path) -> None:
    """100.00 paid in and 20.00 used in a month that was closed without lots, 30.00 used since."""
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    path = folder / "top_ups.csv"
    names = path.read_text().splitlines()[0]
    row = {
        "top_up_id": "t_oct", "organization_id": "org_fjord", "currency": "USD",
        "occurred_at": "2026-10-05T00:00:00Z", "amount": "100.00", "kind": "purchased",
        "reference": "Wire",
    }  # fmt: skip
    path.write_text(f"{names}\n{','.join(row.get(name, '') for name in names.split(','))}\n")
    files = read_customer_files(folder)
    fjord = files.customer("org_fjord")
    october = BillingMonth(2026, 10)
    with books.writing() as connection:
        close_month(connection, "org_fjord", october, 1, NOON)
        entries = [("top_up", "t_oct", 10_000), ("consumption", "ST-1", -2_000)]
        postings = [BalancePosting(*entry, "USD") for entry in entries]
        post(connection, "org_fjord", october, postings)
    usage = [(NOON, Decimal(30))]
    with pytest.raises(MeterbookError):
        moved(books, files, fjord, "30", kind="overdraft", ref="w-1", usage=usage, reference="why")
    with pytest.raises(MeterbookError):
        moved(books, files, fjord, "50.01", ref="r-1", usage=usage)
    assert moved(books, files, fjord, "50", ref="r-2", usage=usage).is_new
