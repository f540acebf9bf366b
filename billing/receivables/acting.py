"""The frame of every act on a customer's account: one transaction that does all or nothing.

Here: who is meant, in which currency, what is there, and the line in the audit log. Keep out:
what the acts are.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from billing.books import Books
from billing.books.documents import major
from billing.books.journal import Entry, log
from billing.books.receivable_accounts import on_account
from billing.books.receivables import (
    MONEY,
    Receivable,
    ReceivableAct,
    Settlement,
    receivables,
    record_act,
    record_settlements,
)
from billing.boundaries import reached
from billing.errors import MeterbookError
from billing.money import minor_digits
from billing.subscriptions import Customer

Stranger = Callable[[], Customer | None]
"""Who a customer is that has no invoice yet: what the catalog says, or nobody."""


def nobody() -> Customer | None:
    """What is known of a customer where nobody is asked."""
    return None


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
        return f"{self.major(minor)} {self.currency}"

    def major(self, minor: int) -> Decimal:
        """Minor units as an amount."""
        return major(minor, self.minor_digits)

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
def on_the_account(  # each says whose account it is
    books: Books,
    at: datetime,
    actor: str,
    organization_id: str,
    currency: str = "",
    stranger: Stranger = nobody,
) -> Iterator[Ledger]:
    """Do something to one customer's account, alone in the books.

    Without `currency` it is the one of its invoices and account; `stranger` is asked who a customer
    is that has neither. Raises MeterbookError when it is none, or has several currencies; nothing
    was changed then.
    """
    with books.writing() as connection:
        mine = receivables(connection, organization_id)
        known = {each.currency for each in mine}
        known |= {each for _, each in on_account(connection, organization_id)}
        customer = None if known else stranger()
        chosen = currency or _only(known, customer, organization_id)
        own = [each for each in mine if each.currency == chosen]
        if chosen not in known and customer is None:
            raise MeterbookError(
                f"{organization_id} has no invoice in {chosen} that asks for money. "
                f"`meterbook invoices --org {organization_id}` lists its documents."
            )
        zone = own[-1].zone if own else customer.zone if customer else "UTC"
        ledger = Ledger(connection, at, actor, organization_id, chosen, _digits(chosen), zone, own)
        yield ledger
        for action, subject, detail in ledger.says:
            log(connection, Entry(at, actor, action, subject, detail))
        reached("receivable.before_commit")
    reached("receivable.after_commit")


def _only(known: set[str], customer: Customer | None, organization_id: str) -> str:
    if not known and customer is not None:
        return customer.currency
    if not known:
        raise MeterbookError(
            f"No invoice of {organization_id!r} asks for money, and the catalog does not know who "
            "that is. `meterbook invoices` lists what there is."
        )
    if len(known) > 1:
        raise MeterbookError(
            f"{organization_id} has invoices or money in {' and '.join(sorted(known))}. Say which "
            "is meant with --currency."
        )
    return next(iter(known))


def _digits(currency: str) -> int:
    try:
        return minor_digits(currency)
    except ValueError as error:
        raise MeterbookError(f"{currency!r} is no currency. Write it like EUR.") from error
