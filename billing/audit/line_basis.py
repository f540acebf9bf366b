"""What a document line rests on: charges, prices, contracts, discounts, amendments.

Here: one reader per kind of row behind a line. Add one when a line rests on another row. Keep
out: fees (`fee_basis`), usage (`traced_usage`) and words.
"""

from typing import Any

import duckdb

from billing.audit.plain_rows import PlainRow, plain_rows
from billing.audit.trace import PAYER_OF_MODE

_OF_LINE = """
charges.organization_id = ? and charges.billing_month = ? and charges.payer = ?
and charges.service_month = ? and charges.terms_from_at = ? and charges.model_id = ?
and charges.meter = ? and charges.service_tier = ? and charges.context_band = ?
and coalesce(charges.price_id, '') = ? and coalesce(charges.contract_price_id, '') = ?
and charges.corrects_month = ?
and charges.allowance_id = ? and charges.tier_schedule_id = ? and charges.tier_step = ?
and case when charges.agreed_uplift_pct = 0 then '' else charges.uplift_id end = ?
and charges.adjustment_id = ?
"""
_CHARGES = f"""
select charges.project_id, charges.region, charges.quantity, charges.charged_quantity,
       charges.package_size, charges.contract_id, charges.price_currency,
       charges.agreed_currency, charges.currency, charges.uplift_id, charges.uplift_pct,
       charges.adjustment_id, charges.off_pct, charges.exchange_rate,
       charges.exchange_rate_date, charges.exchange_source, charges.list_price,
       charges.unit_price, charges.list_amount, charges.contracted_amount,
       charges.discount_amount, charges.net_amount
from intermediate.int_rating__charges as charges where {_OF_LINE}
order by charges.project_id, charges.region
"""
_DISCOUNTS = f"""
select steps.step, steps.discount_id, discounts.name, steps.discount_pct, discounts.model_id,
       discounts.family, discounts.provider, discounts.service_tier, discounts.meter,
       discounts.valid_from_date, discounts.valid_to_date,
       cast(sum(steps.base_amount) as decimal(38, 12)) as base_amount,
       cast(sum(steps.discount_amount) as decimal(38, 12)) as discount_amount
from intermediate.int_rating__charges as charges
inner join intermediate.int_rating__discounts as steps on charges.charge_id = steps.charge_id
left join catalog.discounts as discounts on steps.discount_id = discounts.discount_id
where {_OF_LINE} group by all order by steps.step, steps.discount_id
"""
_PRICE = """
select price_id, model_id, meter, service_tier, context_above_tokens, region, currency,
       unit_price, valid_from_at, valid_to_at, source, checked_date, price_window_id
from catalog.prices where price_id = ?
"""
_PRICE_WINDOW = """
select windows.price_window_id, windows.starts_time, windows.ends_time, windows.weekdays,
       windows.zone
from catalog.price_windows as windows
inner join catalog.prices as prices on windows.price_window_id = prices.price_window_id
where prices.price_id = ?
"""
_UPLIFT = """
select uplift_id, provider, model_id, region, uplift_pct, valid_from_at, valid_to_at, source,
       checked_date
from catalog.region_uplifts where uplift_id = ?
"""
_ADJUSTMENT = """
select adjustment_id, contract_id, model_id, family, provider, off_pct, valid_from_date,
       valid_to_date
from catalog.price_adjustments where adjustment_id = ?
"""
_CONTRACT_PRICE = """
select contract_price_id, contract_id, model_id, meter, service_tier, context_above_tokens,
       currency, unit_price, valid_from_date, valid_to_date
from catalog.contract_prices where contract_price_id = ?
"""
_ALLOWANCE = """
select allowance_id, contract_id, name, meter, model_id, model_group_id, quantity,
       valid_from_date, valid_to_date
from catalog.allowances where allowance_id = ?
"""
_TIER_STEP = """
select schedules.tier_schedule_id, schedules.contract_id, schedules.name, schedules.kind,
       schedules.meter, schedules.model_id, schedules.model_group_id, schedules.currency,
       schedules.package_size, schedules.valid_from_date, schedules.valid_to_date,
       steps.tier_step, steps.above_quantity,
       nullif(steps.up_to_quantity, 9223372036854775807) as up_to_quantity, steps.unit_price
from catalog.tier_schedules as schedules
inner join intermediate.int_rating__tier_steps as steps
    on schedules.tier_schedule_id = steps.tier_schedule_id
where schedules.tier_schedule_id = ? and steps.tier_step = ?
"""
_CONTRACT = """
select contracts.contract_id, contracts.price_by, contracts.exchange_source,
       coalesce(terms.date_rule, 'invoice_date') as date_rule, terms.max_age_days,
       coalesce(terms.price_digits, 12) as price_digits, contracts.valid_from_date,
       contracts.valid_to_date
from catalog.contracts as contracts
left join catalog.exchange_terms as terms on contracts.contract_id = terms.contract_id
where contracts.contract_id = ?
"""
_OUTCOME_RULES = """
select outcome, is_billed, not_billed_reason from catalog.contract_outcome_rules
where contract_id = ? order by outcome
"""
_OF_MONTH = "organization_id = ? and billing_month = ? and service_month = ?"
_OF_PLACE = f"""
{_OF_MONTH} and payment_mode = ? and model_id = ? and meter = ? and service_tier = ?
and tax_category = ? and tax_rate = ?
"""
_AMENDMENTS = f"""
select amendment_id, reason from books.amendment where {_OF_MONTH} order by amendment_id
"""
_FILED = f"""
select number, cast(sum(net_amount) as decimal(38, 12)) as net_amount
from books.billed_line where {_OF_PLACE} group by number order by number
"""
_RERATED = f"""
select rated_month, net_amount from books.rerated_line where {_OF_PLACE} order by rated_month
"""


