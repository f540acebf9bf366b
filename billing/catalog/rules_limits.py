"""Rules about limits of keys and promises of tiers.

Here: rows that say nothing, and amounts in another currency than the customer's. Keep out: what a
column alone can tell, and how much was used.
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.files.limits import RATES
from billing.catalog.rules_prices import too_fine
from billing.errors import Problem

LIMITS, PROMISES = FILES["key_limits"], FILES["tier_promises"]


def a_limit_limits_something(tables: Tables) -> list[Problem]:
    """Check that each row has a limit, and that only a whole key has one of money."""
    table = tables["key_limits"]
    nothing = pl.all_horizontal(pl.col(*RATES, "monthly_spend_amount").is_null())
    remedy = f"Fill in {', '.join(RATES)} or monthly_spend_amount, or remove the row."
    problems = found(table.filter(nothing), LIMITS, None, pl.lit("limits nothing"), remedy)
    of_model = table.filter(pl.col("monthly_spend_amount").is_not_null(), pl.col("model_id") != "")
    message = pl.format("is set for {} alone", "model_id")
    remedy = "A limit of money is of the whole key: leave model_id empty."
    return problems + found(of_model, LIMITS, "monthly_spend_amount", message, remedy)


def a_spend_limit_is_in_the_currency_of_its_customer(tables: Tables) -> list[Problem]:
    """Check that a limit of money has a currency, that of the billing profile, in whole units."""
    table = tables["key_limits"]
    has_amount, has_currency = (
        pl.col("monthly_spend_amount").is_not_null(),
        pl.col("currency") != "",
    )
    message = pl.format(
        "is {} where monthly_spend_amount is {}",
        pl.when(has_currency).then(pl.lit("set")).otherwise(pl.lit("empty")),
        pl.when(has_amount).then(pl.lit("set")).otherwise(pl.lit("empty")),
    )
    remedy = "Write amount and currency together, or neither."
    torn = table.filter(has_amount != has_currency)
    problems = found(torn, LIMITS, "currency", message, remedy)
    billed = tables["billing_profiles"].select("organization_id", expected="currency")
    owners = tables["api_keys"].select("api_key_id", "organization_id")
    owned = table.join(owners, on="api_key_id").join(billed, on="organization_id")
    foreign = owned.filter(has_amount, has_currency, pl.col("currency") != pl.col("expected"))
    message = pl.format("is {}, but {} is billed in {}", "currency", "organization_id", "expected")
    remedy = "A limit of money is not converted: use the currency of billing_profiles.csv."
    problems += found(foreign, LIMITS, "currency", message, remedy)
    return problems + too_fine("key_limits", "monthly_spend_amount", table)


def a_promise_promises_something(tables: Tables) -> list[Problem]:
    """Check that each row names a share or a latency."""
    nothing = pl.all_horizontal(pl.col("success_pct", "p95_ms").is_null())
    wrong = tables["tier_promises"].filter(nothing)
    remedy = "Fill in success_pct or p95_ms, or remove the row."
    return found(wrong, PROMISES, None, pl.lit("promises nothing"), remedy)


RULES = (
    (a_limit_limits_something, ("key_limits",)),
    (
        a_spend_limit_is_in_the_currency_of_its_customer,
        ("key_limits", "api_keys", "billing_profiles"),
    ),
    (a_promise_promises_something, ("tier_promises",)),
)
