"""What people may type about a balance: amounts, ends of lots, invoices, ids.

Here: checking them, with the reason for a refusal. Keep out: what is done with them.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from billing.books.balance_tax import paid_under
from billing.books.ledger import transfers
from billing.entered import INSTANT, LONGEST_REFERENCE, minor_units
from billing.errors import MeterbookError
from billing.periods import start_of_day
from billing.subscriptions import Customer, CustomerFiles


def minor_of(amount: str, currency: str, customer: Customer) -> int:
    """Return an amount in minor units. Raises MeterbookError when it cannot be taken."""
    if currency != customer.currency:
        raise MeterbookError(
            f"{customer.organization_id} is billed in {customer.currency}, not in {currency}: "
            "balances are not converted."
        )
    return minor_units(amount, currency)


def invoice_of(number: str, *, is_paid: bool) -> str:
    """Return the number of another system's invoice, or nothing.

    Raises MeterbookError when it is none, or of what nobody paid for.
    """
    trimmed = number.strip()
    if not number:
        return ""
    if not is_paid:
        raise MeterbookError(
            f"A promotional top-up has no invoice, for nobody paid for it. Leave {number!r} out."
        )
    if not trimmed or len(trimmed) > LONGEST_REFERENCE or not trimmed.isprintable():
        raise MeterbookError(
            f"{number!r} is no number of an invoice. Give that of the other system, up to "
            f"{LONGEST_REFERENCE} letters, or leave it out: then the top-up is invoiced here."
        )
    return trimmed


def end_of(text: str, customer: Customer) -> datetime | None:
    """Return when a lot ends: an instant, or the end of a day on the customer's calendar.

    Raises MeterbookError when it is neither.
    """
    if not text:
        return None
    try:
        if INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
        return start_of_day(date.fromisoformat(text) + timedelta(days=1), customer.zone)
    except (ValueError, OverflowError) as error:
        raise MeterbookError(
            f"{text!r} is no end. Write the last day like 2027-03-31, or an instant like "
            "2027-03-31T22:00:00Z."
        ) from error


def require_later(end: datetime | None, at: datetime) -> None:
    """Raise MeterbookError when a lot would end before it begins."""
    if end is not None and end <= at:
        raise MeterbookError(
            f"{end:%Y-%m-%dT%H:%M:%SZ} is over: it is {at:%Y-%m-%dT%H:%M:%SZ}. Give a later end."
        )


def next_id(connection: Connection, files: CustomerFiles, customer: Customer, word: str) -> str:
    """Return the next id of its kind for this customer, in files and books.

    Also none of a payment that was seen and taken out again: what is kept of it would bind another.
    """
    stem = f"{word}_{customer.organization_id.removeprefix('org_')}"
    taken = {each.transfer_id for each in transfers(connection)}
    taken |= {top_up_id for _, top_up_id in paid_under(connection)}
    number = 1
    while (
        f"{stem}_{number:03d}" in taken
        or files.has("top_ups", "top_up_id", f"{stem}_{number:03d}")
        or files.has("balance_movements", "movement_id", f"{stem}_{number:03d}")
    ):
        number += 1
    return f"{stem}_{number:03d}"
