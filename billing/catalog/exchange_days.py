"""Which day's rate converts the usage of contracts whose rate changes daily.

Here: the local days of such contracts as UTC windows, and the rates that hold on each day.
Keep out: the one rate of a month (`of_month`) and cutting months into slices (`slices`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from billing.catalog.files.exchange import DAILY
from billing.catalog.of_month import PAIR
from billing.catalog.slices import with_instants
from billing.periods import BillingMonth

Tables = Mapping[str, pl.DataFrame]


def exchange_days(tables: Tables, months: Sequence[BillingMonth]) -> pl.DataFrame:
    """Each local day of `months` on which a contract with a daily rate holds.

    Columns: organization_id, exchange_date, starts_at, ends_at.
    """
    zones = tables["billing_profiles"].select("organization_id", "zone")
    contracts = _daily(tables).join(zones, on="organization_id")
    rows = [
        (organization_id, zone, day, day + timedelta(days=1))
        for organization_id, zone, first, last in contracts.select(
            "organization_id", "zone", "valid_from_date", "valid_to_date"
        ).iter_rows()
        for day in _days(max(first, months[0].first_day), min(last, months[-1].next.first_day))
    ]
    schema = {
        "organization_id": pl.String,
        "zone": pl.String,
        "exchange_date": pl.Date,
        "following": pl.Date,
    }
    days = pl.DataFrame(rows, schema=schema, orient="row")
    bounds = {"exchange_date": "starts_at", "following": "ends_at"}
    return with_instants(days, bounds).drop("zone", "following")


def exchange_rates_of_day(tables: Tables, months: Sequence[BillingMonth]) -> pl.DataFrame:
    """Each pair's last rate published up to each day, of the sources with daily contracts.

    Columns: source, base_currency, quote_currency, exchange_date, rate, rate_date.
    """
    used = _daily(tables).select(source="exchange_source").unique()
    rates = tables["exchange_rates"].join(used, on="source", how="semi")
    span = _days(months[0].first_day, months[-1].next.first_day)
    days = pl.DataFrame({"exchange_date": span}, schema={"exchange_date": pl.Date})
    published = rates.select(*PAIR, "rate_date", "rate", exchange_date="rate_date")
    return (
        rates.select(PAIR)
        .unique()
        .join(days, how="cross")
        .sort("exchange_date")
        .join_asof(
            published.sort("exchange_date"), on="exchange_date", by=PAIR, check_sortedness=False
        )
        .filter(pl.col("rate").is_not_null())
        .select(*PAIR, "exchange_date", "rate", "rate_date")
        .sort(*PAIR, "exchange_date")
    )


def _daily(tables: Tables) -> pl.DataFrame:
    terms = tables["exchange_terms"].filter(pl.col("date_rule") == DAILY)
    return tables["contracts"].join(terms, on="contract_id", how="semi")


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]
