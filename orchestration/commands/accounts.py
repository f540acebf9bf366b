"""`meterbook subscribe`, `renew`, `cancel`, the commands of keys, and `entitlements`.

Here: arguments and printing. A new key is printed once, before anything else can go wrong. Keep
out: what an act does (`billing.subscriptions`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.books.accounts import Key, Subscription
from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions import keys as key_acts
from billing.subscriptions import subscribing
from billing.subscriptions.key_material import KeyMaterial
from billing.subscriptions.orders import Order, custom_order, plan_order
from orchestration.accounts import (
    KEY,
    SUBSCRIPTION,
    Counter,
    counter,
    publish_entitlements,
    standing,
)
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)

ActorOption = Annotated[
    str, typer.Option("--by", envvar="USER", help="Who decided it; by default the user.")
]
OrgOption = Annotated[str | None, typer.Option("--org", help="Only this organization.")]
MonthsOption = Annotated[
    int | None, typer.Option(help="For so many months; without it until it is cancelled.")
]
SubscriptionArgument = Annotated[str, typer.Argument(help="The id of a subscription.")]
KeyArgument = Annotated[str, typer.Argument(help="The id of a key.")]
SOLD = ("subscription_id", "organization_id", "kind", "plan_id", "starts_at", "ends_at", "state")
HELD = (
    "api_key_id",
    "organization_id",
    "payer",
    "subscription_id",
    "valid_from",
    "valid_to",
    "state",
)


def subscribe(
    organization: Annotated[str, typer.Argument(help="The id of the organization.")],
    project: Annotated[str, typer.Option(help="The project its first key belongs to.")],
    plan: Annotated[str | None, typer.Option(help="A plan of plans.csv.")] = None,
    items: Annotated[
        Path | None, typer.Option(help="A JSON file of what was bought model by model.")
    ] = None,
    months: MonthsOption = None,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Begin a subscription now: a plan, or models one by one. Prints its key, once."""
    with _counter(home_dir, actor) as at:
        customer = at.files.customer(organization)
        done = subscribing.subscribe(
            at.books,
            at.files,
            customer,
            _order(at, plan, items, customer.currency),
            at.act,
            project_id=project,
            months=months,
        )
        _print_subscribed(done, as_json=as_json)


