"""Rules about alerts on prepaid balances and automatic top-ups.

Here: currencies, and limits that would never let anything happen. Keep out: when one is raised
(`billing.prepaid.alerting`).
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.files.alerts import DAYS_LEFT
from billing.catalog.rules_prices import too_fine
from billing.errors import Problem

FARTHEST_DAYS = 365


def a_threshold_is_in_the_currency_of_its_balance(tables: Tables) -> list[Problem]:
    """Check that amounts name the currency in which the organization is billed, in minor units."""
    billed = tables["billing_profiles"].select("organization_id", expected="currency")
    message = pl.format("is {}, but {} is billed in {}", "currency", "organization_id", "expected")
    remedy = "Balances are not converted: use the currency of billing_profiles.csv."
    problems = []
    for name, fields in (
        ("balance_alerts", ("threshold",)),
        ("auto_top_ups", ("below_amount", "amount")),
    ):
        amounts = tables[name].filter(pl.col("currency") != "")
        wrong = amounts.join(billed, on="organization_id").filter(
            pl.col("currency") != pl.col("expected")
        )
        problems += found(wrong, FILES[name], "currency", message, remedy)
        for field in fields:
            problems += too_fine(name, field, amounts)
    return problems


def a_threshold_of_days_has_no_currency(tables: Tables) -> list[Problem]:
    """Check that amounts have a currency and days have none, and can be forecast."""
    file, table = FILES["balance_alerts"], tables["balance_alerts"]
    is_days = pl.col("kind") == DAYS_LEFT
    message = pl.format("does not fit kind {}", "kind")
    remedy = "Kind amount names its currency; kind days_left leaves it empty."
    wrong = table.filter(is_days == (pl.col("currency") != ""))
    problems = found(wrong, file, "currency", message, remedy)
    far = table.filter(is_days, pl.col("threshold") > FARTHEST_DAYS)
    message = pl.format("{} is more than {} days", "threshold", pl.lit(FARTHEST_DAYS))
    return problems + found(
        far, file, "threshold", message, "No forecast reaches further: write fewer days."
    )


def an_automatic_top_up_can_happen(tables: Tables) -> list[Problem]:
    """Check that at least one a month is allowed."""
    never = tables["auto_top_ups"].filter(pl.col("most_per_month") == 0)
    message, remedy = pl.lit("is 0"), "Write how many a month may ask for, or remove the row."
    return found(never, FILES["auto_top_ups"], "most_per_month", message, remedy)


RULES = (
    (
        a_threshold_is_in_the_currency_of_its_balance,
        ("billing_profiles", "balance_alerts", "auto_top_ups"),
    ),
    (a_threshold_of_days_has_no_currency, ("balance_alerts",)),
    (an_automatic_top_up_can_happen, ("auto_top_ups",)),
)
