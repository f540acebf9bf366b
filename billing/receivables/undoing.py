"""Giving up what is not paid, and taking back what was recorded wrongly or bounced.

Here: write-offs, releases and reversals. Nothing is deleted: what is taken back stays, with the
act that takes it back. Keep out: money that comes in and goes out (`paying`).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing.books import Books
from billing.books.receivables import (
    MONEY,
    WRITTEN_OFF,
    ReceivableAct,
    acts,
    receivables,
    settlements,
)
from billing.entered import minor_units, reason_of
from billing.errors import MeterbookError
from billing.receivables.acting import Ledger, major_of, on_the_account

REVERSIBLE = ("payment", "refund", "write_off")


def write_off(
    books: Books, at: datetime, actor: str, number: str, because: str, *, amount: str = ""
) -> tuple[Decimal, str]:
    """Give up what is open of an invoice, or `amount` of it; returns amount and currency.

    It is no credit note: the tax stays owed until the law lets it be corrected, by a note.
    Raises MeterbookError when that much is not open.
    """
    reason = reason_of(because)
    with on_the_account(books, at, actor, *_owner(books, number)) as ledger:
        is_open = ledger.invoice(number).open_minor
        minor = minor_units(amount, ledger.currency) if amount else is_open
        if not 0 < minor <= is_open:
            raise MeterbookError(f"{ledger.amount(is_open)} is open of {number}.")
        act = ledger.act("write_off", minor, because=reason)
        ledger.record(act, [(number, minor)], WRITTEN_OFF)
        ledger.says.append(("write_off_invoice", number, f"{ledger.amount(minor)}: {reason}"))
        return major_of(minor, ledger), ledger.currency


def release(
    books: Books, at: datetime, actor: str, number: str, because: str, *, amount: str = ""
) -> tuple[Decimal, str]:
    """Take money that settles an invoice back to the customer's account, all or `amount` of it.

    Raises MeterbookError when that much does not settle it.
    """
    reason = reason_of(because)
    with on_the_account(books, at, actor, *_owner(books, number)) as ledger:
        paid = ledger.invoice(number).paid_minor
        minor = minor_units(amount, ledger.currency) if amount else paid
        if not 0 < minor <= paid:
            raise MeterbookError(f"{number} is settled with {ledger.amount(paid)} of money.")
        ledger.release([(number, minor)], reason)
        ledger.says.append(("release", number, f"{ledger.amount(minor)}: {reason}"))
        return major_of(minor, ledger), ledger.currency


def reverse(
    books: Books, at: datetime, actor: str, organization_id: str, act: str, because: str
) -> ReceivableAct:
    """Take back a payment, refund or write-off, named by its reference or its number in the list.

    What a payment settled is open again: first the invoices it settled itself, then those that
    were settled last. Raises MeterbookError when there is no such act, or it is reversed already.
    """
    reason = reason_of(because)
    with books.reading() as connection:
        taken = _act(acts(connection, organization_id), organization_id, act)
    with on_the_account(books, at, actor, organization_id, taken.currency) as ledger:
        if any(each.reverses == taken.act_id for each in acts(ledger.connection, organization_id)):
            raise MeterbookError(f"{act} of {organization_id} was reversed before.")
        if taken.kind == "payment":
            _make_room(ledger, taken, reason)
        reversal = ledger.act(
            "reversal",
            taken.amount_minor,
            account_minor=-taken.account_minor,
            because=reason,
            reverses=taken.act_id,
        )
        given_up = [
            (each.number, -each.amount_minor)
            for each in settlements(ledger.connection, organization_id)
            if each.act_id == taken.act_id and each.source == WRITTEN_OFF
        ]
        ledger.record(reversal, given_up, WRITTEN_OFF)
        detail = f"{taken.kind} of {ledger.amount(taken.amount_minor)}: {reason}"
        ledger.says.append(("reverse", organization_id, detail))
        return taken


def _make_room(ledger: Ledger, payment: ReceivableAct, because: str) -> None:
    """Take from invoices what the account lacks to give the payment back."""
    ledger.release_excess()
    lacking = payment.amount_minor - ledger.unused_minor
    paid = {each.number: each.paid_minor for each in ledger.invoices}
    taken: dict[str, int] = {}
    for number in _newest_first(ledger, payment):
        if lacking <= 0:
            break
        taken[number] = min(lacking, paid[number])
        lacking -= taken[number]
    ledger.release(list(taken.items()), because)


def _newest_first(ledger: Ledger, payment: ReceivableAct) -> list[str]:
    """Numbers that money settles: what the payment itself settled, then the newest settlement."""
    found = [
        each
        for each in settlements(ledger.connection, ledger.organization_id)
        if each.source == MONEY and each.currency == ledger.currency and each.amount_minor > 0
    ]
    found.sort(key=lambda each: (each.act_id != payment.act_id, -each.act_id, each.number))
    return list(dict.fromkeys(each.number for each in found))


def _act(known: Sequence[ReceivableAct], organization_id: str, name: str) -> ReceivableAct:
    found = [each for each in known if name in {each.client_reference, str(each.act_id)}]
    named = [each for each in found if each.client_reference == name] or found
    if len(named) != 1:
        raise MeterbookError(
            f"{organization_id} has {len(named) or 'no'} acts {name!r}. "
            "`meterbook receivables acts` lists them; name one by its id."
        )
    if named[0].kind not in REVERSIBLE:
        raise MeterbookError(
            f"{name} is a {named[0].kind}. Only {', '.join(REVERSIBLE)} can be reversed; "
            "`meterbook receivables release` frees an invoice."
        )
    return named[0]


def _owner(books: Books, number: str) -> tuple[str, str]:
    """Return whose invoice it is and in which currency. Raises MeterbookError if nothing is due."""
    with books.reading() as connection:
        found = receivables(connection, number=number)
    if not found:
        raise MeterbookError(
            f"{number} is no invoice that asks for money. `meterbook invoices` lists what there is."
        )
    return found[0].organization_id, found[0].currency
