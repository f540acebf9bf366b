"""What a fee line rests on: the subscription, its monthly fee, and for how many days it is.

Here: the rows behind a fee and the days of its period. Keep out: words (`explain_text`) and
amounts, which come from the document.
"""

from datetime import date, timedelta
from typing import Any

import duckdb

from billing.audit.local_time import add_months
from billing.audit.plain_rows import PlainRow, plain_rows

_SOLD = """
select subscriptions.subscription_id, subscriptions.starts_date, subscriptions.ends_date,
       {what}, subscriptions.currency, subscriptions.changed_from,
       subscriptions.counted_from_date, subscriptions.changed_date
from catalog.subscriptions as subscriptions
"""
_PLAN = f"""
{_SOLD.format(what="plans.plan_id, plans.name, plans.monthly_fee")}
inner join catalog.plans as plans on subscriptions.plan_id = plans.plan_id
where subscriptions.subscription_id = ? and plans.plan_id = ?
"""
_ITEM = f"""
{_SOLD.format(what="items.model_id, items.service_tier, items.monthly_fee")}
inner join catalog.subscription_items as items
    on subscriptions.subscription_id = items.subscription_id
where subscriptions.subscription_id = ? and items.model_id = ? and items.service_tier = ?
"""


def fee_basis(connection: duckdb.DuckDBPyConnection, line: PlainRow) -> dict[str, Any]:
    """Return the subscription and the plan or item behind a fee line, and the days it is for."""
    names = ("plan_id",) if line["line_kind"] == "plan_fee" else ("model_id", "service_tier")
    query = _PLAN if line["line_kind"] == "plan_fee" else _ITEM
    parameters = [line["subscription_id"], *(line[name] for name in names)]
    found = next(iter(plain_rows(connection, query, parameters)), None)
    return {"subscription": found, "days": None if found is None else _days(line, found)}


def _days(line: PlainRow, sold: PlainRow) -> dict[str, Any]:
    """Count the days of the period, those that are charged and those that stay charged."""
    first, last = (date.fromisoformat(line[f"period_{name}_date"]) for name in ("first", "last"))
    counted_from, starts = (
        date.fromisoformat(sold[name]) for name in ("counted_from_date", "starts_date")
    )
    passed = (first.year - counted_from.year) * 12 + first.month - counted_from.month
    if add_months(counted_from, passed) > first:
        passed -= 1
    begins, following = (add_months(counted_from, passed + each) for each in (0, 1))
    end = last + timedelta(days=1)
    is_note = line["corrects_month"] < line["billing_month"]
    charged_from = max(begins, starts) if is_note else first
    is_cut = end.isoformat() == sold["changed_date"] and not is_note
    charged_to = end if is_cut else following
    return {
        "period_first_day": begins.isoformat(),
        "period_last_day": (following - timedelta(days=1)).isoformat(),
        "period_days": (following - begins).days,
        "charged_days": (charged_to - charged_from).days,
        "kept_days": (first - charged_from).days if is_note else None,
    }
