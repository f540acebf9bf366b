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
    reversal_of,
    settlements,
)
from billing.entered import minor_units, reason_of
from billing.errors import MeterbookError
from billing.receivables.acting import Ledger, on_the_account

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
        return ledger.major(minor), ledger.currency


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
        return ledger.major(minor), ledger.currency


def reverse(
    books: Books, at: datetime, actor: str, organization_id: str, name: str, because: str
) -> ReceivableAct:
    """Take back a payment, refund or write-off, named by its reference or by `#` and its id.

    What a payment settled is open again; what else of it settles invoices since is taken from the
    newest settlement. Raises MeterbookError when there is no such act, it is reversed already, or
    its money was paid back.
    """
    reason = reason_of(because)
    with books.reading() as connection:
        taken = _act(acts(connection, organization_id), organization_id, name)
    with on_the_account(books, at, actor, organization_id, taken.currency) as ledger:
        if reversal_of(ledger.connection, taken) is not None:
            raise MeterbookError(f"{name} of {organization_id} was reversed before.")
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
    """Take from invoices what the payment settled, then what the account lacks to give it back."""
    still = _still_settled(ledger)
    ledger.release(
        [(number, still[act, number]) for act, number in still if act == payment.act_id], because
    )
    if ledger.unused_minor < payment.amount_minor:
        ledger.release_excess()
    lacking = payment.amount_minor - ledger.unused_minor
    still = _still_settled(ledger)
    from_account = {each.act_id for each in acts(ledger.connection) if each.kind == "settling"}
    taken: dict[str, int] = {}
    for act, number in sorted(still, reverse=True):
        if lacking > 0 and act in from_account:
            part = min(lacking, still[act, number])
            taken[number] = taken.get(number, 0) + part
            lacking -= part
    if lacking > 0:
        raise MeterbookError(
            f"{ledger.amount(lacking)} of it was paid back since. Reverse that refund first: "
            f"`meterbook receivables acts --org {ledger.organization_id}` lists it."
        )
    ledger.release(list(taken.items()), because)


def _still_settled(ledger: Ledger) -> dict[tuple[int, str], int]:
    """(act, invoice) to what is left of the money it settled: releases take the newest first."""
    left: dict[tuple[int, str], int] = {}
    for each in settlements(ledger.connection, ledger.organization_id):
        if each.source != MONEY or each.currency != ledger.currency:
            continue
        if each.amount_minor > 0:
            left[each.act_id, each.number] = each.amount_minor
            continue
        released = -each.amount_minor
        for act, number in sorted(left, reverse=True):
            if number == each.number:
                part = min(released, left[act, number])
                left[act, number] -= part
                released -= part
    return left


def _act(known: Sequence[ReceivableAct], organization_id: str, name: str) -> ReceivableAct:
    found = [each for each in known if name in {each.client_reference, f"#{each.act_id}"}]
    if len(found) != 1:
        raise MeterbookError(
            f"{organization_id} has {len(found) or 'no'} acts {name!r}. Name one by its reference, "
            "or by # and its id: `meterbook receivables acts` lists them."
        )
    if found[0].kind not in REVERSIBLE:
        raise MeterbookError(
            f"{name} is a {found[0].kind}. Only {', '.join(REVERSIBLE)} can be reversed; "
            "`meterbook receivables release` frees an invoice."
        )
    return found[0]


def _owner(books: Books, number: str) -> tuple[str, str]:
    """Return whose invoice it is and in which currency. Raises MeterbookError if nothing is due."""
    with books.reading() as connection:
        found = receivables(connection, number=number)
    if not found:
        raise MeterbookError(
            f"{number} is no invoice that asks for money. `meterbook invoices` lists what there is."
        )
    return found[0].organization_id, found[0].currency
