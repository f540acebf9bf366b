"""`meterbook topup` and `meterbook balance`.

Here: arguments and printing. Keep out: what a top-up is (`billing.prepaid`), and what usage takes
from a balance (`dbt_project`) and how long it lasts (`billing.prepaid.forecasts`).
"""

from typing import Annotated

import typer

from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import MeterbookError
from billing.home import Home
from billing.prepaid.forecasts import Forecast, read_forecasts
from billing.prepaid.standing import balances_of
from billing.prepaid.topping_up import top_up
from billing.warehouse import read_warehouse
from orchestration.accounts import counter
from orchestration.commands.account_terms import ActorOption, OrgOption, print_rows
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)

ExpiresOption = Annotated[
    str, typer.Option(help="Its last day like 2027-03-31, or an instant; without it, no end.")
]
COLUMNS = (
    "organization_id",
    "currency",
    "billing_month",
    "top_ups",
    "consumed",
    "other",
    "balance",
    "lowest",
    "exhausted_at",
    "used_up_at",
    "burn_amount",
    "days_left",
    "expected_exhausted_at",
    "pessimistic_exhausted_at",
    "basis",
)
FORESEEN = (
    "as_of",
    "burn_amount",
    "days_left",
    "pessimistic_days_left",
    "expected_exhausted_at",
    "pessimistic_exhausted_at",
    "basis",
)


def topup(  # noqa: PLR0913, PLR0917  # each is an option
    organization: Annotated[str, typer.Argument(help="The id of the organization.")],
    amount: Annotated[str, typer.Argument(help="How much, like 250.00.")],
    client_reference: Annotated[
        str, typer.Option("--client-reference", help="Names this top-up: the same one counts once.")
    ],
    currency: Annotated[
        str | None, typer.Option(help="The currency; it must be the customer's.")
    ] = None,
    kind: Annotated[str, typer.Option(help="purchased, or promotional.")] = "purchased",
    reference: Annotated[
        str, typer.Option(help="What the payer sees; else the client's reference.")
    ] = "",
    expires: ExpiresOption = "",
    invoiced_as: Annotated[
        str,
        typer.Option("--invoiced-as", help="The invoice another system made: we make none."),
    ] = "",
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put an amount on a prepaid balance now; the same client reference is one top-up."""
    home = Home(home_dir)
    with books_of(home) as books:
        at = counter(home, books, clock(), actor)
        customer = at.files.customer(organization)
        done = top_up(
            at.books,
            at.files,
            customer,
            at.act,
            amount=amount,
            currency=currency or customer.currency,
            client_reference=client_reference,
            kind=kind,
            reference=reference,
            expires=expires,
            invoiced_as=invoiced_as,
        )
    found = done.transfer
    if as_json:
        print_json(vars(found) | {"amount": found.amount, "is_new": done.is_new})
        return
    again = "" if done.is_new else " It was recorded before; nothing was added."
    terminal().print(
        f"{found.transfer_id}: {found.amount} {found.currency} for {organization}.{again}"
    )


def balance(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Show every prepaid balance as the last close or draft of a month left it, and its end."""
    home = Home(home_dir)
    if not home.warehouse_file.exists():
        raise MeterbookError(f"{home.root} holds no warehouse yet. Ingest logs and close a month.")
    with home.exclusive(), read_warehouse(home.warehouse_file) as connection:
        found = balances_of(connection)
        forecasts = {each.organization_id: each for each in read_forecasts(connection)}
    if org is not None and org not in {each.organization_id for each in found}:
        raise MeterbookError(f"{org!r} has no prepaid balance in a month that was closed.")
    rows = [
        vars(each) | _foreseen(forecasts.get(each.organization_id))
        for each in found
        if org in {None, each.organization_id}
    ]
    print_rows("balances", COLUMNS, rows, as_json=as_json)


def _foreseen(forecast: Forecast | None) -> dict[str, object]:
    """What a balance's row says of the days to come; nothing where no forecast was made."""
    return {name: getattr(forecast, name, None) for name in FORESEEN}
