"""A power cut around a payment, and two clerks with the same one: it counts once or not at all."""

import multiprocessing
import os
import signal
from decimal import Decimal

import pytest

from billing.books import open_books
from billing.books.receivables import acts
from billing.boundaries import ENVIRONMENT_VARIABLE
from billing.receivables.paying import pay
from tests.billing.receivables.invoices import NOW, file

SPAWN = multiprocessing.get_context("spawn")


def a_payment(url: str, kill_at: str) -> None:
    os.environ[ENVIRONMENT_VARIABLE] = kill_at
    with open_books(url) as books:
        pay(books, NOW, "Ada", "org_aurora", "20", "wire")


@pytest.mark.parametrize(
    ("kill_at", "recorded"), [("receivable.before_commit", 0), ("receivable.after_commit", 1)]
)
def test_a_killed_payment_is_whole_or_not_there(
    books_url: str, kill_at: str, recorded: int
) -> None:
    with open_books(books_url) as books:
        number = file(books, 3_000)
    process = SPAWN.Process(target=a_payment, args=(books_url, kill_at))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGKILL
    with open_books(books_url) as books:
        with books.reading() as connection:
            assert len(acts(connection)) == recorded
        done = pay(books, NOW, "Ada", "org_aurora", "20", "wire")
        assert done.is_new is (recorded == 0)
        assert [(each.number, each.amount("open")) for each in books.receivables()] == [
            (number, Decimal("10.00"))
        ]


def test_two_clerks_record_the_same_payment_once(books_url: str) -> None:
    with open_books(books_url) as books:
        file(books, 3_000)
    clerks = [SPAWN.Process(target=a_payment, args=(books_url, "")) for _ in range(3)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join(timeout=120)
    assert [each.exitcode for each in clerks] == [0, 0, 0]
    with open_books(books_url) as books, books.reading() as connection:
        assert [each.amount for each in acts(connection)] == [Decimal("20.00")]
