"""What a line of an overage rests on: the plan's row, the period, what was used and included.

Here: the rows behind it, and its usage down to quarter hours, files and requests. Keep out:
words (`explain_overage_text`), fees (`fee_basis`) and amounts, which come from the document.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from billing.audit.local_time import day_of, instant_of
from billing.audit.plain_rows import PlainRow, plain_rows, plain_value
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
_STRETCHES = """
select counted_subscription_id, counts_from_at, counts_to_at
from intermediate.int_subscriptions__overage_stretches
where subscription_id = ? and billing_month = ? and period_first_date = ?
order by counts_from_at, counted_subscription_id
"""
_KEYS = """
with stretches as (
    select unnest($subscriptions::varchar[]) as subscription_id,
           unnest($begins::timestamp[]) as counts_from_at, unnest($ends::timestamp[]) as counts_to_at
)
select keys.usage_key_id, stretches.subscription_id,
       greatest(sold.starts_at, stretches.counts_from_at) as starts_at,
       least(sold.ends_at, stretches.counts_to_at) as ends_at
from stretches
inner join intermediate.dim_usage_key as keys
    on keys.payer = 'subscription' and keys.payer_id = stretches.subscription_id
inner join catalog.subscriptions as sold on keys.payer_id = sold.subscription_id
left join catalog.models as models on keys.requested_model_id = models.model_id
where keys.not_billed_reason = 'included_in_subscription'
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

NOTHING_SHOWN = Bounds(0, 0)


class _Stretch(NamedTuple):
    """When the usage of one subscription counts in the part; quarter hours, naive UTC."""

    subscription_id: str
    counts_from_at: datetime
    counts_to_at: datetime


class _Key(NamedTuple):
    """A usage key that counts, and when it was its subscription's within the stretch."""

    usage_key_id: int
    stretch: _Stretch
    starts_at: datetime
    ends_at: datetime


def overage_basis(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, bounds: Bounds | None
) -> dict[str, Any]:
    """Return what the plan includes, what was used and billed before; usage if asked.

    `overage` has `stretches`: subscription, from, to and quantity, in order of time.
    """
    found = plain_rows(connection, _OVERAGE, [line[name] for name in _NAMES])
    if not found:
        return {"overage": None}
    (overage,) = found
    stretches = _stretches(connection, line, overage)
    keys = _keys(connection, overage, stretches)
    window = _window(line, overage, stretches)
    rows = _rolled(overage["counted"])
    told = []
    for stretch in stretches:
        own = parameters_of([_rollup(key, window) for key in keys if key.stretch == stretch])
        used = rolled_up(connection, rows, own, NOTHING_SHOWN)["quantity"]
        plain = {name: plain_value(value) for name, value in stretch._asdict().items()}
        told.append({**plain, "quantity": used})
    basis = {"overage": {**overage, "stretches": told}}
    if bounds is None:
        return basis
    rolled = parameters_of([_rollup(key, window) for key in keys])
    return {
        **basis,
        "usage": {
            **rolled_up(connection, rows, rolled, bounds),
            "requests": _requests(connection, overage["counted"], keys, window, bounds),
        },
    }


def _stretches(
    connection: duckdb.DuckDBPyConnection, line: PlainRow, overage: PlainRow
) -> list[_Stretch]:
    """Return whose usage counts and when; its own where the warehouse does not say."""
    part = [overage["subscription_id"], line["billing_month"], line["period_first_date"]]
    try:
        rows = connection.execute(_STRETCHES, part).fetchall()
    except duckdb.CatalogException:
        # An earlier version built the warehouse; the next close makes the table.
        rows = []
    own = (instant_of(overage[f"counts_{edge}_at"]) for edge in ("from", "to"))
    return [_Stretch(*row) for row in rows] or [_Stretch(overage["subscription_id"], *own)]


def _keys(
    connection: duckdb.DuckDBPyConnection, overage: PlainRow, stretches: Sequence[_Stretch]
) -> list[_Key]:
    of = {each.subscription_id: each for each in stretches}
    found = connection.execute(
        _KEYS,
        {
            "subscriptions": [each.subscription_id for each in stretches],
            "begins": [each.counts_from_at for each in stretches],
            "ends": [each.counts_to_at for each in stretches],
            "model": overage["model_id"],
            "counted": overage["counted"],
        },
    ).fetchall()
    return [_Key(key, of[subscription], *during) for key, subscription, *during in found]


def _window(line: PlainRow, overage: PlainRow, stretches: Sequence[_Stretch]) -> Window:
    month, last = day_of(line["service_month"]), overage["up_to_sequence"]
    starts_at = min(each.counts_from_at for each in stretches)
    ends_at = instant_of(overage["counts_to_at"])
    return Window(line["organization_id"], month, starts_at, ends_at, BEFORE_FIRST_FILE, last)


def _rollup(key: _Key, window: Window) -> Source:
    return _source(key, window, key.stretch.counts_from_at, key.stretch.counts_to_at)


def _source(key: _Key, window: Window, begins: datetime, ends: datetime) -> Source:
    stretch = Stretch(window.service_month, begins, ends)
    return Source(key.usage_key_id, Slice(window, stretch, begins, ends))


def _rolled(counted: str) -> str:
    return " union all ".join(
        f"select usage.quarter_hour, usage.ingest_sequence, {quantities[counted]} as quantity "
        f"from intermediate.{table} as usage {_OF_KEYS} where {quantities[counted]} <> 0"
        for table, quantities in (
            ("int_usage__quarter_hours", _MAIN),
            ("int_usage__quarter_hour_meters", _OTHER),
        )
    )


def _requests(
    connection: duckdb.DuckDBPyConnection,
    counted: str,
    keys: Sequence[_Key],
    window: Window,
    bounds: Bounds,
) -> dict[str, Any]:
    # Within a quarter hour a subscription begins and ends at an instant, as its keys know.
    events = parameters_of([_source(key, window, key.starts_at, key.ends_at) for key in keys])
    events += [window.organization_id, window.starts_at, window.ends_at]
    return sampled(connection, (_OF_EVENT[counted], _SIDE), events, bounds)
