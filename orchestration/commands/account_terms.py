"""What the commands of subscriptions and keys share: options, the counter, printing.

Here: how an act begins and ends on the command line. A new key is printed once, before anything
else can go wrong. Keep out: the commands, and what an act does (`billing.subscriptions`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.books.accounts import Key, Subscription
from billing.books.address import books_of
from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions.key_material import KeyMaterial
from orchestration.accounts import Counter, counter, publish_entitlements
from orchestration.commands.terminal import (
    clock,
    print_json,
    print_table,
    terminal,
)

ActorOption = Annotated[
    str, typer.Option("--by", envvar="USER", help="Who decided it; by default the user.")
]
OrgOption = Annotated[str | None, typer.Option("--org", help="Only this organization.")]
OrganizationArgument = Annotated[str, typer.Argument(help="The id of the organization.")]
AmountArgument = Annotated[str, typer.Argument(help="How much, like 250.00.")]
ReferenceOption = Annotated[
    str, typer.Option("--client-reference", help="Names this act: the same one counts once.")
]


@contextmanager
def at_the_counter(home_dir: Path, actor: str) -> Iterator[Counter]:
    """Open the counter; what gateways may read is written anew after the act.

    Raises MeterbookError that says so when only that failed: nobody shall do the act again.
    """
    home = Home(home_dir)
    with books_of(home) as books:
        yield counter(home, books, clock(), actor)
        try:
            publish_entitlements(home, books, clock())
        except (OSError, MeterbookError) as error:
            raise MeterbookError(
                f"It was done, but the entitlements could not be published: {error}\n"
                "Correct that, then run `meterbook entitlements`."
            ) from error


def print_key(key: Key, material: KeyMaterial, *, as_json: bool) -> None:
    """Print a new key in plain text: the only time it is."""
    if as_json:
        print_json(key_fields(key) | {"plain_key": material.plain})
        return
    terminal().print(f"{key.api_key_id} is valid since {instant(key.valid_from)}. Its key is")
    typer.echo(material.plain)
    terminal().print("It is shown this once and kept nowhere.")


def key_fields(key: Key) -> dict[str, Any]:
    """Return what may be told of a key."""
    hidden = {"adopted"}
    return {name: value for name, value in vars(key).items() if name not in hidden}


def require_organization(org: str | None, known: dict[str, list[Subscription]]) -> None:
    """Raise MeterbookError when an organization was asked for that does not exist."""
    if org is not None and org not in known:
        raise MeterbookError(f"There is no organization {org!r}. Name one of organizations.csv.")


def print_rows(
    name: str, columns: tuple[str, ...], rows: list[dict[str, Any]], *, as_json: bool
) -> None:
    """Print a list as a table or as one object."""
    if as_json:
        print_json({name: rows})
        return
    print_table(columns, [[_cell(row[column]) for column in columns] for row in rows])


def _cell(value: object) -> object:
    return instant(value) if isinstance(value, datetime) else value or ""


def instant(value: datetime | None) -> str:
    """Write an instant as files do, and none as nothing."""
    return "" if value is None else f"{value:%Y-%m-%dT%H:%M:%SZ}"
