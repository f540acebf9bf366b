"""Putting money, or a promotional credit, on a prepaid balance.

Here: the act, which is done once for each reference of the client. Keep out: taking the payment
itself, receipts, and what takes money away (`moving`).
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from billing.books import Books
from billing.books.balance_tax import remember_payments, require_rule
from billing.books.ledger import Transfer, record_transfer, recorded
from billing.entered import reference_of
from billing.errors import MeterbookError
from billing.money import minor_digits
from billing.prepaid.amounts import (
    end_of,
    invoice_of,
    minor_of,
    next_id,
    require_later,
)
from billing.subscriptions import Act, Customer, CustomerFiles
from billing.subscriptions.acting import acting
from billing.taxed_balances import rule_of

KINDS = {"purchased": "top_up", "promotional": "grant"}
"""What files and commands call the money, and what the ledger calls the act."""


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
    expires: str = "",
    invoiced_as: str = "",
) -> ToppedUp:
    """Put an amount on a balance now; `reference` is what the payer sees on the statement.

    `expires` is the last day on which it can be used, or an instant; without it there is no end.
    `invoiced_as` is the number of the invoice that another system made of it; we then make none.
    Raises MeterbookError when any of these cannot be taken, and when the client's reference named
    something else before; nothing was changed then.
    """
    if kind not in KINDS:
        raise MeterbookError(f"{kind!r} is no kind of money. Use {' or '.join(KINDS)}.")
    invoice = invoice_of(invoiced_as, is_paid=kind == "purchased")
    shown = reference_of(reference or client_reference)
    wanted = reference_of(client_reference)
    minor = minor_of(amount, currency, customer)
    end = end_of(expires, customer)
    with acting(books, files, customer, act, takes_over=False) as doing:
        new = Transfer(
            next_id(doing.connection, files, customer, "topup"),
            customer.organization_id,
            KINDS[kind],
            minor,
            minor_digits(currency),
            currency,
            act.at,
            wanted,
            shown,
            expires_at=end,
            invoiced_as=invoice,
        )
        if recorded(doing.connection, new) is None:
            require_later(end, act.at)
        found = record_transfer(doing.connection, new)
        if found is new and kind == "purchased":
            _remember(doing.connection, files, customer, new)
        detail = f"{found.amount} {currency} for {customer.organization_id}, {wanted}"
        again = "" if found is new else "again: "
        doing.says = (found.kind, found.transfer_id, again + detail)
    return ToppedUp(found, found is new)


def _remember(
    connection: Connection, files: CustomerFiles, customer: Customer, new: Transfer
) -> None:
    """Keep how the balance is taxed: as it is paid in, or as it is used."""
    owner = customer.organization_id
    (profile,) = files.rows("billing_profiles", owner)
    tax_at = rule_of(profile["tax_at"])
    filed = [row["top_up_id"] for row in files.rows("top_ups", owner) if row["kind"] == "purchased"]
    require_rule(connection, owner, tax_at, filed)
    remember_payments(connection, {(owner, new.transfer_id): tax_at})
