"""The parts of periods of plans that include a quantity: when usage counts, and for which days.

Here: the months of a subscription as instants and as days, cut by changes and ends, and the
quarter hours they count. Keep out: reading usage (`overage_usage`) and amounts (`overages`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.audit.catalog_rows import Subscription
from billing.audit.local_time import NO_DAY, add_months, last_day_before, midnight
from billing.audit.windows import Window

DAY = timedelta(days=1)
QUARTER_HOUR = timedelta(minutes=15)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Counted:
    """Quarter hours of one subscription's usage from `counts_from` up to `counts_to`."""

    subscription_id: str
    counts_from: datetime
    counts_to: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What of a period one subscription has; it ended in the month `window.service_month`.

    Quarter hours from `counts_from` up to `counts_to` count, and so does `before`: what others
    were used on its first day that have no day of their own. Of what is included for all `length`
    days of the period, the part has that of `days`.
    """

    own: Subscription
    window: Window
    first: date
    last: date
    days: int
    length: int
    counts_from: datetime
    counts_to: datetime
    before: tuple[Counted, ...] = ()

    @property
    def counted(self) -> tuple[Counted, ...]:
        """All that counts, by subscription."""
        own = Counted(self.own.subscription_id, self.counts_from, self.counts_to)
        return (own, *self.before)


def parts_of(subscriptions: Sequence[Subscription], zone: str, window: Window) -> Iterator[Part]:
    """Yield the parts of one organization's plans that ended in the month of a window."""
    by_id = {each.subscription_id: each for each in subscriptions}
    changed = {each.changed_from: each.starts for each in subscriptions if each.changed_from}
    for own in subscriptions:
        if own.kind != "plan":
            continue
        root = _root(by_id, own)
        month = window.service_month
        elapsed = (month.year - root.starts.year) * 12 + month.month - root.starts.month
        for number in (elapsed - 1, elapsed):
            if number < 0:
                continue
            left = changed.get(own.subscription_id, NO_DAY)
            part = _part(own, root, left, zone, number, window)
            if part is None:
                continue
            yield replace(part, before=tuple(_before(by_id, part, root, zone, number)))


def _root(by_id: Mapping[str, Subscription], own: Subscription) -> Subscription:
    while own.changed_from:
        own = by_id[own.changed_from]
    return own


def _part(
    own: Subscription, root: Subscription, left: date, zone: str, number: int, window: Window
) -> Part | None:
    """Return what a subscription has of a period; None without a day, or in another month."""
    begins, following = (add_months(root.starts, number + each) for each in (0, 1))
    first, end = max(begins, own.starts), min(following, own.ends)
    if first >= end:
        return None
    begins_at, following_at = (_anniversary(root, zone, number + each) for each in (0, 1))
    ends_at = _ends_at(own, zone)
    starts_at = _starts_at(own, zone) if own.starts == first else begins_at
    # An end at midnight is of the month that begins then: that one is open while the end may move.
    over_at = ends_at + MICROSECOND if ends_at < following_at else following_at
    if last_day_before(over_at, zone).replace(day=1) != window.service_month:
        return None
    return Part(
        own,
        window,
        first,
        end - DAY,
        (min(following, left) - first).days,
        (following - begins).days,
        _quarter_hour(starts_at),
        _quarter_hour(following_at) if following_at < ends_at else _quarter_hour_after(ends_at),
    )


def _before(
    by_id: Mapping[str, Subscription], part: Part, root: Subscription, zone: str, number: int
) -> Iterator[Counted]:
    """Yield what those were used that were changed on the first day of a part and had none of it.

    The day is that of whoever has it at its end. One that began earlier has no day of a period
    that begins on the day itself.
    """
    own, day = part.own, part.first
    while own.changed_from and own.starts == day:
        own = by_id[own.changed_from]
        if own.starts == day:
            begins_at = _starts_at(own, zone)
        elif add_months(root.starts, number) == day:
            begins_at = _anniversary(root, zone, number)
        else:
            return
        ends_at = _ends_at(own, zone)
        if begins_at < ends_at:
            yield Counted(
                own.subscription_id, _quarter_hour(begins_at), _quarter_hour_after(ends_at)
            )


def _starts_at(own: Subscription, zone: str) -> datetime:
    return own.starts_at or midnight(own.starts, zone)


def _ends_at(own: Subscription, zone: str) -> datetime:
    return own.ends_at or midnight(own.ends, zone)


def _anniversary(root: Subscription, zone: str, months: int) -> datetime:
    """Return when so many months after the first start are over: at its local time of day."""
    starts_at = _starts_at(root, zone)
    if months == 0:
        return starts_at
    local = starts_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    day = add_months(local.date(), months)
    later = datetime.combine(day, local.time().replace(fold=0), ZoneInfo(zone))
    return later.astimezone(UTC).replace(tzinfo=None)


def _quarter_hour(instant: datetime) -> datetime:
    return instant - (instant - EPOCH) % QUARTER_HOUR


def _quarter_hour_after(instant: datetime) -> datetime:
    return instant + (EPOCH - instant) % QUARTER_HOUR
