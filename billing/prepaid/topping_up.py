"""Putting money, or a promotional credit, on a prepaid balance.

Here: the act, which is done once for each reference of the client. Keep out: taking the payment
itself, and receipts.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from billing.books import Books
from billing.books.ledger import Transfer, record_transfer, transfers
from billing.errors import MeterbookError
from billing.money import minor_digits
from billing.subscriptions import Act, Customer, CustomerFiles
from billing.subscriptions.acting import acting

KINDS = {"purchased": "top_up", "promotional": "grant"}
"""What files and commands call the money, and what the ledger calls the act."""
LONGEST_REFERENCE = 200
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")


@dataclass(frozen=True)
class ToppedUp:
    """A top-up as the books hold it; `is_new` is false where this very one was recorded before."""

    transfer: Transfer
    is_new: bool


def top_up(  # noqa: PLR0913  # each is one thing the command can say
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    act: Act,
    *,
    amount: str,
    currency: str,
    client_reference: str,
    kind: str = "purchased",
    reference: str = "",
) -> ToppedUp:
    """Put an amount on a balance now; `reference` is what the payer sees on the statement.

    Raises MeterbookError when the amount, currency, kind or reference cannot be taken, and when
    the client's reference named something else before; nothing was changed then.
    """
    if kind not in KINDS:
        raise MeterbookError(f"{kind!r} is no kind of money. Use {' or '.join(KINDS)}.")
    shown = _reference(reference or client_reference)
    wanted = _reference(client_reference)
    minor = _minor(amount, currency, customer)
    with acting(books, files, customer, act, takes_over=False) as doing:
        new = Transfer(
            _next_id(doing.connection, files, customer),
            customer.organization_id,
            KINDS[kind],
            minor,
            minor_digits(currency),
            currency,
            act.at,
            wanted,
            shown,
        )
        found = record_transfer(doing.connection, new)
        detail = f"{found.amount} {currency} for {customer.organization_id}, {wanted}"
        again = "" if found is new else "again: "
        doing.says = (found.kind, found.transfer_id, again + detail)
    return ToppedUp(found, found is new)


def _minor(amount: str, currency: str, customer: Customer) -> int:
    if currency != customer.currency:
        raise MeterbookError(
            f"{customer.organization_id} is billed in {customer.currency}, not in {currency}: "
            "top-ups are not converted."
        )
    digits = minor_digits(currency)
    if not _AMOUNT.fullmatch(amount) or not Decimal(amount):
        raise MeterbookError(
            f"{amount!r} is no amount above zero. Write it like 250.00, without sign or separators."
        )
    units = Decimal(amount).scaleb(digits)
    if units != units.to_integral_value():
        raise MeterbookError(f"{amount} has more than the {digits} decimals of {currency}.")
    return int(units)


def _reference(text: str) -> str:
    trimmed = text.strip()
    if not trimmed or len(trimmed) > LONGEST_REFERENCE or not trimmed.isprintable():
        raise MeterbookError(
            f"{text!r} is no reference. Give the client's own, up to {LONGEST_REFERENCE} letters."
        )
    return trimmed


def _next_id(connection: Connection, files: CustomerFiles, customer: Customer) -> str:
    stem = f"topup_{customer.organization_id.removeprefix('org_')}"
    taken = {each.transfer_id for each in transfers(connection)}
    number = 1
    while f"{stem}_{number:03d}" in taken or files.has(
        "top_ups", "top_up_id", f"{stem}_{number:03d}"
    ):
        number += 1
    return f"{stem}_{number:03d}"
