"""`meterbook receivables`: payments, refunds, write-offs and their reversals.

Here: arguments and printing. Keep out: what the acts do (`billing.receivables`), lists
(`receivable_lists`) and reminders (`reminding`).
"""

from typing import Annotated

import typer

from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import MeterbookError
from billing.home import Home
from billing.receivables.paying import Done, pay, pay_back, settle
from billing.receivables.undoing import release, reverse, write_off
from billing.subscriptions import Customer, read_customer_files
from orchestration.commands.account_terms import (
    ActorOption,
    AmountArgument,
    OrganizationArgument,
    ReferenceOption,
)
from orchestration.commands.receivable_lists import list_acts, list_open
from orchestration.commands.reminding import remind_command
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)

app = typer.Typer(
    help="What customers owe on invoices: payments, refunds, write-offs, aging.",
    no_args_is_help=True,
)
NumberArgument = Annotated[str, typer.Argument(help="The number of an invoice.")]
CurrencyOption = Annotated[
    str, typer.Option(help="Which, where there are invoices in several currencies.")
]
AtOption = Annotated[str, typer.Option("--at", help="The day or instant it happened; else now.")]
InvoiceOption = Annotated[
    list[str] | None,
    typer.Option("--invoice", help="NUMBER or NUMBER=AMOUNT, repeatable; else what is due first."),
]
BecauseOption = Annotated[str, typer.Option("--because", help="Why; the books keep it.")]
PartOption = Annotated[str, typer.Option("--amount", help="Only this much of it.")]
app.command("list")(list_open)
app.command("acts")(list_acts)
app.command("remind")(remind_command)


@app.command("pay")
def pay_command(  # noqa: PLR0913, PLR0917  # each is an option
    organization: OrganizationArgument,
    amount: AmountArgument,
    client_reference: ReferenceOption,
    invoice: InvoiceOption = None,
    currency: CurrencyOption = "",
    at: AtOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Record money a customer sent; it settles what is named, or what is due first."""
    home = Home(home_dir)
    with books_of(home) as books:
        done = pay(
            books,
            clock().now(),
            actor,
            organization,
            amount,
            client_reference,
            currency=currency,
            paid_at=at,
            invoices=invoice or (),
            stranger=lambda: _stranger(home, organization),
        )
    _tell(done, as_json=as_json)


@app.command("settle")
def settle_command(
    organization: OrganizationArgument,
    invoice: InvoiceOption = None,
    currency: CurrencyOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Settle invoices with what a customer has on account."""
    with books_of(Home(home_dir)) as books:
        done = settle(
            books, clock().now(), actor, organization, currency=currency, invoices=invoice or ()
        )
    _tell(done, as_json=as_json)


@app.command("pay-back")
def pay_back_command(  # each is an option
    organization: OrganizationArgument,
    amount: AmountArgument,
    client_reference: ReferenceOption,
    currency: CurrencyOption = "",
    at: AtOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Record money sent back to a customer, out of what it has on account."""
    with books_of(Home(home_dir)) as books:
        done = pay_back(
            books,
            clock().now(),
            actor,
            organization,
            amount,
            client_reference,
            currency=currency,
            paid_at=at,
        )
    _tell(done, as_json=as_json)


@app.command("write-off")
def write_off_command(
    number: NumberArgument,
    because: BecauseOption,
    amount: PartOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
) -> None:
    """Give up what is open of an invoice. It is no credit note: its tax stays as it is."""
    with books_of(Home(home_dir)) as books:
        given_up, currency = write_off(books, clock().now(), actor, number, because, amount=amount)
    terminal().print(f"{number}: {given_up} {currency} written off.")


@app.command("release")
def release_command(
    number: NumberArgument,
    because: BecauseOption,
    amount: PartOption = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
) -> None:
    """Take money that settles an invoice back to the customer's account."""
    with books_of(Home(home_dir)) as books:
        taken, currency = release(books, clock().now(), actor, number, because, amount=amount)
    terminal().print(f"{number}: {taken} {currency} is on account again.")


@app.command("reverse")
def reverse_command(
    organization: OrganizationArgument,
    act: Annotated[str, typer.Argument(help="The reference of the act, or # and its id.")],
    because: BecauseOption,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
) -> None:
    """Take back a payment that bounced or was recorded wrongly, a refund or a write-off."""
    with books_of(Home(home_dir)) as books:
        taken = reverse(books, clock().now(), actor, organization, act, because)
    terminal().print(f"{taken.kind} of {taken.amount} {taken.currency} is reversed.")


def _stranger(home: Home, organization_id: str) -> Customer | None:
    """What the catalog says of a customer that has no invoice; a broken one says nothing."""
    try:
        return read_customer_files(home.catalog).customer(organization_id)
    except MeterbookError:
        return None


def _tell(done: Done, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "kind": done.act.kind,
                "amount": done.act.amount,
                "currency": done.currency,
                "client_reference": done.act.client_reference,
                "settled": done.settled,
                "on_account": done.on_account,
                "is_new": done.is_new,
            }
        )
        return
    for number, amount in done.settled.items():
        terminal().print(f"{number}: {amount} {done.currency} settled.")
    again = "" if done.is_new else "It was recorded before; nothing was changed. "
    terminal().print(f"{again}On account: {done.on_account} {done.currency}.")
