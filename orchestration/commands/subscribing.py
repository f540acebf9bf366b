"""`meterbook subscribe`, `renew`, `change-subscription`, `cancel` and `subscriptions`.

Here: arguments and printing. Keep out: keys (`api_keys`), and what an act does
(`billing.subscriptions.subscribing`).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.books.accounts import Subscription
from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions import changing, subscribing
from billing.subscriptions.orders import Order, custom_order, plan_order
from orchestration.accounts import SUBSCRIPTION, Counter, standing
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

MonthsOption = Annotated[
    int | None, typer.Option(help="For so many months; without it until it is cancelled.")
]
SubscriptionArgument = Annotated[str, typer.Argument(help="The id of a subscription.")]
SOLD = ("subscription_id", "organization_id", "kind", "plan_id", "starts_at", "ends_at", "state")


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
    with at_the_counter(home_dir, actor) as at:
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
    with at_the_counter(home_dir, actor) as at:
        owner = at.owner(SUBSCRIPTION, subscription)
        done = subscribing.renew(at.books, at.files, owner, subscription, at.act, months=months)
        _print_subscribed(done, as_json=as_json)


def change_subscription(
    subscription: SubscriptionArgument,
    plan: Annotated[str | None, typer.Option(help="A plan of plans.csv.")] = None,
    items: Annotated[
        Path | None, typer.Option(help="A JSON file of what is bought model by model.")
    ] = None,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Change a running subscription now: another plan or other models, fees by the day."""
    with at_the_counter(home_dir, actor) as at:
        owner = at.owner(SUBSCRIPTION, subscription)
        order = _order(at, plan, items, owner.currency)
        done = changing.change(at.books, at.files, owner, subscription, order, at.act)
        _print_subscribed(done, as_json=as_json)
        if done.key is None and not as_json:
            terminal().print("Its keys go on.")


def cancel(
    subscription: SubscriptionArgument,
    now: Annotated[bool, typer.Option("--now", help="At once, not with its period.")] = False,
    actor: ActorOption = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let a subscription end with its current period, and its keys with it."""
    with at_the_counter(home_dir, actor) as at:
        owner = at.owner(SUBSCRIPTION, subscription)
        done = subscribing.cancel(at.books, at.files, owner, subscription, at.act, at_once=now)
        _print_subscribed(done, as_json=as_json)


def subscriptions(
    org: OrgOption = None, home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """List subscriptions, of files and books, and how they stand now."""
    home, now = Home(home_dir), clock().now()
    with books_of(home) as books:
        bought, _ = standing(home, books, now)
    require_organization(org, bought)
    rows = [_sold(each, now) for name, own in bought.items() if org in {None, name} for each in own]
    print_rows("subscriptions", SOLD, rows, as_json=as_json)


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


def _print_subscribed(done: subscribing.Subscribed, *, as_json: bool) -> None:
    own = done.subscription
    if as_json:
        data: dict[str, Any] = vars(own) | {"items": [vars(item) for item in done.items]}
        data.pop("adopted")
        if done.key and done.material:
            data["key"] = key_fields(done.key) | {"plain_key": done.material.plain}
        print_json(data)
        return
    until = f"until {instant(own.ends_at)}" if own.ends_at else "until it is cancelled"
    what = own.plan_id or f"{len(done.items)} models"
    terminal().print(f"{own.subscription_id}: {own.kind} ({what}), {until}.")
    if done.key and done.material:
        print_key(done.key, done.material, as_json=False)


def _sold(each: Subscription, now: datetime) -> dict[str, Any]:
    state = "active" if each.is_active(now) else "ended" if each.has_ended(now) else "not_begun"
    return {name: getattr(each, name, None) for name in SOLD} | {"state": state}
