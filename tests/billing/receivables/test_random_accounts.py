"""Random acts on customers' accounts against a plain model: every cent has one place."""

from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.books import Books, open_books
from billing.books.receivable_accounts import on_account
from billing.errors import MeterbookError
from billing.receivables.paying import pay, pay_back, settle
from billing.receivables.undoing import release, reverse, write_off
from tests.billing.receivables.invoices import NOW, OCTOBER, file

ORGANIZATION = "org_aurora"
ACTS = ("pay", "pay_back", "settle", "write_off", "release", "reverse", "invoice", "note")
steps = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(1, 4_000)), max_size=14
)


def cents(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


class Bookkeeper:
    """What he would write down: cents that came in, went out, and lie on invoices.

    Each method does one act on the books and writes it down only if it was done.
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self.cash, self.paid_back = 0, 0
        self.due: dict[str, int] = {}
        self.paid: dict[str, int] = {}
        self.given_up: dict[str, int] = {}
        self.payments: list[tuple[str, int]] = []
        self.references, self.months = count(1), count(0)

    def is_open(self, number: str) -> int:
        return max(0, self.due[number] - self.paid[number] - self.given_up[number])

    def spare(self) -> int:
        """What is the customer's: cash that lies on no invoice, or beyond what one asks."""
        return self.cash - sum(min(self.paid[each], self.due[each]) for each in self.due)

    def chosen(self, which: int) -> str:
        return list(self.due)[which % len(self.due)]

    def invoice(self, _: int, minor: int) -> None:
        made = file(self.books, minor, month=OCTOBER.shift(next(self.months)))
        self.due[made], self.paid[made], self.given_up[made] = minor, 0, 0

    def note(self, which: int, minor: int) -> None:
        number = self.chosen(which)
        credited = min(minor, self.due[number])
        if credited:
            file(self.books, credited, corrects=number, month=OCTOBER.shift(next(self.months)))
            self.due[number] -= credited

    def pay(self, _: int, minor: int) -> None:
        name = f"wire {next(self.references)}"
        done = pay(self.books, NOW, "Ada", ORGANIZATION, cents(minor), name)
        settled = {number: int(each.scaleb(2)) for number, each in done.settled.items()}
        was_open = sum(map(self.is_open, self.due))
        assert sum(settled.values()) == min(minor, was_open)
        self.cash += minor
        self.payments.append((name, minor))

    def pay_back(self, _: int, minor: int) -> None:
        can = minor <= self.spare()
        name = f"back {next(self.references)}"
        try:
            pay_back(self.books, NOW, "Ada", ORGANIZATION, cents(minor), name)
        except MeterbookError:
            assert not can
            return
        assert can
        self.cash -= minor
        self.paid_back += minor

    def settle(self, _which: int, _minor: int) -> None:
        can = min(self.spare(), sum(map(self.is_open, self.due))) > 0
        try:
            done = settle(self.books, NOW, "Ada", ORGANIZATION)
        except MeterbookError:
            assert not can
            return
        assert sum(done.settled.values()) > 0

    def write_off(self, which: int, _: int) -> None:
        number = self.chosen(which)
        if self.is_open(number):
            amount, _currency = write_off(self.books, NOW, "Ada", number, "Lost.")
            assert int(amount.scaleb(2)) == self.is_open(number)
            self.given_up[number] += self.is_open(number)

    def release(self, which: int, _: int) -> None:
        number = self.chosen(which)
        if self.paid[number]:
            release(self.books, NOW, "Ada", number, "Wrong.")

    def reverse(self, which: int, _: int) -> None:
        if not self.payments:
            return
        name, minor = self.payments[which % len(self.payments)]
        try:
            reverse(self.books, NOW, "Ada", ORGANIZATION, name, "Bounced.")
        except MeterbookError:
            assert self.paid_back
            return
        assert minor <= self.cash
        self.cash -= minor
        self.payments.remove((name, minor))

    def agree(self) -> None:
        """Hold the books against what was written down; where the cash lies is the books' say."""
        found = {each.number: each for each in self.books.receivables()}
        with self.books.reading() as connection:
            unused = on_account(connection).get((ORGANIZATION, "EUR"), 0)
        self.paid = {number: each.paid_minor for number, each in found.items()}
        assert unused >= 0
        assert min(self.paid.values()) >= 0
        assert unused + sum(self.paid.values()) == self.cash
        for number, due in self.due.items():
            assert found[number].owed_minor == due
            assert found[number].given_up_minor == self.given_up[number]
            assert found[number].open_minor == self.is_open(number)
        assert unused + sum(each.excess_minor for each in found.values()) == self.spare()


@settings(max_examples=25, deadline=None)
@given(plan=steps)
def test_random_acts_lose_no_cent(plan: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'books.sqlite'}"
        with open_books(url) as books:
            bookkeeper = Bookkeeper(books)
            for act, which, minor in [("invoice", 0, 3_000), ("invoice", 0, 1_234), *plan]:
                getattr(bookkeeper, act)(which, minor)
                bookkeeper.agree()
