"""What an organization has bought so far, and how long it runs.

Here: finding one subscription among them, refusing a second active one, ids and ends of new ones.
Keep out: writing (`subscribing`).
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from billing.books.accounts import Key, Subscription
from billing.errors import BooksError
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.terms import period_start

MOST_MONTHS = 120


def require_none_active(bought: Sequence[Subscription], at: datetime) -> None:
    """Raise BooksError naming the subscription of an organization that has not ended."""
    for each in bought:
        if not each.has_ended(at):
            raise BooksError(
                f"{each.organization_id} has the {each.kind} subscription {each.subscription_id}, "
                f"which {state(each, at)}. An organization has one at a time: cancel it first."
            )


def state(subscription: Subscription, at: datetime) -> str:
    """Say in words how a subscription stands."""
    if subscription.has_ended(at):
        return f"ended at {subscription.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    if at < subscription.starts_at:
        return f"begins at {subscription.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    if subscription.ends_at is None:
        return "is active until it is cancelled"
    return f"is active until {subscription.ends_at:%Y-%m-%dT%H:%M:%SZ}"


def find_subscription(bought: Sequence[Subscription], subscription_id: str) -> Subscription:
    """Return one of them by its id. Raises BooksError when there is none."""
    for each in bought:
        if each.subscription_id == subscription_id:
            return each
    raise BooksError(
        f"There is no subscription {subscription_id!r}. See `meterbook subscriptions`."
    )


def key_before(held: Sequence[Key], bought: Sequence[Subscription], old: Subscription) -> Key:
    """Return the newest key a subscription has, of its own or from before it was changed.

    Raises BooksError when it never had one.
    """
    by_id = {each.subscription_id: each for each in bought}
    owners = {old.subscription_id}
    before = by_id.get(old.changed_from)
    while before is not None and before.kind == old.kind:
        owners.add(before.subscription_id)
        before = by_id.get(before.changed_from)
    own = [key for key in held if key.subscription_id in owners]
    if not own:
        raise BooksError(
            f"{old.subscription_id} never had a key, so nothing says whose its next one is. "
            "Subscribe anew with --project."
        )
    return own[-1]


def next_id(customer: Customer, bought: Sequence[Subscription], files: CustomerFiles) -> str:
    """Return an id that neither books nor files have."""
    stem = f"sub_{customer.organization_id.removeprefix('org_')}"
    taken = {each.subscription_id for each in bought}
    for number in count(len(bought) + 1):
        wanted = f"{stem}_{number}"
        if wanted not in taken and not files.has("subscriptions", "subscription_id", wanted):
            return wanted
    raise AssertionError


def end_of_term(starts_at: datetime, customer: Customer, months: int | None) -> datetime | None:
    """Return the instant so many months after a start; None is open."""
    if months is None:
        return None
    _require_months(months)
    return period_start(starts_at, customer.zone, months)


def later_end(
    old: Subscription, counted_from: datetime, customer: Customer, months: int | None
) -> datetime | None:
    """Count on from the period that the present end cuts or closes."""
    if months is None or old.ends_at is None:
        return None
    _require_months(months)
    for number in count(1):
        if period_start(counted_from, customer.zone, number) >= old.ends_at:
            return period_start(counted_from, customer.zone, number + months)
    raise AssertionError


def _require_months(months: int) -> None:
    if not 0 < months <= MOST_MONTHS:
        raise BooksError(f"{months} is no number of months. Write one from 1 to {MOST_MONTHS}.")
