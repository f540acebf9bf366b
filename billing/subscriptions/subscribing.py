"""Subscribing, renewing and cancelling.

Here: the three acts, each one transaction of the books that changes everything or nothing. Keep
out: keys by themselves (`keys`), and what is charged for a period (`dbt_project`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from billing.books import Books
from billing.books.accounts import (
    Item,
    Key,
    Subscription,
    begin,
    end_subscription,
    issue_key,
    items,
    keys,
    subscriptions,
)
from billing.errors import BooksError
from billing.subscriptions.act import Act
from billing.subscriptions.acting import acting
from billing.subscriptions.bought import (
    end_of_term,
    find_subscription,
    key_before,
    later_end,
    next_id,
    require_none_active,
    state,
)
from billing.subscriptions.chains import counted_from
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.key_material import KeyMaterial, new_material
from billing.subscriptions.keys import next_key_id, require_project
from billing.subscriptions.orders import Order
from billing.subscriptions.terms import local_day, period_at


@dataclass(frozen=True)
class Subscribed:
    """A subscription as it is now; `key` and `material` are of a key made by this very act."""

    subscription: Subscription
    items: Sequence[Item]
    key: Key | None = None
    material: KeyMaterial | None = None


def subscribe(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    order: Order,
    act: Act,
    *,
    project_id: str,
    months: int | None = None,
    key_name: str = "Service",
) -> Subscribed:
    """Begin a subscription now, for `months` or until it is cancelled, with a key of its own.

    Raises BooksError when the organization has one that has not ended, or nothing like the
    project; nothing was changed then.
    """
    require_project(files, customer, project_id)
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        bought = subscriptions(connection, customer.organization_id)
        require_none_active(bought, act.at)
        new = Subscription(
            next_id(customer, bought, files),
            customer.organization_id,
            order.kind,
            order.plan_id,
            customer.currency,
            act.at,
            end_of_term(act.at, customer, months),
        )
        named = (project_id, key_name)
        done = begin_with_key(connection, files, new, order.items, named, act)
        doing.says = ("subscribe", new.subscription_id, says(done))
    return done


def renew(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    subscription_id: str,
    act: Act,
    *,
    months: int | None,
) -> Subscribed:
    """Let a subscription go on for `months` more, or until it is cancelled.

    One that is active keeps its key and its usage. One that has ended begins anew now: another
    subscription of the same contents, with a new key, whose usage starts at zero.
    """
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        bought = subscriptions(connection, customer.organization_id)
        old = find_subscription(bought, subscription_id)
        contents = contents_of(connection, old)
        if old.has_ended(act.at):
            require_none_active(bought, act.at)
            new = replace(
                old,
                subscription_id=next_id(customer, bought, files),
                starts_at=act.at,
                ends_at=end_of_term(act.at, customer, months),
                adopted="",
                changed_from="",
            )
            last = key_before(keys(connection, customer.organization_id), bought, old)
            require_project(files, customer, last.project_id)
            done = begin_with_key(
                connection, files, new, contents, (last.project_id, last.name), act
            )
        else:
            if old.ends_at is None:
                raise BooksError(f"{subscription_id} runs until it is cancelled: nothing to renew.")
            ends_at = later_end(old, counted_from(bought, old), customer, months)
            end_subscription(connection, subscription_id, ends_at)
            done = Subscribed(replace(old, ends_at=ends_at), contents)
        doing.says = ("renew", subscription_id, says(done))
    return done


def cancel(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    subscription_id: str,
    act: Act,
    *,
    at_once: bool = False,
) -> Subscribed:
    """Let a subscription end with its current period, or at once; fees stay as they are.

    Raises BooksError when it has ended, has not begun, or ends by then anyway.
    """
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        bought = subscriptions(connection, customer.organization_id)
        old = find_subscription(bought, subscription_id)
        if not old.is_active(act.at):
            raise BooksError(f"{subscription_id} {state(old, act.at)}: nothing to cancel.")
        ends_at = act.at if at_once else _end_of_period(bought, old, customer, act)
        if old.ends_at is not None and old.ends_at <= ends_at:
            raise BooksError(f"{subscription_id} ends at {old.ends_at.isoformat()} already.")
        if local_day(ends_at, customer.zone) <= local_day(old.starts_at, customer.zone):
            raise BooksError(
                f"{subscription_id} began today: the first day it can end is tomorrow. "
                "Cancel without --now to let it end with its period."
            )
        end_subscription(connection, subscription_id, ends_at)
        done = Subscribed(replace(old, ends_at=ends_at), contents_of(connection, old))
        doing.says = ("cancel", subscription_id, says(done))
    return done


def _end_of_period(
    bought: Sequence[Subscription], old: Subscription, customer: Customer, act: Act
) -> datetime:
    """Return the end of the period; one that was changed on its last day has the next one's."""
    first, zone = counted_from(bought, old), customer.zone
    ends_at = period_at(first, zone, act.at)[1]
    if local_day(ends_at, zone) == local_day(old.starts_at, zone):
        return period_at(first, zone, ends_at)[1]
    return ends_at


def contents_of(connection: Connection, bought: Subscription) -> list[Item]:
    """Return the items of a custom subscription; a plan has none."""
    own = items(connection, bought.organization_id)
    return [each for each in own if each.subscription_id == bought.subscription_id]


def begin_with_key(  # each is a part of what begins
    connection: Connection,
    files: CustomerFiles,
    new: Subscription,
    contents: Iterable[Item],
    named: tuple[str, str] | None,
    act: Act,
) -> Subscribed:
    """Begin a subscription; `named` is project and name of its key, None for no new key."""
    own = [replace(each, subscription_id=new.subscription_id) for each in contents]
    begin(connection, new, own, act.at)
    if named is None:
        return Subscribed(new, own)
    project_id, name = named
    material = new_material(new.kind)
    key = Key(
        next_key_id(connection, files, new.organization_id),
        new.organization_id,
        project_id,
        name,
        material.masked,
        material.sha256,
        new.kind,
        new.subscription_id,
        act.at,
    )
    issue_key(connection, key, act.at)
    return Subscribed(new, own, key, material)


def says(done: Subscribed) -> str:
    """Return what was done in words, for the audit log."""
    own = done.subscription
    until = "until cancelled" if own.ends_at is None else f"until {own.ends_at.isoformat()}"
    key = "" if done.key is None else f", key {done.key.api_key_id}"
    what = own.plan_id or f"{len(done.items)} items"
    return f"{own.organization_id}: {own.kind} {own.subscription_id} ({what}) {until}{key}"
