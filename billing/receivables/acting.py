"""The frame of every act on a customer's account: one transaction that does all or nothing.

Here: who is meant, in which currency, what is there, and the line in the audit log. Keep out:
what the acts are.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from billing.books import Books
from billing.books.documents import major
from billing.books.journal import Entry, log
from billing.books.receivables import (
    MONEY,
    Receivable,
    ReceivableAct,
    Settlement,
    on_account,
    receivables,
    record_act,
    record_settlements,
)
from billing.boundaries import reached
from billing.errors import MeterbookError


@dataclass
class Ledger:
    """One customer's invoices and account in one currency, inside the transaction of an act."""

    connection: Connection
    at: datetime
    actor: str
    organization_id: str
    currency: str
    minor_digits: int
    zone: str
    invoices: list[Receivable]
    says: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def unused_minor(self) -> int:
        """What is on account and settles nothing."""
        there = on_account(self.connection, self.organization_id)
        return there.get((self.organization_id, self.currency), 0)

    @property
    def excess_minor(self) -> int:
        """What was paid of invoices beyond what notes left to pay of them."""
        return sum(each.excess_minor for each in self.invoices)

    def amount(self, minor: int) -> str:
        """Minor units as the text of an amount with its currency."""
        return f"{major(minor, self.minor_digits)} {self.currency}"

    def act(  # each is one field of an act
        self,
        kind: str,
        minor: int,
        *,
        account_minor: int = 0,
        occurred_at: datetime | None = None,
        client_reference: str | None = None,
        because: str = "",
        reverses: int | None = None,
    ) -> ReceivableAct:
        """An act on this account, of now where nothing else is said."""
        return ReceivableAct(
            self.organization_id,
            kind,
            self.currency,
            self.minor_digits,
            minor,
            account_minor,
            occurred_at or self.at,
            client_reference,
            because,
            reverses,
        )

    def record(
        self, act: ReceivableAct, settled: Sequence[tuple[str, int]] = (), source: str = MONEY
    ) -> list[Settlement]:
        """Record an act and what it settles, what it takes back first; invoices are read anew."""
        act_id = record_act(self.connection, act, self.at)
        found = [
            Settlement(act_id, number, source, self.currency, minor)
            for number, minor in sorted(settled, key=lambda each: each[1] > 0)
            if minor
        ]
        record_settlements(self.connection, found)
        mine = receivables(self.connection, self.organization_id)
        self.invoices = [each for each in mine if each.currency == self.currency]
        return found

    def release_excess(self) -> None:
        """Take what was paid too much of invoices back to the account."""
        self.release([(each.number, each.excess_minor) for each in self.invoices])

    def release(self, amounts: Sequence[tuple[str, int]], because: str = "") -> None:
        """Take money that settles invoices back to the account."""
        taken = [(number, -minor) for number, minor in amounts if minor]
        if taken:
            self.record(self.act("settling", 0, because=because), taken)

    def invoice(self, number: str) -> Receivable:
        """One of its invoices. Raises MeterbookError when it is none that asks for money."""
        found = next((each for each in self.invoices if each.number == number), None)
        if found is None:
            raise MeterbookError(
                f"{number} is no invoice of {self.organization_id} in {self.currency} that asks "
                "for money. `meterbook invoices` lists what there is."
            )
        return found


@contextmanager
def on_the_account(
    books: Books, at: datetime, actor: str, organization_id: str, currency: str = ""
) -> Iterator[Ledger]:
    """Do something to one customer's account, alone in the books.

    Without `currency` it is the one of its invoices. Raises MeterbookError when the customer has
    no invoice in it that asks for money, or has some in several; nothing was changed then.
    """
    with books.writing() as connection:
        mine = receivables(connection, organization_id)
        chosen = currency or _only_currency(mine, organization_id)
        own = [each for each in mine if each.currency == chosen]
        if not own:
            raise MeterbookError(
                f"{organization_id} has no invoice in {chosen} that asks for money. "
                f"`meterbook invoices --org {organization_id}` lists its documents."
            )
        first = own[0]
        ledger = Ledger(
            connection, at, actor, organization_id, chosen, first.minor_digits, own[-1].zone, own
        )
        yield ledger
        for action, subject, detail in ledger.says:
            log(connection, Entry(at, actor, action, subject, detail))
        reached("receivable.before_commit")
    reached("receivable.after_commit")


def _only_currency(mine: Sequence[Receivable], organization_id: str) -> str:
    currencies = sorted({each.currency for each in mine})
    if not currencies:
        raise MeterbookError(
            f"No invoice of {organization_id!r} asks for money. `meterbook invoices` lists what "
            "there is."
        )
    if len(currencies) > 1:
        raise MeterbookError(
            f"{organization_id} has invoices in {' and '.join(currencies)}. Say which is meant "
            "with --currency."
        )
    return currencies[0]


def major_of(minor: int, ledger: Ledger) -> Decimal:
    """Minor units of an account as an amount."""
    return major(minor, ledger.minor_digits)
