"""From the text of exchange_rates.csv, exchange_terms.csv and seller.csv to the audit's rows.

Here: one reader per file. Keep out: opening files (`catalog_files`) and choosing a rate
(`exchange`).
"""

from collections.abc import Mapping
from decimal import Decimal

from billing.audit.catalog_rows import Accounts
from billing.audit.exchange import ExchangeRate, ExchangeTerm
from billing.audit.local_time import day_of

Row = Mapping[str, str]


def exchange_rate(row: Row) -> ExchangeRate:
    """Read a published rate."""
    return ExchangeRate(
        row["source"],
        row["base_currency"],
        row["quote_currency"],
        day_of(row["rate_date"]),
        Decimal(row["rate"]),
    )


def exchange_term(row: Row) -> ExchangeTerm:
    """Read how a contract's prices are converted."""
    return ExchangeTerm(
        row["contract_id"], row["date_rule"], int(row["max_age_days"]), int(row["price_digits"])
    )


def accounts(row: Row) -> Accounts | None:
    """Read the seller's accounting currency; None without one."""
    if not row.get("accounting_currency"):
        return None
    age = row.get("accounting_max_age_days")
    return Accounts(row["accounting_currency"], row["accounting_source"], int(age) if age else None)
