"""Money that comes in and goes back out, and which invoices it settles.

Here: payments, paying back, and settling with what is on account. What names no invoice goes to
the one that is due first. Keep out: giving up (`giving_up`) and taking back (`undoing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.books import Books
from billing.books.receivables import ReceivableAct, Settlement, acts, reversal_of
from billing.entered import minor_units, past_instant, reference_of
from billing.errors import MeterbookError
from billing.receivables.acting import Ledger, Stranger, nobody, on_the_account

SAME = ("kind", "currency", "amount_minor")
"""What must be the same for the same act, sent again."""


@dataclass(frozen=True)
class Done:
    """What an act came to. `is_new` is false where this very one was recorded before.

    `settled` is what it settled, in major units by number; `on_account` what is there after it.
    """

    act: ReceivableAct
    settled: dict[str, Decimal]
    on_account: Decimal
    currency: str
    is_new: bool = True


def pay(  # noqa: PLR0913  # each is one thing the command can say
    books: Books,
    at: datetime,
    actor: str,
    organization_id: str,
    amount: str,
    client_reference: str,
    *,
    currency: str = "",
    paid_at: str = "",
    invoices: Sequence[str] = (),
    stranger: Stranger = nobody,
) -> Done:
    """Record money that a customer sent, and settle invoices with it.

    `stranger` says who a customer is that has no invoice yet; all of it stays on account then.

    `invoices` are numbers, each with `=` and an amount where not all that is open is meant; they
    are settled in this order, and without them the ones due first. What is left stays on account.
    Raises MeterbookError when something is wrong with one of these, or the reference named
    something else before; nothing was changed then.
    """
    reference = reference_of(client_reference)
    with on_the_account(books, at, actor, organization_id, currency, stranger) as ledger:
        minor = minor_units(amount, ledger.currency)
        act = ledger.act(
            "payment",
            minor,
            account_minor=minor,
            occurred_at=past_instant(paid_at, ledger.zone, at),
            client_reference=reference,
        )
        if _known(ledger, act):
            return _done(ledger, act, [], is_new=False)
        found = ledger.record(act, planned(ledger, minor, invoices))
        ledger.says.append(("pay", organization_id, f"{ledger.amount(minor)}, {reference}"))
        return _done(ledger, act, found)


def settle(
    books: Books,
    at: datetime,
    actor: str,
    organization_id: str,
    *,
    currency: str = "",
    invoices: Sequence[str] = (),
) -> Done:
    """Settle invoices with what a customer has on account, overpaid invoices included.

    Raises MeterbookError when there is nothing to settle, or nothing to settle it with.
    """
    with on_the_account(books, at, actor, organization_id, currency) as ledger:
        ledger.release_excess()
        there = ledger.unused_minor
        plan = planned(ledger, there, invoices)
        if not plan:
            what = "is on account" if not there else "is open"
            raise MeterbookError(f"Nothing of {organization_id} in {ledger.currency} {what}.")
        act = ledger.act("settling", 0)
        found = ledger.record(act, plan)
        ledger.says.append(("settle", organization_id, ledger.amount(sum(m for _, m in plan))))
        return _done(ledger, act, found)


def pay_back(
    books: Books,
    at: datetime,
    actor: str,
    organization_id: str,
    amount: str,
    client_reference: str,
    *,
    currency: str = "",
    paid_at: str = "",
) -> Done:
    """Record money that was sent back to a customer, out of what it has on account.

    Raises MeterbookError when there is less, or the reference named something else before.
    """
    reference = reference_of(client_reference)
    with on_the_account(books, at, actor, organization_id, currency) as ledger:
        minor = minor_units(amount, ledger.currency)
        act = ledger.act(
            "refund",
            minor,
            account_minor=-minor,
            occurred_at=past_instant(paid_at, ledger.zone, at),
            client_reference=reference,
        )
        if _known(ledger, act):
            return _done(ledger, act, [], is_new=False)
        there = ledger.unused_minor + ledger.excess_minor
        if minor > there:
            raise MeterbookError(
                f"{organization_id} has {ledger.amount(there)} on account, less than "
                f"{ledger.amount(minor)}. A note or `meterbook receivables release` puts money there."
            )
        ledger.release_excess()
        ledger.record(act)
        ledger.says.append(("pay_back", organization_id, f"{ledger.amount(minor)}, {reference}"))
        return _done(ledger, act, [])


def planned(ledger: Ledger, minor: int, invoices: Sequence[str]) -> list[tuple[str, int]]:
    """Say which invoices an amount settles, and each with how much.

    Raises MeterbookError when one is named twice, asks for more than is open of it or than the
    amount has, or is none of this customer's.
    """
    plan: dict[str, int] = {}
    for number, wanted in [_named(ledger, text) for text in invoices] or _due_first(ledger):
        if number in plan:
            raise MeterbookError(f"{number} is named twice. Name each invoice once.")
        is_open = ledger.invoice(number).open_minor
        if wanted is not None and wanted > is_open:
            raise MeterbookError(
                f"{ledger.amount(wanted)} is more than the {ledger.amount(is_open)} open of {number}."
            )
        left = minor - sum(plan.values())
        if wanted is not None and wanted > left:
            raise MeterbookError(
                f"{number} shall take {ledger.amount(wanted)}, and only {ledger.amount(left)} is "
                "left of the money. Name less, or fewer invoices."
            )
        plan[number] = min(left, is_open if wanted is None else wanted)
    return [(number, each) for number, each in plan.items() if each]


def _due_first(ledger: Ledger) -> list[tuple[str, int | None]]:
    return [(each.number, None) for each in ledger.invoices if each.open_minor]


def _named(ledger: Ledger, text: str) -> tuple[str, int | None]:
    number, separator, amount = (part.strip() for part in text.partition("="))
    if not number:
        raise MeterbookError(f"{text!r} names no invoice. Write NUMBER, or NUMBER=AMOUNT.")
    return number, minor_units(amount, ledger.currency) if separator else None


def _known(ledger: Ledger, new: ReceivableAct) -> bool:
    """Whether this very act is recorded; raises MeterbookError when another has its reference."""
    found = acts(ledger.connection, ledger.organization_id, new.client_reference)
    for each in found:
        if reversal_of(ledger.connection, each) is not None:
            raise MeterbookError(
                f"{new.client_reference!r} is a {each.kind} of {each.amount} {each.currency} that "
                "was reversed. Give this one a reference of its own."
            )
        if any(getattr(each, name) != getattr(new, name) for name in SAME):
            raise MeterbookError(
                f"{new.client_reference!r} is a {each.kind} of {each.amount} {each.currency} "
                "already. Give this one a reference of its own."
            )
    return bool(found)


def _done(
    ledger: Ledger, act: ReceivableAct, found: Sequence[Settlement], *, is_new: bool = True
) -> Done:
    return Done(
        act,
        {each.number: ledger.major(each.amount_minor) for each in found},
        ledger.major(ledger.unused_minor + ledger.excess_minor),
        ledger.currency,
        is_new,
    )
