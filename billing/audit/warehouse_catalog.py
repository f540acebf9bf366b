"""One organization's terms and list prices as the warehouse holds them.

Here: the same row types as `catalog_rows` and `price_rows`, read from the warehouse for
explaining. Keep out: the second engine, which reads the files themselves.
"""

import duckdb

from billing.audit.catalog_rows import (
    Contract,
    ContractPrice,
    Discount,
    Price,
    Profile,
    SpendTerm,
)
from billing.audit.exchange import ExchangeTerm
from billing.audit.price_book import PriceBook
from billing.audit.price_files import price_window
from billing.audit.price_rows import Model, PriceAdjustment, RegionUplift
from billing.audit.terms import Terms
from billing.audit.warehouse_volumes import read_volume_terms
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
_EXCHANGE_TERMS = """
select terms.contract_id, terms.date_rule, terms.max_age_days, terms.price_digits
from catalog.exchange_terms as terms
inner join catalog.contracts as contracts on terms.contract_id = contracts.contract_id
where contracts.organization_id = ? order by terms.contract_id
"""
_DISCOUNTS = """
select discount_id, contract_id, priority, discount_pct, model_id, valid_from_date, valid_to_date,
       family, provider, service_tier, meter
from catalog.discounts where organization_id = ? order by priority, discount_id
"""
_SPEND_TERMS = """
select spend_term_id, contract_id, kind, period, currency, amount, valid_from_date, valid_to_date
from catalog.spend_terms where organization_id = ? order by spend_term_id
"""
_PRICES = """
select price_id, model_id, meter, service_tier, context_above_tokens, region, currency,
       unit_price, valid_from_at, valid_to_at, price_window_id
from catalog.prices where model_id = ? and meter = ? and service_tier = ? order by price_id
"""
_ADJUSTMENTS = """
select adjustment_id, contract_id, model_id, family, provider, off_pct, valid_from_date,
       valid_to_date
from catalog.price_adjustments where organization_id = ? order by adjustment_id
"""
_MODELS = "select model_id, provider, family from catalog.models"
_WINDOWS = """
select price_window_id, starts_time, ends_time, weekdays, zone from catalog.price_windows
where price_window_id in (select unnest(?::varchar[])) order by price_window_id
"""
_UPLIFTS = """
select uplift_id, provider, model_id, region, uplift_pct, valid_from_at, valid_to_at
from catalog.region_uplifts order by uplift_id
"""
_WINDOW_COLUMNS = ("price_window_id", "starts_time", "ends_time", "weekdays", "zone")


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
    adjustments = connection.execute(_ADJUSTMENTS, [organization_id]).fetchall()
    bounds = connection.execute(_SPEND_TERMS, [organization_id]).fetchall()
    return Terms(
        Profile(*profiles[0]),
        [Contract(*row) for row in contracts],
        [ContractPrice(*row) for row in prices],
        [Discount(*row) for row in discounts],
        [PriceAdjustment(*row) for row in adjustments],
        _models(connection),
        [SpendTerm(*row) for row in bounds],
        read_volume_terms(connection, organization_id),
        {
            row[0]: ExchangeTerm(*row)
            for row in connection.execute(_EXCHANGE_TERMS, [organization_id]).fetchall()
        },
    )


def read_price_book(
    connection: duckdb.DuckDBPyConnection, model_id: str, meter: str, service_tier: str
) -> PriceBook:
    """Read all list prices of one model, meter and tier, with their windows, and all uplifts."""
    prices = connection.execute(_PRICES, [model_id, meter, service_tier]).fetchall()
    rows = [Price(*row) for row in prices]
    used = sorted({row.price_window_id for row in rows} - {""})
    windows = connection.execute(_WINDOWS, [used]).fetchall()
    return PriceBook(
        rows,
        [price_window(dict(zip(_WINDOW_COLUMNS, row, strict=True))) for row in windows],
        [RegionUplift(*row) for row in connection.execute(_UPLIFTS).fetchall()],
        _models(connection),
    )


def _models(connection: duckdb.DuckDBPyConnection) -> dict[str, Model]:
    return {row[0]: Model(*row) for row in connection.execute(_MODELS).fetchall()}
