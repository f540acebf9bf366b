"""`meterbook refund`, `transfer` and `write-off`.

Here: arguments and printing. Keep out: what a movement is and how much is left
(`billing.prepaid`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from billing.books import Books
from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import MeterbookError
from billing.home import Home
from billing.prepaid.moving import Movement, move
from billing.prepaid.remaining import Usage
from billing.prepaid.standing import deducted_after
from billing.warehouse import read_warehouse
from orchestration.accounts import counter
from orchestration.commands.account_terms import (
    ActorOption,
    AmountArgument,
    OrganizationArgument,
    ReferenceOption,
)
from orchestration.commands.balances import ExpiresOption
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)

CurrencyOption = Annotated[
    str | None, typer.Option(help="The currency; it must be the customer's.")
]
ShownOption = Annotated[
    str, typer.Option("--reference", help="What the customer sees; else the client's reference.")
]


def refund(  # each is an option
    organization: OrganizationArgument,
    amount: AmountArgument,
    client_reference: ReferenceOption,
    currency: CurrencyOption = None,
    reference: ShownOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Record that money was paid back out of what a customer had paid in."""
    wanted = Movement("refund", amount, currency or "", client_reference, reference)
    _move(home_dir, actor, organization, wanted, as_json=as_json)


def transfer(  # noqa: PLR0913, PLR0917  # each is an option
    organization: OrganizationArgument,
    to: Annotated[str, typer.Argument(help="The organization whose balance it goes to.")],
    amount: AmountArgument,
    client_reference: ReferenceOption,
    currency: CurrencyOption = None,
    reference: ShownOption = "",
    expires: ExpiresOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Move an amount that was paid in from one balance to another of the same currency."""
    wanted = Movement(
        "transfer", amount, currency or "", client_reference, reference, None, expires
    )
    _move(home_dir, actor, organization, wanted, to=to, as_json=as_json)


def write_off(  # noqa: PLR0913, PLR0917  # each is an option
    organization: OrganizationArgument,
    amount: AmountArgument,
    reason: Annotated[str, typer.Option(help="Why; the customer sees it on the statement.")],
    client_reference: ReferenceOption,
    of: Annotated[
        str, typer.Option(help="overdraft, or rest: what is left of a customer that is closed.")
    ] = "overdraft",
    currency: CurrencyOption = None,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write off what was used beyond a balance, or what is left of one."""
    if of not in {"overdraft", "rest"}:
        raise MeterbookError(f"{of!r} cannot be written off. Use overdraft or rest.")
    wanted = Movement(of, amount, currency or "", client_reference, reason)
    _move(home_dir, actor, organization, wanted, as_json=as_json)


def _move(
    home_dir: Path,
    actor: str,
    organization: str,
    wanted: Movement,
    *,
    to: str | None = None,
    as_json: bool,
) -> None:
    home = Home(home_dir)
    with books_of(home) as books:
        at = counter(home, books, clock(), actor)
        customer = at.files.customer(organization)
        named = replace(
            wanted,
            currency=wanted.currency or customer.currency,
            to=None if to is None else at.files.customer(to),
        )
        # Read before the books are held: a close holds the warehouse, and then waits for the books.
        used = _used(home, books, organization)
        done = move(at.books, at.files, customer, at.act, named, used=used)
    found = done.transfer
    if as_json:
        print_json(vars(found) | {"amount": found.amount, "is_new": done.is_new})
        return
    again = "" if done.is_new else " It was recorded before; nothing was changed."
    side = f" to {to}" if to else ""
    terminal().print(
        f"{found.transfer_id}: {found.amount} {found.currency} of {organization}{side}.{again}"
    )


def _used(home: Home, books: Books, organization_id: str) -> Usage:
    """What usage took from a balance in months that are not closed, as far as any was built."""
    if not home.warehouse_file.exists():
        return []
    closed = max((month for _, month in books.finalized(organization_id)), default=None)
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        return deducted_after(connection, organization_id, closed)
