"""Subscription fees: which periods begin in a month, and what they cost.

Here: the anniversary months of a subscription and one line per plan or item. Add here when a
fee is prorated. Keep out: usage, which a subscription includes.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing.audit.catalog_rows import CatalogFiles, Subscription
from billing.audit.lines import Line, LineKey
from billing.audit.local_time import add_months
from billing.audit.tax import Tax


def fee_lines(
    files: CatalogFiles, subscriptions: Iterable[Subscription], month: date, tax: Tax
) -> list[Line]:
    """Return the fees of one organization's periods that begin in `month`, in order."""
    lines = [
        line
        for subscription in subscriptions
        for period in _periods_from(subscription, month)
        for line in _fees(files, subscription, period, tax)
    ]
    return sorted(lines, key=lambda line: (line.key.period_first_date, line.key))


def _periods_from(subscription: Subscription, month: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of the anniversary months that begin in `month`, cut at the end."""
    starts = subscription.starts
    elapsed = (month.year - starts.year) * 12 + month.month - starts.month
    first = add_months(starts, elapsed)
    if elapsed >= 0 and first < subscription.ends:
        following = min(add_months(starts, elapsed + 1), subscription.ends)
        yield first, following - timedelta(days=1)


def _fees(
    files: CatalogFiles, subscription: Subscription, period: tuple[date, date], tax: Tax
) -> Iterator[Line]:
    if subscription.kind == "plan":
        fee = files.plan_fees[subscription.plan_id]
        yield _line(("plan_fee", "", "", subscription.plan_id), period, fee, tax)
        return
    for item in files.items:
        if item.subscription_id == subscription.subscription_id:
            what = ("item_fee", item.model_id, item.service_tier, "")
            yield _line(what, period, item.monthly_fee, tax)


def _line(
    what: tuple[str, str, str, str], period: tuple[date, date], fee: Decimal, tax: Tax
) -> Line:
    kind, model_id, service_tier, plan_id = what
    month = period[0].replace(day=1)
    priced_by = ("", "", "", "", 0)
    key = LineKey(kind, month, model_id, "", service_tier, 0, None, *priced_by, plan_id, period[0])
    return Line(key, period[1], "", 1, 1, fee, 1, fee, fee, tax)
