"""Rules about prices, fees, currencies and what is billed.

Here: thresholds on the ladder, amounts that fit their currency, currencies that must be the
same, outcome rules. Keep out: parties and their tax.
"""

import polars as pl

from billing.catalog import known
from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

_OUTCOME_FILES = ("outcome_rules", "contract_outcome_rules")


def a_threshold_stands_on_the_ladder(tables: Tables) -> list[Problem]:
    """Check thresholds: the rollup keeps context bands only at the thresholds of the ladder."""
    ladder = tables["context_ladder"]["threshold_tokens"].drop_nulls().to_list()
    problems = []
    for name in ("prices", "contract_prices"):
        off = tables[name].filter(~pl.col("context_above_tokens").is_in([0, *ladder]))
        message = pl.format("{} is not on the ladder", pl.col("context_above_tokens"))
        remedy = "Use 0 or a threshold of context_ladder.csv, or append the threshold there."
        problems += found(off, FILES[name], "context_above_tokens", message, remedy)
    return problems


def an_amount_fits_its_currency(tables: Tables) -> list[Problem]:
    """Check that fees and top-ups have no more decimals than the currency's minor unit."""
    items = tables["subscription_items"].join(
        tables["subscriptions"].select("subscription_id", "currency"), on="subscription_id"
    )
    return [
        *too_fine("plans", "monthly_fee", tables["plans"]),
        *too_fine("subscription_items", "monthly_fee", items),
        *too_fine("top_ups", "amount", tables["top_ups"]),
    ]


def too_fine(name: str, field: str, table: pl.DataFrame) -> list[Problem]:
    """Name amounts with more decimals than the minor unit of their currency."""
    digits = known.minor_units()
    wrong = table.drop_nulls([field, "currency"]).filter(
        pl.struct(field, "currency").map_elements(
            lambda row: row[field] != round(row[field], digits.get(row["currency"], 3)),
            return_dtype=pl.Boolean,
        )
    )
    message = pl.format("{} has more decimals than {}", field, "currency")
    remedy = "Write whole minor units of the currency."
    return found(wrong, FILES[name], field, message, remedy)


def money_stays_in_one_currency(tables: Tables) -> list[Problem]:
    """Check that fees and top-ups are in the currency the organization is billed in."""
    billed = tables["billing_profiles"].select("organization_id", expected="currency")
    sold = tables["subscriptions"].select("plan_id", expected="currency")
    plans = tables["plans"].join(sold.unique(), on="plan_id")
    return [
        *other_currency(
            "subscriptions", tables["subscriptions"].join(billed, on="organization_id")
        ),
        *other_currency("top_ups", tables["top_ups"].join(billed, on="organization_id")),
        *other_currency("plans", plans),
    ]


def other_currency(name: str, table: pl.DataFrame) -> list[Problem]:
    """Name rows whose currency is not the one that is `expected`."""
    wrong = table.filter(pl.col("currency") != pl.col("expected"))
    message = pl.format("is {}, but it is billed in {}", "currency", "expected")
    remedy = "Fees and top-ups are not converted: use the currency of billing_profiles.csv."
    return found(wrong, FILES[name], "currency", message, remedy)


def an_exchange_rate_joins_two_currencies(tables: Tables) -> list[Problem]:
    """Check that no currency is quoted against itself; that is 1."""
    same = tables["exchange_rates"].filter(pl.col("base_currency") == pl.col("quote_currency"))
    message = pl.format("is {} like its base", pl.col("quote_currency"))
    return found(same, FILES["exchange_rates"], "quote_currency", message, "Remove the row.")


def every_outcome_has_its_rule(tables: Tables) -> list[Problem]:
    """Check that each outcome has a row that says whether it is billed."""
    file, given = FILES["outcome_rules"], set(tables["outcome_rules"]["outcome"])
    return [
        Problem(file.file_name, f"has no row for {outcome}", "Add the row.", None, "outcome")
        for outcome in known.OUTCOMES
        if outcome not in given
    ]


def what_is_not_billed_says_why(tables: Tables) -> list[Problem]:
    """Check that an outcome is billed, or is not and has a reason, for everyone and by contract."""
    problems = []
    for name in _OUTCOME_FILES:
        wrong = tables[name].filter(pl.col("is_billed") != (pl.col("not_billed_reason") == ""))
        message = pl.format("does not fit is_billed of {}", pl.col("outcome"))
        remedy = "Outcomes that are not billed give a reason, billed ones none."
        problems += found(wrong, FILES[name], "not_billed_reason", message, remedy)
    return problems


def a_refund_is_not_billed(tables: Tables) -> list[Problem]:
    """Check that nobody bills refunds: a row of one counts as a request, and is never below 0."""
    problems = []
    for name in _OUTCOME_FILES:
        wrong = tables[name].filter(pl.col("is_billed") & (pl.col("outcome") == "refund"))
        message = pl.lit("bills refunds: what was given back would be charged once more")
        remedy = "Write false and a reason; a charge taken back needs a newer row of its request."
        problems += found(wrong, FILES[name], "is_billed", message, remedy)
    return problems


RULES = (
    (a_threshold_stands_on_the_ladder, ("prices", "contract_prices", "context_ladder")),
    (an_amount_fits_its_currency, ("plans", "subscriptions", "subscription_items", "top_ups")),
    (money_stays_in_one_currency, ("billing_profiles", "plans", "subscriptions", "top_ups")),
    (an_exchange_rate_joins_two_currencies, ("exchange_rates",)),
    (every_outcome_has_its_rule, ("outcome_rules",)),
    (what_is_not_billed_says_why, _OUTCOME_FILES),
    (a_refund_is_not_billed, _OUTCOME_FILES),
)