def renew(
    subscription: SubscriptionArgument,
    months: MonthsOption = None,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let a subscription go on; one that has ended begins anew, with a new key and no usage."""
    with _counter(home_dir, actor) as at:
        owner = at.owner(SUBSCRIPTION, subscription)
        done = subscribing.renew(at.books, at.files, owner, subscription, at.act, months=months)
        _print_subscribed(done, as_json=as_json)


def cancel(
    subscription: SubscriptionArgument,
    now: Annotated[bool, typer.Option("--now", help="At once, not with its period.")] = False,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let a subscription end with its current period, and its keys with it."""
    with _counter(home_dir, actor) as at:
        owner = at.owner(SUBSCRIPTION, subscription)
        done = subscribing.cancel(at.books, at.files, owner, subscription, at.act, at_once=now)
        _print_subscribed(done, as_json=as_json)


def create_key(  # each is an option
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
    with _counter(home_dir, actor) as at:
        owner = at.files.customer(organization)
        issued = key_acts.create_key(
            at.books, at.files, owner, at.act, project_id=project, name=name, payer=payer
        )
        _print_key(issued.key, issued.material, as_json=as_json)


def regenerate_key(
    key: KeyArgument,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put a new key in a key's place, which is not valid any more, and print the new one, once."""
    with _counter(home_dir, actor) as at:
        issued = key_acts.regenerate_key(at.books, at.files, at.owner(KEY, key), key, at.act)
        _print_key(issued.key, issued.material, as_json=as_json)


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


def subscriptions(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List subscriptions, of files and books, and how they stand now."""
    home, now = Home(home_dir), clock().now()
    with books_of(home) as books:
        bought, _ = standing(home, books, now)
    _require_organization(org, bought)
    rows = [_sold(each, now) for name, own in bought.items() if org in {None, name} for each in own]
    _print_rows("subscriptions", SOLD, rows, as_json=as_json)


def keys(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List keys, of files and books, and how they stand now."""
    home, now = Home(home_dir), clock().now()
    with books_of(home) as books:
        bought, held = standing(home, books, now)
    _require_organization(org, bought)
    rows = [
        {name: getattr(each, name, None) for name in HELD} | {"state": each.reason or "valid"}
        for each in sorted(held, key=lambda each: (each.organization_id, each.api_key_id))
        if org in {None, each.organization_id}
    ]
    _print_rows("keys", HELD, rows, as_json=as_json)


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


@contextmanager
def _counter(home_dir: Path, actor: str) -> Iterator[Counter]:
    """Open the counter; what gateways may read is written anew after the act."""
    home = Home(home_dir)
    with books_of(home) as books:
        yield counter(home, books, clock(), actor)
        publish_entitlements(home, books, clock())


def _order(at: Counter, plan: str | None, items: Path | None, currency: str) -> Order:
    if plan is not None and items is None:
        return plan_order(at.files, plan, currency)
    if plan is not None or items is None:
        raise MeterbookError("Say what is bought: either --plan or --items.")
    try:
        text = items.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MeterbookError(f"{items} cannot be read: {error}.") from error
    return custom_order(at.files, text, items.name, currency)


def _end_key(key: str, reason: str, actor: str, home_dir: Path, *, as_json: bool) -> None:
    with _counter(home_dir, actor) as at:
        owner = at.owner(KEY, key)
        ended = key_acts.end_key_now(at.books, at.files, owner, key, at.act, reason=reason)
        if as_json:
            print_json(_key(ended))
        else:
            terminal().print(f"{key} is {reason} since {_instant(ended.valid_to)}.")


def _print_subscribed(done: subscribing.Subscribed, *, as_json: bool) -> None:
    own = done.subscription
    if as_json:
        data: dict[str, Any] = vars(own) | {"items": [vars(item) for item in done.items]}
        data.pop("adopted")
        if done.key and done.material:
            data["key"] = _key(done.key) | {"plain_key": done.material.plain}
        print_json(data)
        return
    until = f"until {_instant(own.ends_at)}" if own.ends_at else "until it is cancelled"
    what = own.plan_id or f"{len(done.items)} models"
    terminal().print(f"{own.subscription_id}: {own.kind} ({what}), {until}.")
    if done.key and done.material:
        _print_key(done.key, done.material, as_json=False)


def _print_key(key: Key, material: KeyMaterial, *, as_json: bool) -> None:
    if as_json:
        print_json(_key(key) | {"plain_key": material.plain})
        return
    terminal().print(f"{key.api_key_id} is valid since {_instant(key.valid_from)}. Its key is")
    typer.echo(material.plain)
    terminal().print("It is shown this once and kept nowhere.")


def _key(key: Key) -> dict[str, Any]:
    hidden = {"adopted"}
    return {name: value for name, value in vars(key).items() if name not in hidden}


def _sold(each: Subscription, now: datetime) -> dict[str, Any]:
    state = "active" if each.is_active(now) else "ended" if each.has_ended(now) else "not_begun"
    return {name: getattr(each, name, None) for name in SOLD} | {"state": state}


def _require_organization(org: str | None, known: dict[str, list[Subscription]]) -> None:
    if org is not None and org not in known:
        raise MeterbookError(f"There is no organization {org!r}. Name one of organizations.csv.")


def _print_rows(
    name: str, columns: tuple[str, ...], rows: list[dict[str, Any]], *, as_json: bool
) -> None:
    if as_json:
        print_json({name: rows})
        return
    print_table(columns, [[_cell(row[column]) for column in columns] for row in rows])


def _cell(value: object) -> object:
    return _instant(value) if isinstance(value, datetime) else value or ""


def _instant(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%dT%H:%M:%SZ}"
