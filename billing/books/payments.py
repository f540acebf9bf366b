"""Payments received on invoices.

Here: recording a payment once, and what has been paid so far. Keep out: what is due and
whether it is late (`billing.invoicing.register`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from billing.books.documents import major
from billing.books.register_tables import document, payment
from billing.errors import BooksError


@dataclass(frozen=True)
class Payment:
    """Money received for one invoice. `reference` names it: the same one counts once."""

    number: str
    amount: Decimal
    currency: str
    paid_at: datetime
    reference: str


def record(connection: Connection, received: Payment) -> bool:
    """Record a payment; False when this very payment is recorded already.

    Raises BooksError when the invoice is unknown or takes no payment, when the amount is not
    a positive number of minor units in its currency, or when the reference is used up.
    """
    minor = _minor(connection, received)
    same = connection.execute(
        select(payment.c.amount_minor).where(
            payment.c.number == received.number, payment.c.reference == received.reference
        )
    ).scalar_one_or_none()
    if same == minor:
        return False
    if same is not None:
        raise BooksError(
            f"Payment {received.reference!r} on {received.number} is recorded with another "
            "amount. Give this one its own reference."
        )
    connection.execute(
        insert(payment).values(
            number=received.number,
            amount_minor=minor,
            currency=received.currency,
            paid_at=received.paid_at,
            reference=received.reference,
        )
    )
    return True


def recorded(connection: Connection, number: str | None = None) -> list[Payment]:
    """List the payments of one document, or of all, in the order they were recorded."""
    query = select(payment, document.c.minor_digits).join(document)
    if number is not None:
        query = query.where(payment.c.number == number)
    rows = connection.execute(query.order_by(payment.c.payment_id)).all()
    return [
        Payment(
            number=row.number,
            amount=major(row.amount_minor, row.minor_digits),
            currency=row.currency,
            paid_at=row.paid_at,
            reference=row.reference,
        )
        for row in rows
    ]


def _minor(connection: Connection, received: Payment) -> int:
    row = connection.execute(
        select(
            *(document.c[name] for name in ("kind", "payment_mode", "currency", "minor_digits"))
        ).where(document.c.number == received.number)
    ).one_or_none()
    if row is None:
        raise BooksError(f"There is no document {received.number!r} to pay.")
    if row.kind != "invoice":
        raise BooksError(f"{received.number} is a {row.kind}: nothing is payable on it.")
    if row.payment_mode == "prepaid":
        raise BooksError(f"{received.number} was paid from the balance: nothing is payable on it.")
    if row.currency != received.currency:
        raise BooksError(
            f"{received.number} is in {row.currency}, the payment in {received.currency}."
        )
    minor = received.amount.scaleb(row.minor_digits)
    if minor != minor.to_integral_value() or minor <= 0:
        raise BooksError(
            f"{received.amount} {row.currency} is not a positive amount with at most "
            f"{row.minor_digits} decimals."
        )
    return int(minor)
