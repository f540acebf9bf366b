"""Subscription fees: which days of which periods a month charges or gives back, and for what.

Here: the anniversary months of a subscription, the days a change leaves to it, and one line per
plan or item. Keep out: usage, which a subscription includes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.audit.catalog_rows import CatalogFiles, Subscription
from billing.audit.lines import Line, LineKey
from billing.audit.local_time import NO_DAY, add_months
from billing.audit.rounding import from_minor, half_away, to_minor
from billing.audit.tax import Tax

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """Days of a period that one subscription has; `length` is that of the whole period.

    `charged_in` is the month that charges them. Of what is given back, `kept` days stay charged.
    """

    charged_in: date
    first: date
    last: date
    days: int
    kept: int
    length: int


def fees_of(
    files: CatalogFiles,
    subscriptions: Sequence[Subscription],
    month: date,
    tax_of: Callable[[date], Tax],
    digits: int,
) -> dict[date, list[Line]]:
    """Return what `month` charges of one organization's fees and gives back of earlier ones.

    By the month that charged them, in order; `month` itself is first where it charges any.
    """
    found: dict[date, list[Line]] = {}
    for own, part in _parts(subscriptions, month):
        for line in _fees(files, own, part, tax_of, digits):
            if part.charged_in == month or line.exact:
                found.setdefault(part.charged_in, []).append(line)
    return {
        charged_in: sorted(found[charged_in], key=_order)
        for charged_in in sorted(found, reverse=True)
    }


def _order(line: Line) -> tuple[object, ...]:
    key = line.key
    return (key.line_kind != "plan_fee", key.period_first_date, key.model_id, key.service_tier)


def _parts(
    subscriptions: Sequence[Subscription], month: date
) -> Iterator[tuple[Subscription, Part]]:
    by_id = {each.subscription_id: each for each in subscriptions}
    changed = {each.changed_from: each.starts for each in subscriptions}
    for own in subscriptions:
        root = own
        while root.changed_from:
            root = by_id[root.changed_from]
        left = changed.get(own.subscription_id, NO_DAY)
        for begins, ends in _periods_around(root.starts, month):
            yield from ((own, part) for part in _parts_of(own, left, (begins, ends), month))


def _periods_around(counted_from: date, month: date) -> Iterator[tuple[date, date]]:
    """Yield start and following start of the periods that begin in a month or the one before."""
    elapsed = (month.year - counted_from.year) * 12 + month.month - counted_from.month
    for number in (elapsed - 1, elapsed):
        if number >= 0:
            yield add_months(counted_from, number), add_months(counted_from, number + 1)


def _parts_of(
    own: Subscription, left: date, period: tuple[date, date], month: date
) -> Iterator[Part]:
    """Yield what a month does with one period; the subscription was changed on the day `left`.

    A document stands for the last day of its month: it knows of changes up to then.
    """
    begins, ends = period
    first = max(begins, own.starts)
    if first >= min(ends, own.ends):
        return
    charged_in, left_in = first.replace(day=1), left.replace(day=1)
    length = (ends - begins).days
    if charged_in == month:
        until = min(left, ends) if left_in == month else ends
        shown = until if left < NO_DAY else min(own.ends, ends)
        yield Part(month, first, shown - DAY, (until - first).days, 0, length)
    elif charged_in < month == left_in and left < ends:
        yield Part(charged_in, left, ends - DAY, (ends - first).days, (left - first).days, length)


def _fees(
    files: CatalogFiles,
    own: Subscription,
    part: Part,
    tax_of: Callable[[date], Tax],
    digits: int,
) -> Iterator[Line]:
    for what, monthly_fee in _priced(files, own):
        amount = _by_days(monthly_fee, part.days, part.length, digits)
        kept = _by_days(monthly_fee, part.kept, part.length, digits)
        fee = from_minor(amount - kept, digits)
        yield _line(what, part, fee, tax_of(part.charged_in))


def _priced(
    files: CatalogFiles, own: Subscription
) -> Iterable[tuple[tuple[str, str, str, str], Decimal]]:
    if own.kind == "plan":
        yield ("plan_fee", "", "", own.plan_id), files.plan_fees[own.plan_id]
        return
    for item in files.items:
        if item.subscription_id == own.subscription_id:
            yield ("item_fee", item.model_id, item.service_tier, ""), item.monthly_fee


def _by_days(monthly_fee: Decimal, days: int, length: int, digits: int) -> int:
    """Return a monthly fee for some days of a period, in minor units."""
    return half_away(Fraction(to_minor(monthly_fee, digits) * days, length))


def _line(what: tuple[str, str, str, str], part: Part, fee: Decimal, tax: Tax) -> Line:
    kind, model_id, service_tier, plan_id = what
    priced_by = ("", "", "", "", 0)
    of_what = (model_id, "", service_tier, 0, None)
    key = LineKey(kind, part.charged_in, *of_what, *priced_by, plan_id, part.first)
    return Line(key, part.last, "", 1, 1, fee, 1, fee, fee, tax)
