"""Rules about exchange rates: terms that name a source, rates without holes, the accounts.

Here: what exchange_terms.csv and the seller's accounting currency ask of exchange_rates.csv. A
rate that usage needs and no row can give is refused when the month is rated; here it is what
the files alone show: a hole between two published days, a pair that was never published. Keep
out: which rate is chosen (`of_month`, `exchange_days`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.files.exchange import DAILY, MOST_DIGITS
from billing.catalog.of_month import PAIR
from billing.errors import Problem
from billing.periods import BillingMonth

TERMS, RATES = FILES["exchange_terms"], FILES["exchange_rates"]
_NEEDED = ("exchange_terms", "contracts", "billing_profiles", "exchange_rates")


def an_exchange_term_has_a_source(tables: Tables) -> list[Problem]:
    """Check that a contract with exchange terms names who publishes its rates."""
    silent = tables["contracts"].filter(pl.col("exchange_source") == "")
    wrong = tables["exchange_terms"].join(silent, on="contract_id", how="semi")
    message = pl.format("{} names no exchange_source in contracts.csv", "contract_id")
    remedy = "Name the source there, or remove this row."
    return found(wrong, TERMS, "contract_id", message, remedy)


def rates_have_no_hole(tables: Tables) -> list[Problem]:
    """Check that between two published rates no needed day is too far from the earlier one."""
    prices = [tables[name]["currency"] for name in ("prices", "contract_prices", "tier_schedules")]
    used = pl.concat(prices).unique().to_list()
    days = {
        pair: sorted(group["rate_date"].drop_nulls().to_list())
        for pair, group in tables["exchange_rates"].group_by(PAIR)
    }
    terms = _terms(tables).filter(pl.col("max_age_days").is_not_null())
    return [
        Problem(
            TERMS.file_name,
            f"{row['contract_id']} has no rate of {pair[1]} to {pair[2]} by {pair[0]} on {day}: "
            f"the last one, of {last}, is more than {row['max_age_days']} days old",
            f"Add the missing rates to {RATES.file_name}, or allow older ones.",
            row["row"],
            "max_age_days",
        )
        for row in terms.iter_rows(named=True)
        for pair, published in sorted(days.items())
        if (pair[0], pair[2]) == (row["exchange_source"], row["currency"]) and pair[1] in used
        for last, day in _holes(published, row)
    ]


def _holes(published: list[date], row: dict[str, object]) -> Iterator[tuple[date, date]]:
    """Yield each rate that is followed too late, with the first needed day it does not serve."""
    first, end, most = row["valid_from_date"], row["valid_to_date"], row["max_age_days"]
    if not (isinstance(first, date) and isinstance(end, date) and isinstance(most, int)):
        return
    for last, following in pairwise(published):
        day = max(last + timedelta(days=most + 1), first)
        if row["date_rule"] != DAILY:
            day = BillingMonth.of(day).last_day
        if day < min(following, end):
            yield last, day


def a_conversion_leaves_a_price(tables: Tables) -> list[Problem]:
    """Check that rounding to fewer decimals than usual makes no price nothing."""
    prices = pl.concat(
        tables[name].select("currency", "unit_price") for name in ("prices", "contract_prices")
    )
    smallest: dict[str, Decimal] = dict(
        prices.filter(pl.col("unit_price") > 0)
        .group_by("currency")
        .agg(pl.col("unit_price").min())
        .iter_rows()
    )
    lowest = tables["exchange_rates"].drop_nulls().group_by(PAIR).agg(pl.col("rate").min())
    return [
        Problem(
            TERMS.file_name,
            f"{digits} decimals make the price {smallest[base]:f} {base} nothing at "
            f"{rate:f} {quote}",
            "Keep more decimals.",
            number,
            "price_digits",
        )
        for number, digits, source, currency in _terms(tables)
        .select("row", "price_digits", "exchange_source", "currency")
        .filter(pl.col("price_digits").is_between(0, MOST_DIGITS - 1))
        .iter_rows()
        for by, base, quote, rate in lowest.sort(PAIR).iter_rows()
        if (by, quote) == (source, currency)
        and base in smallest
        and 2 * smallest[base] * rate < Decimal(1).scaleb(-digits)
    ]


def _terms(tables: Tables) -> pl.DataFrame:
    contracts = tables["contracts"].drop("row", strict=False)
    profiles = tables["billing_profiles"].select("organization_id", "currency")
    return (
        tables["exchange_terms"]
        .join(contracts, on="contract_id", maintain_order="left")
        .join(profiles, on="organization_id", maintain_order="left")
    )


def the_accounts_have_a_source(tables: Tables) -> list[Problem]:
    """Check that an accounting currency and the source of its rates stand together."""
    seller, empty = tables["seller"], pl.col("accounting_currency") == ""
    alone = seller.filter(empty != (pl.col("accounting_source") == ""))
    message = pl.lit("stands alone: accounting_currency and accounting_source belong together")
    problems = found(alone, FILES["seller"], "accounting_source", message, "Fill in both or none.")
    aged = seller.filter(empty & pl.col("accounting_max_age_days").is_not_null())
    message = pl.lit("is of no use without accounting_currency")
    problems += found(aged, FILES["seller"], "accounting_max_age_days", message, "Leave it empty.")
    known = tables["exchange_rates"].select(accounting_source="source").unique()
    lost = seller.filter(pl.col("accounting_source") != "").join(
        known, on="accounting_source", how="anti"
    )
    message = pl.format("{} is not in {}", "accounting_source", pl.lit(RATES.file_name))
    remedy = f"Add its rates to {RATES.file_name}, or correct the name."
    return problems + found(lost, FILES["seller"], "accounting_source", message, remedy)


def the_accounts_can_be_kept(tables: Tables) -> list[Problem]:
    """Check that each currency that is billed has a rate to the accounting currency."""
    books = tables["seller"].filter(pl.col("accounting_currency") != "")
    pairs = tables["exchange_rates"].select(
        accounting_source="source",
        currency="base_currency",
        accounting_currency="quote_currency",
    )
    lost = (
        tables["billing_profiles"]
        .join(
            books.select("accounting_currency", "accounting_source"),
            how="cross",
            maintain_order="left",
        )
        .filter(pl.col("currency") != pl.col("accounting_currency"))
        .join(
            pairs,
            on=["accounting_source", "currency", "accounting_currency"],
            how="anti",
            maintain_order="left",
        )
    )
    message = pl.format(
        "is {}, and no rate of {} to {} by {} is known",
        "currency",
        "currency",
        "accounting_currency",
        "accounting_source",
    )
    remedy = f"Add the rate to {RATES.file_name}: the seller accounts for it in another currency."
    return found(lost, FILES["billing_profiles"], "currency", message, remedy)


RULES = (
    (an_exchange_term_has_a_source, ("exchange_terms", "contracts")),
    (rates_have_no_hole, (*_NEEDED, "prices", "contract_prices", "tier_schedules")),
    (a_conversion_leaves_a_price, (*_NEEDED, "prices", "contract_prices")),
    (the_accounts_have_a_source, ("seller", "exchange_rates")),
    (the_accounts_can_be_kept, ("seller", "billing_profiles", "exchange_rates")),
)
