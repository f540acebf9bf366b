"""What a line of an overage rests on: the plan's row, the period, what was used and included.

Here: the rows behind it, and its usage down to quarter hours, files and requests. Keep out:
words (`explain_overage_text`), fees (`fee_basis`) and amounts, which come from the document.
"""

from typing import Any

import duckdb

from billing.audit.local_time import day_of, instant_of
from billing.audit.plain_rows import PlainRow, plain_rows
from billing.audit.terms import Slice, Stretch
from billing.audit.trace import Source
from billing.audit.traced_usage import Bounds, parameters_of, rolled_up, sampled
from billing.audit.usage import MAIN_METERS, MODALITY_METERS
from billing.audit.windows import BEFORE_FIRST_FILE, Window

_OVERAGE = """
select overages.plan_overage_id, overages.plan_id, plans.name as plan_name, overages.counted,
       overages.model_id, terms.included_quantity as monthly_quantity, overages.included_days,
       overages.period_days, overages.included_quantity, overages.used_quantity,
       overages.billed_before_quantity, overages.unit_price, overages.currency,
       overages.subscription_id, overages.counts_from_at, overages.counts_to_at,
       overages.up_to_sequence
from intermediate.int_subscriptions__overages as overages
left join catalog.plan_overages as terms on overages.plan_overage_id = terms.plan_overage_id
left join catalog.plans as plans on overages.plan_id = plans.plan_id
where overages.subscription_id = ? and overages.billing_month = ?
and overages.corrects_month = ? and overages.period_first_date = ?
and overages.model_id = ? and overages.counted = ? || 's'
"""
_NAMES = (
    "subscription_id", "billing_month", "corrects_month", "period_first_date", "model_id", "meter"
)  # fmt: skip
_KEYS = """
select keys.usage_key_id, stretches.counts_from_at, stretches.counts_to_at,
       greatest(sold.starts_at, stretches.counts_from_at) as starts_at,
       least(sold.ends_at, stretches.counts_to_at) as ends_at
from intermediate.int_subscriptions__overage_stretches as stretches
inner join intermediate.dim_usage_key as keys
    on keys.payer = 'subscription' and keys.payer_id = stretches.counted_subscription_id
inner join catalog.subscriptions as sold on keys.payer_id = sold.subscription_id
left join catalog.models as models on keys.requested_model_id = models.model_id
where stretches.subscription_id = $subscription
and stretches.billing_month = $billing_month
and stretches.period_first_date = $period_first_date
and keys.not_billed_reason = 'included_in_subscription'
and $model in ('', keys.requested_model_id)
and ($counted <> 'generations' or models.modality in ('image', 'video'))
order by keys.usage_key_id
"""
_OF_KEYS = """
    inner join sources
        on usage.usage_key_id = sources.usage_key_id
        and usage.quarter_hour >= sources.starts_at and usage.quarter_hour < sources.ends_at
        and usage.ingest_sequence <= sources.up_to_sequence
"""
_PICTURES = "meter in ('image', 'generation')"
_TOKENS = f"meter in ({', '.join(repr(meter) for meter in MODALITY_METERS)})"
_ALL_TOKENS = " + ".join(f"{{table}}.{meter}_tokens" for meter in MAIN_METERS)
_MAIN = {
    "tokens": _ALL_TOKENS.format(table="usage"),
    "requests": "usage.requests",
    "generations": "usage.requests",
}
_OTHER = {
    "tokens": f"case when {_TOKENS} then usage.quantity else 0 end",
    "requests": "0",
    "generations": f"case when {_PICTURES} then usage.quantity - usage.requests else 0 end",
}
_OF_EVENT = {
    "tokens": f"({_ALL_TOKENS.format(table='events')} + coalesce(side.tokens, 0))",
    "requests": "1",
    "generations": "(1 + coalesce(side.more_generations, 0))",
}
_SIDE = f"""
left join (
    select ingest_sequence, line_number, sum(quantity) filter (where {_TOKENS}) as tokens,
           sum(quantity - 1) filter (where {_PICTURES}) as more_generations
    from raw.usage_event_meter where fate = 'accepted' group by ingest_sequence, line_number
) as side
    on events.ingest_sequence = side.ingest_sequence and events.line_number = side.line_number
"""


def overage_basis(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, bounds: Bounds | None
) -> dict[str, Any]:
    """Return what the plan includes, what was used and what was billed before; usage if asked."""
    found = plain_rows(connection, _OVERAGE, [line[name] for name in _NAMES])
    if not found:
        return {"overage": None}
    (overage,) = found
    if bounds is None:
        return {"overage": overage}
    return {"overage": overage, "usage": _usage(connection, line, overage, bounds)}


def _usage(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, overage: PlainRow, bounds: Bounds
) -> dict[str, Any]:
    counted = overage["counted"]
    keys = connection.execute(
        _KEYS,
        {
            "subscription": overage["subscription_id"],
            "billing_month": line["billing_month"],
            "period_first_date": line["period_first_date"],
            "model": overage["model_id"],
            "counted": counted,
        },
    ).fetchall()
    starts_at, ends_at = (instant_of(overage[f"counts_{edge}_at"]) for edge in ("from", "to"))
    starts_at = min([starts_at, *(begins for _, begins, *_ in keys)])
    month, last = day_of(line["service_month"]), overage["up_to_sequence"]
    window = Window(line["organization_id"], month, starts_at, ends_at, BEFORE_FIRST_FILE, last)

    def source(key: int, begins: Any, ends: Any) -> Source:  # noqa: ANN401  # as DuckDB has it
        return Source(key, Slice(window, Stretch(month, begins, ends), begins, ends))

    rolled = parameters_of([source(*key[:3]) for key in keys])
    rows = " union all ".join(
        f"select usage.quarter_hour, usage.ingest_sequence, {quantities[counted]} as quantity "
        f"from intermediate.{table} as usage {_OF_KEYS} where {quantities[counted]} <> 0"
        for table, quantities in (
            ("int_usage__quarter_hours", _MAIN),
            ("int_usage__quarter_hour_meters", _OTHER),
        )
    )
    # Within a quarter hour a subscription begins and ends at an instant, as its keys know.
    events = parameters_of([source(key[0], *key[3:]) for key in keys])
    events += [line["organization_id"], starts_at, ends_at]
    requests = sampled(connection, (_OF_EVENT[counted], _SIDE), events, bounds)
    return {**rolled_up(connection, rows, rolled, bounds), "requests": requests}