def usage_basis(connection: duckdb.DuckDBPyConnection, line: PlainRow) -> dict[str, Any]:
    """Return the charges of a usage line and the price, contract and discount rows they name."""
    grain = [
        line["organization_id"],
        line["billing_month"],
        PAYER_OF_MODE[line["payment_mode"]],
        line["service_month"],
        line["terms_from_at"],
        line["model_id"],
        line["meter"],
        line["service_tier"],
        line["context_band"],
        line["price_id"] or "",
        line["contract_price_id"] or "",
        line["corrects_month"],
        line["allowance_id"],
        line["tier_schedule_id"],
        line["tier_step"],
        line["uplift_id"],
        line["adjustment_id"],
    ]
    charges = plain_rows(connection, _CHARGES, grain)
    contract_id = charges[0]["contract_id"] if charges else ""
    return {
        "charges": charges,
        "price": _one(connection, _PRICE, [line["price_id"]]),
        "price_window": _one(connection, _PRICE_WINDOW, [line["price_id"]]),
        "uplift": _one(connection, _UPLIFT, [line["uplift_id"]]),
        "adjustment": _one(connection, _ADJUSTMENT, [line["adjustment_id"]]),
        "contract_price": _one(connection, _CONTRACT_PRICE, [line["contract_price_id"]]),
        "allowance": _one(connection, _ALLOWANCE, [line["allowance_id"]]),
        "tier": _one(connection, _TIER_STEP, [line["tier_schedule_id"], line["tier_step"]]),
        "contract": _one(connection, _CONTRACT, [contract_id]),
        "outcome_rules": plain_rows(connection, _OUTCOME_RULES, [contract_id]),
        "discounts": plain_rows(connection, _DISCOUNTS, grain),
    }


def adjustment_basis(connection: duckdb.DuckDBPyConnection, line: PlainRow) -> dict[str, Any]:
    """Return the amendments behind an adjustment, and both sides it is the difference of.

    The warehouse holds them for the month closed last.
    """
    month = [line["organization_id"], line["billing_month"], line["service_month"]]
    place = [
        *month,
        *(line[name] for name in ("payment_mode", "model_id", "meter", "service_tier")),
        line["tax_category"],
        line["tax_rate"],
    ]
    return {
        "amendments": plain_rows(connection, _AMENDMENTS, month),
        "filed": plain_rows(connection, _FILED, place),
        "rerated": plain_rows(connection, _RERATED, place),
    }


def _one(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object]
) -> PlainRow | None:
    return next(iter(plain_rows(connection, query, parameters)), None)
