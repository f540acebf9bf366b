"""Taking money from a prepaid balance, moving it to another, and writing off.

Here: refunds, transfers and write-offs, each done once for a reference and never of more than is
left. Keep out: paying money out, and what is left (`remaining`).
"""

from dataclasses import dataclass
from decimal import Decimal

from billing.books import Books
from billing.books.accounts import require_clock
from billing.books.documents import major
from billing.books.ledger import Transfer, record_transfer, recorded
from billing.entered import reference_of
from billing.errors import MeterbookError
from billing.money import minor_digits
from billing.prepaid.amounts import end_of, minor_of, next_id, require_later
from billing.prepaid.remaining import Remaining, Usage, remaining
from billing.subscriptions import Act, Customer, CustomerFiles
from billing.subscriptions.acting import acting

WORDS = {
    "refund": ("refund", "refunded", "that was paid in"),
    "transfer": ("transfer", "transferred", "that was paid in"),
    "overdraft": ("write_off", "written off", "of overdraft"),
    "rest": ("write_off", "written off", "left"),
}
"""What begins an id, and how a refusal says it."""


@dataclass(frozen=True)
class Moved:
    """A movement as the books hold it; `is_new` is false where it was recorded before."""

    transfer: Transfer
    is_new: bool


@dataclass(frozen=True)
class Movement:
    """What is to be moved: `kind` is refund, transfer, overdraft or rest.

    `to` and `expires` are a transfer's: whose balance it goes to, and the end of the lot there.
    """

    kind: str
    amount: str
    currency: str
    client_reference: str
    reference: str = ""
    to: Customer | None = None
    expires: str = ""


def move(  # where, who, what, and what is known
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    act: Act,
    wanted: Movement,
    *,
    used: Usage,
) -> Moved:
    """Carry out a movement now; `used` is what usage took in months that are not closed.

    Raises MeterbookError when it cannot be taken, is of more than is left as far as is known, or
    its reference named something else before; nothing was changed then.
    """
    minor = minor_of(wanted.amount, wanted.currency, customer)
    to = _other_side(customer, wanted)
    end = end_of(wanted.expires, wanted.to or customer)
    client_reference = reference_of(wanted.client_reference)
    shown = reference_of(wanted.reference or wanted.client_reference)
    with acting(books, files, customer, act, takes_over=False) as doing:
        require_clock(doing.connection, act.at)
        word, _, _ = WORDS[wanted.kind]
        new = Transfer(
            next_id(doing.connection, files, customer, word),
            customer.organization_id,
            wanted.kind,
            minor,
            minor_digits(wanted.currency),
            wanted.currency,
            act.at,
            client_reference,
            shown,
            to,
            end,
        )
        if recorded(doing.connection, new) is None:
            require_later(end, act.at)
            left = remaining(doing.connection, files, customer, act.at, used)
            _require_enough(customer, new, left)
        found = record_transfer(doing.connection, new)
        again = "" if found is new else "again: "
        side = f" to {to}" if to else ""
        detail = f"{found.amount} {found.currency} of {customer.organization_id}{side}"
        doing.says = (
            found.kind,
            found.transfer_id,
            f"{again}{detail}, {client_reference}: {shown}",
        )
    return Moved(found, found is new)


def _other_side(customer: Customer, wanted: Movement) -> str:
    if wanted.to is None:
        return ""
    if wanted.to.organization_id == customer.organization_id:
        raise MeterbookError(f"{customer.organization_id} cannot transfer to itself.")
    if wanted.to.currency != customer.currency:
        raise MeterbookError(
            f"{wanted.to.organization_id} is billed in {wanted.to.currency}, "
            f"{customer.organization_id} in {customer.currency}: balances are not converted."
        )
    return wanted.to.organization_id


def _require_enough(customer: Customer, new: Transfer, left: Remaining) -> None:
    there = {"overdraft": left.overdraft, "rest": left.rest}.get(new.kind, left.purchased)
    _, done, what = WORDS[new.kind]
    if new.amount > there:
        shown = _shown(there, new)
        raise MeterbookError(
            f"{customer.organization_id} has {shown} {new.currency} {what}, as far as usage is "
            f"known: {new.amount} cannot be {done}."
        )


def _shown(amount: Decimal, new: Transfer) -> Decimal:
    return major(int(amount.scaleb(new.minor_digits)), new.minor_digits)
