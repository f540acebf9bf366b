"""One organization's terms and list prices as the warehouse holds them.

Here: the same row types as `catalog_rows`, read from the warehouse for explaining. Keep out:
the second engine, which reads the files themselves.
"""

import duckdb

from billing.audit.catalog_rows import Contract, ContractPrice, Discount, Price, Profile
from billing.audit.terms import Terms
from billing.audit.volume_files import groups_of, models_of
from billing.audit.volume_terms import Allowance, TierSchedule, TierStep, VolumeTerms
from billing.errors import MeterbookError

_PROFILE = """
select organization_id, currency, zone, tax_treatment_id, invoice_when_empty
from catalog.billing_profiles where organization_id = ?
"""
_CONTRACTS = """
select contract_id, organization_id, price_by, exchange_source, valid_from_date, valid_to_date
from catalog.contracts where organization_id = ? order by contract_id
"""
_CONTRACT_PRICES = """
select contract_price_id, contract_id, model_id, meter, service_tier, context_above_tokens,
       currency, unit_price, valid_from_date, valid_to_date
from catalog.contract_prices where organization_id = ? order by contract_price_id
"""
_DISCOUNTS = """
select discount_id, contract_id, priority, discount_pct, model_id, valid_from_date, valid_to_date
from catalog.discounts where organization_id = ? order by priority, discount_id
"""
_ALLOWANCES = """
select allowance_id, contract_id, meter, model_id, model_group_id, quantity, valid_from_date,
       valid_to_date
from catalog.allowances where organization_id = ? order by allowance_id
"""
_SCHEDULES = """
select tier_schedule_id, contract_id, kind, meter, model_id, model_group_id, currency,
       package_size, valid_from_date, valid_to_date
from catalog.tier_schedules where organization_id = ? order by tier_schedule_id
"""
_GROUPS = "select model_group_id, model_id from catalog.model_groups"
_STEPS = """
select steps.tier_schedule_id, steps.above_quantity, steps.unit_price
from catalog.tier_steps as steps
inner join catalog.tier_schedules as schedules
    on steps.tier_schedule_id = schedules.tier_schedule_id
where schedules.organization_id = ? order by steps.tier_schedule_id, steps.above_quantity
"""
_PRICES = """
select price_id, model_id, meter, service_tier, context_above_tokens, region, currency,
       unit_price, valid_from_at, valid_to_at
from catalog.prices where model_id = ? and meter = ? and service_tier = ? order by price_id
"""


def read_terms(connection: duckdb.DuckDBPyConnection, organization_id: str) -> Terms:
    """Read an organization's terms. Raises MeterbookError when it has no billing profile."""
    profiles = connection.execute(_PROFILE, [organization_id]).fetchall()
    if not profiles:
        raise MeterbookError(
            f"The warehouse knows no organization {organization_id}. Close the month again."
        )
    contracts = connection.execute(_CONTRACTS, [organization_id]).fetchall()
    prices = connection.execute(_CONTRACT_PRICES, [organization_id]).fetchall()
    discounts = connection.execute(_DISCOUNTS, [organization_id]).fetchall()
    return Terms(
        Profile(*profiles[0]),
        [Contract(*row) for row in contracts],
        [ContractPrice(*row) for row in prices],
        [Discount(*row) for row in discounts],
        _volume_terms(connection, organization_id),
    )


def _volume_terms(connection: duckdb.DuckDBPyConnection, organization_id: str) -> VolumeTerms:
    allowances = connection.execute(_ALLOWANCES, [organization_id]).fetchall()
    schedules = connection.execute(_SCHEDULES, [organization_id]).fetchall()
    groups = groups_of(tuple(connection.execute(_GROUPS).fetchall()))
    steps: dict[str, list[TierStep]] = {}
    for schedule, above, unit_price in connection.execute(_STEPS, [organization_id]).fetchall():
        steps.setdefault(schedule, []).append(TierStep(above, unit_price))
    return VolumeTerms(
        [
            Allowance(row[0], row[1], row[2], models_of(row[3], row[4], groups), *row[5:])
            for row in allowances
        ],
        [
            TierSchedule(
                row[0],
                row[1],
                row[2],
                row[3],
                models_of(row[4], row[5], groups),
                row[6],
                row[7] or 1,
                tuple(steps[row[0]]),
                *row[8:],
            )
            for row in schedules
        ],
    )


def read_prices(
    connection: duckdb.DuckDBPyConnection, model_id: str, meter: str, service_tier: str
) -> list[Price]:
    """Read all list prices of one model, meter and tier."""
    rows = connection.execute(_PRICES, [model_id, meter, service_tier]).fetchall()
    return [Price(*row) for row in rows]
