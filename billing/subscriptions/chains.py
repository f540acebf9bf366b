"""Subscriptions that were changed into one another, seen from one of them.

Here: where its periods are counted from, and which of them carry its keys. Keep out: the act of
changing (`changing`) and fees (`dbt_project`).
"""

from collections.abc import Sequence
from datetime import datetime

from billing.books.accounts import Subscription


def counted_from(bought: Sequence[Subscription], own: Subscription) -> datetime:
    """Return the instant its periods are counted from: the start of the first of its changes."""
    by_id = {each.subscription_id: each for each in bought}
    while own.changed_from:
        own = by_id[own.changed_from]
    return own.starts_at


def carriers(bought: Sequence[Subscription], own: Subscription) -> list[Subscription]:
    """Return it and what it was changed into, as long as the kind and so the keys stayed."""
    into = {each.changed_from: each for each in bought if each.changed_from}
    found = [own]
    while (following := into.get(found[-1].subscription_id)) and following.kind == own.kind:
        found.append(following)
    return found


def carrier_at(bought: Sequence[Subscription], own: Subscription, at: datetime) -> Subscription:
    """Return the one of its carriers that counts at an instant: the last that has begun."""
    carrying = carriers(bought, own)
    return [each for each in carrying if each.starts_at <= at or each is own][-1]
