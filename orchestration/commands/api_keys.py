"""`meterbook create-key`, `regenerate-key`, `disable-key`, `delete-key`, `keys`, `entitlements`.

Here: arguments of what is done to keys. Keep out: subscriptions (`subscribing`), and what an act
does (`billing.subscriptions.keys`).
"""

from pathlib import Path
from typing import Annotated

import typer

from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.home import Home
from billing.subscriptions import keys as acts
from orchestration.accounts import KEY, publish_entitlements, standing
from orchestration.commands.account_terms import (
    ActorOption,
    OrgOption,
    at_the_counter,
    instant,
    key_fields,
    print_key,
    print_rows,
    require_organization,
)
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)

KeyArgument = Annotated[str, typer.Argument(help="The id of a key.")]
HELD = (
    "api_key_id",
    "organization_id",
    "payer",
    "subscription_id",
    "valid_from",
    "valid_to",
    "state",
)


def create_key(
    organization: Annotated[str, typer.Argument(help="The id of the organization.")],
    project: Annotated[str, typer.Option(help="The project it belongs to.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
    payer: Annotated[
        str | None, typer.Option(help="balance or contract; else the active subscription.")
    ] = None,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once."""
    with at_the_counter(home_dir, actor) as at:
        owner = at.files.customer(organization)
        issued = acts.create_key(
            at.books, at.files, owner, at.act, project_id=project, name=name, payer=payer
        )
        print_key(issued.key, issued.material, as_json=as_json)


def regenerate_key(
    key: KeyArgument,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put a new key in a key's place, which is not valid any more, and print the new one, once."""
    with at_the_counter(home_dir, actor) as at:
        issued = acts.regenerate_key(at.books, at.files, at.owner(KEY, key), key, at.act)
        print_key(issued.key, issued.material, as_json=as_json)


def disable_key(
    key: KeyArgument,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """End a key now, for good."""
    _end_key(key, "disabled", actor, home_dir, as_json=as_json)


def delete_key(
    key: KeyArgument,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """End a key now, for good, as deleted; what was used with it stays."""
    _end_key(key, "deleted", actor, home_dir, as_json=as_json)


def keys(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List keys, of files and books, and how they stand now."""
    home, now = Home(home_dir), clock().now()
    with books_of(home) as books:
        bought, held = standing(home, books, now)
    require_organization(org, bought)
    rows = [
        {name: getattr(each, name, None) for name in HELD} | {"state": each.reason or "valid"}
        for each in sorted(held, key=lambda each: (each.organization_id, each.api_key_id))
        if org in {None, each.organization_id}
    ]
    print_rows("keys", HELD, rows, as_json=as_json)


def entitlements(home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Publish what every key may do, for gateways to read: JSON and Parquet, swapped in whole."""
    home = Home(home_dir)
    with books_of(home) as books:
        rows, files = publish_entitlements(home, books, clock())
    valid = sum(row.is_valid for row in rows)
    if as_json:
        print_json({"keys": len(rows), "valid": valid, "files": files})
        return
    where = ", ".join(str(file) for file in files.values())
    terminal().print(f"Keys: {len(rows):,}, of them valid now: {valid:,}. Written: {where}")


def _end_key(key: str, reason: str, actor: str, home_dir: Path, *, as_json: bool) -> None:
    with at_the_counter(home_dir, actor) as at:
        owner = at.owner(KEY, key)
        ended = acts.end_key_now(at.books, at.files, owner, key, at.act, reason=reason)
        if as_json:
            print_json(key_fields(ended))
        else:
            terminal().print(f"{key} is {reason} since {instant(ended.valid_to)}.")
