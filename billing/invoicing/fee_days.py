"""How many days of its period a fee is for, where it is not for all of them.

Here: counting days of a line's period. Keep out: amounts, which come by days from the warehouse
(`int_subscriptions__fee_lines`).
"""

from datetime import date, timedelta
from typing import Any

from billing.invoicing.marts import Row
from billing.periods import BillingMonth


def fee_term(line: Row) -> dict[str, Any] | None:
    """Say how many days of how many a fee line is for; None for a whole period or no fee.

    What is given back ends with its period, and a part that a change cut with the change; any
    other end is only shown, since its fee is whole.
    """
    if not line["subscription_id"]:
        return None
    first, end = line["period_first_date"], line["period_last_date"] + timedelta(days=1)
    begins, following = _period_around(line["counted_from_date"], first)
    is_cut = end == line["changed_date"] and line["corrects_month"] == line["billing_month"]
    days = ((end if is_cut else following) - first).days
    length = (following - begins).days
    if days == length:
        return None
    return {"kind": "days", "name": "", "up_to_quantity": length, "used_quantity": days}


def fee_words(line: Row) -> str:
    """Describe the days in plain English, after a comma; empty for a whole period."""
    term = fee_term(line)
    return "" if term is None else f", {term['used_quantity']} of {term['up_to_quantity']} days"


def _period_around(counted_from: date, day: date) -> tuple[date, date]:
    """Return the first day of the period a day lies in, and of the one after it."""
    passed = (day.year - counted_from.year) * 12 + day.month - counted_from.month
    if _anniversary(counted_from, passed) > day:
        passed -= 1
    return _anniversary(counted_from, passed), _anniversary(counted_from, passed + 1)


def _anniversary(counted_from: date, months: int) -> date:
    month = BillingMonth.of(counted_from).shift(months)
    return month.first_day.replace(day=min(counted_from.day, month.last_day.day))
