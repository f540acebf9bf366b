"""Changing a running subscription: another plan, or other models, from this second on.

Here: the act, one transaction that changes everything or nothing. Periods stay as they are; what
is given back and charged follows from the dates (`dbt_project`). Keep out: other acts
(`subscribing`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from billing.books import Books
from billing.books.accounts import Item, Subscription, end_subscription, keys, subscriptions
from billing.errors import BooksError
from billing.subscriptions.act import Act
from billing.subscriptions.acting import acting
from billing.subscriptions.bought import find_subscription, key_before, next_id, state
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.orders import Order
from billing.subscriptions.subscribing import Subscribed, begin_with_key, contents_of, says
from billing.subscriptions.terms import local_day


def change(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    subscription_id: str,
    order: Order,
    act: Act,
) -> Subscribed:
    """Let another subscription go on from now in the place of one, up to the same end.

    Where the kind stays, its keys stay good and pay for the new one; a plan that becomes custom,
    or the other way round, gets a new key and the old ones end. Raises BooksError when the old
    one is not active, began this second, has another one after it, or is just what is ordered.
    """
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        bought = subscriptions(connection, customer.organization_id)
        old = find_subscription(bought, subscription_id)
        _require_changeable(bought, old, act)
        if old.ends_at and _is_same_day(old.ends_at, act.at, customer.zone):
            raise BooksError(f"{subscription_id} ends today: nothing is left to change.")
        _require_other(old, contents_of(connection, old), order)
        end_subscription(connection, subscription_id, act.at)
        new = replace(
            old,
            subscription_id=next_id(customer, bought, files),
            kind=order.kind,
            plan_id=order.plan_id,
            starts_at=act.at,
            adopted="",
            changed_from=subscription_id,
        )
        named = None
        if new.kind != old.kind:
            last = key_before(keys(connection, customer.organization_id), bought, old)
            named = (last.project_id, last.name)
        done = begin_with_key(connection, files, new, order.items, named, act)
        doing.says = ("change", new.subscription_id, f"{says(done)}, from {subscription_id}")
    return done


def _require_changeable(bought: Sequence[Subscription], old: Subscription, act: Act) -> None:
    if not old.is_active(act.at):
        raise BooksError(f"{old.subscription_id} {state(old, act.at)}: nothing to change.")
    if old.starts_at == act.at:
        raise BooksError(f"{old.subscription_id} began this second: change it a second later.")
    later = [each.subscription_id for each in bought if each.starts_at > act.at]
    if later:
        raise BooksError(
            f"{later[0]} begins after {old.subscription_id}: what comes between cannot be "
            "changed any more."
        )


def _is_same_day(one: datetime, other: datetime, zone: str) -> bool:
    return local_day(one, zone) == local_day(other, zone)


def _require_other(old: Subscription, contents: Sequence[Item], order: Order) -> None:
    own = {replace(each, subscription_id="") for each in contents}
    if (old.plan_id, own) == (order.plan_id, set(order.items)):
        what = old.plan_id or "these models, limits and fees"
        raise BooksError(f"{old.subscription_id} has {what} already: nothing to change.")
