"""The price of a share of usage: nothing for what is free, its step's price for what is tiered.

Here: from the price a usage would have to the one its share has. Keep out: which share it is
(`volume_walk`) and amounts (`rating`).
"""

from dataclasses import replace
from decimal import Decimal

from billing.audit.price_book import Wanted
from billing.audit.pricing import Applied, Gap, Pricer
from billing.audit.rounding import exact_product
from billing.audit.terms import Terms
from billing.audit.usage import Usage

NOTHING = Decimal(0)


def price_of(usage: Usage, wanted: Wanted, terms: Terms, pricer: Pricer) -> Applied | Gap:
    """Return what prices a usage, or the share of one.

    What moves from one step to another has no list price: at list it was billed before.
    """
    share = usage.share
    found: Applied | Gap
    schedule = terms.volume.schedule(share.tier_schedule_id)
    if share.is_moved and schedule:
        found = Applied(
            schedule.contract_id, "", "", 0, None, NOTHING, NOTHING,
            price_currency=schedule.currency,
        )  # fmt: skip
    else:
        found = pricer.price(usage.slice, wanted)
    if isinstance(found, Gap):
        return found
    if not share.allowance_id and schedule is None:
        return found
    found = replace(found, adjustment_id="", off_pct=NOTHING)
    if schedule is None:
        return replace(found, unit_price=NOTHING)
    what = (found.contract_id, schedule.currency)
    rate = pricer.rate(*what, usage.slice.starts_at)
    if rate is None:
        missing = pricer.no_rate(*what, usage.slice.starts_at)
        return Gap("no_exchange_rate", wanted, f"{missing} for {share.tier_schedule_id}")
    is_one = found.price_currency == schedule.currency
    step = schedule.steps[share.tier_step - 1]
    return replace(
        found,
        exchange_rate=rate.rate if is_one else None,
        exchange_rate_date=rate.rate_date if is_one else None,
        unit_price=exact_product(step.unit_price, rate.rate, pricer.digits(*what)),
        package_size=schedule.package_size,
    )
