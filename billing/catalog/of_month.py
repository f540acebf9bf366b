"""What holds for a whole month: its exchange rates and its tax.

Here: choosing one row per month from dated rows. Keep out: applying them.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from billing.catalog.files import FILES
from billing.errors import CatalogError, Problem
from billing.periods import BillingMonth

PAIR = ["source", "base_currency", "quote_currency"]


def exchange_rates_of_month(rates: pl.DataFrame, months: Sequence[BillingMonth]) -> pl.DataFrame:
    """Each pair's last rate published up to the last day of each month.

    Columns: source, base_currency, quote_currency, service_month, rate, rate_date. A pair
    without any rate by then has no row; equal currencies have none either.
    """
    pairs = rates.select(PAIR).unique().join(_ends(months), how="cross")
    published = rates.with_columns(pl.col("rate_date").alias("last_date"))
    return (
        pairs.sort("last_date")
        .join_asof(published.sort("last_date"), on="last_date", by=PAIR, check_sortedness=False)
        .filter(pl.col("rate").is_not_null())
        .select(*PAIR, "service_month", "rate", "rate_date")
        .sort(*PAIR, "service_month")
    )


def tax_rates_of_month(
    tables: Mapping[str, pl.DataFrame],
    months: Sequence[BillingMonth],
    needed: Sequence[BillingMonth] = (),
) -> pl.DataFrame:
    """Each treatment's rate on the last day of each month; 0 where no country taxes.

    Columns: tax_treatment_id, service_month, category, tax_rate, exemption_code,
    exemption_reason. Raises CatalogError when a treatment that a profile uses has no rate in a
    month of `needed`, by default in any; other months may have none.
    """
    treatments = tables["tax_treatments"].join(_ends(months), how="cross")
    rates = tables["tax_rates"].select(
        "country", "category", "tax_rate", "valid_from_date", "valid_to_date"
    )
    untaxed = treatments.filter(pl.col("country") == "").with_columns(
        tax_rate=pl.lit("0").cast(pl.Decimal(9, 6))
    )
    taxed = (
        treatments.filter(pl.col("country") != "")
        .join(rates, on=["country", "category"])
        .filter(
            pl.col("valid_from_date") <= pl.col("last_date"),
            pl.col("last_date") < pl.col("valid_to_date"),
        )
    )
    columns = ["tax_treatment_id", "service_month", "category", "tax_rate"]
    texts = ["exemption_code", "exemption_reason"]
    chosen = pl.concat([frame.select(*columns, *texts) for frame in (untaxed, taxed)])
    ends = _ends(needed or months)
    used = treatments.join(tables["billing_profiles"], on="tax_treatment_id", how="semi").join(
        ends, on="service_month", how="semi"
    )
    _refuse_gaps(used.join(chosen, on=["tax_treatment_id", "service_month"], how="anti"))
    return chosen.sort("tax_treatment_id", "service_month")


def _ends(months: Sequence[BillingMonth]) -> pl.DataFrame:
    rows = [(month.first_day, month.last_day) for month in months]
    schema = {"service_month": pl.Date, "last_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _refuse_gaps(gaps: pl.DataFrame) -> None:
    file_name = FILES["tax_rates"].file_name
    rows = gaps.select("country", "category", "last_date").unique().sort("last_date").rows()
    if rows:
        raise CatalogError(
            [
                Problem(
                    file_name,
                    f"has no rate of category {category} in {country} on {day}",
                    "Add the rate that was in force.",
                    field="valid_from_date",
                )
                for country, category, day in rows
            ]
        )
