"""Rules about credits and the spend a contract bounds.

Here: currency, repetition, and bounds that contradict each other, their contract or the
calendar. Keep out: amounts of usage.
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.files.document_terms import PAYMENTS
from billing.catalog.rules_prices import too_fine
from billing.catalog.typed import LAST_DAY
from billing.errors import Problem


def a_document_term_is_in_the_currency_of_its_document(tables: Tables) -> list[Problem]:
    """Check that credits and bounds need no conversion, and are whole minor units."""
    billed = tables["billing_profiles"].select("organization_id", expected="currency")
    owned = tables["spend_terms"].join(_contracts(tables), on="contract_id")
    message = pl.format("is {}, but {} is billed in {}", "currency", "organization_id", "expected")
    remedy = "Credits and bounds are not converted: use the currency of billing_profiles.csv."
    problems = []
    for name, table in (("credits", tables["credits"]), ("spend_terms", owned)):
        joined = table.join(billed, on="organization_id")
        wrong = joined.filter(pl.col("currency") != "", pl.col("currency") != pl.col("expected"))
        problems += found(wrong, FILES[name], "currency", message, remedy)
        problems += too_fine(name, "amount", table)
    return problems


def a_credit_repeats_as_its_kind_can(tables: Tables) -> list[Problem]:
    """Check that a balance is granted once, and that only what repeats counts months."""
    file, table = FILES["credits"], tables["credits"]
    is_once = pl.col("repeats") == "once"
    message = pl.format("is {} for kind {}", "repeats", "kind")
    remedy = "A purchased or committed balance is granted once; its rest stays until it expires."
    problems = found(
        table.filter(~is_once & pl.col("kind").is_in(PAYMENTS)), file, "repeats", message, remedy
    )
    message = pl.format("is {} for a credit that is granted once", "months")
    remedy = "Write 0; a credit that is granted once lasts until valid_to_date."
    return problems + found(
        table.filter(is_once & (pl.col("months") != 0)), file, "months", message, remedy
    )


def a_minimum_is_not_above_its_maximum(tables: Tables) -> list[Problem]:
    """Check that no invoice would have to be below one bound and above the other."""
    terms = tables["spend_terms"]
    upper = terms.filter(pl.col("kind") == "maximum").select(
        "contract_id",
        upper_row="row",
        upper_period="period",
        upper="amount",
        upper_from="valid_from_date",
        upper_to="valid_to_date",
    )
    both = terms.filter(pl.col("kind") == "minimum").join(upper, on="contract_id")
    wrong = both.filter(
        pl.col("amount") > pl.col("upper"),
        (pl.col("period") == pl.col("upper_period")) | (pl.col("upper_period") == "term"),
        pl.col("valid_from_date") < pl.col("upper_to"),
        pl.col("upper_from") < pl.col("valid_to_date"),
    )
    message = pl.format("{} is above the maximum of {} in row {}", "amount", "upper", "upper_row")
    remedy = "Lower the minimum, raise the maximum, or let one end where the other starts."
    return found(wrong, FILES["spend_terms"], "amount", message, remedy)


def a_bound_lies_within_its_contract(tables: Tables) -> list[Problem]:
    """Check that no bound outlives its contract, and that a whole term has a last day."""
    file, terms = FILES["spend_terms"], tables["spend_terms"]
    endless = (pl.col("period") == "term") & (pl.col("valid_to_date") == LAST_DAY)
    message = pl.lit("is empty for period term")
    remedy = "Write the day after the last one: what is missing is due in that day's month."
    problems = found(terms.filter(endless), file, "valid_to_date", message, remedy)
    joined = terms.filter(~endless).join(_contracts(tables), on="contract_id")
    early = joined.filter(pl.col("valid_from_date") < pl.col("contract_from"))
    message = pl.format("{} is before {} starts", "valid_from_date", "contract_id")
    remedy = "A bound holds while its contract does: start it with the contract, or later."
    problems += found(early, file, "valid_from_date", message, remedy)
    late = joined.filter(pl.col("valid_to_date") > pl.col("contract_to"))
    message = pl.format("is after {} ends at {}", "contract_id", "contract_to")
    remedy = "End the bound with its contract."
    return problems + found(late, file, "valid_to_date", message, remedy)


def a_maximum_of_a_term_covers_whole_documents(tables: Tables) -> list[Problem]:
    """Check that a maximum of a term leaves out no part of a document it bounds."""
    file = FILES["spend_terms"]
    terms = tables["spend_terms"].join(_contracts(tables), on="contract_id")
    bounded = terms.filter(pl.col("kind") == "maximum", pl.col("period") == "term")
    problems = []
    for side in ("from", "to"):
        field = f"valid_{side}_date"
        inside = (pl.col(field).dt.day() != 1) & (pl.col(field) != pl.col(f"contract_{side}"))
        message = pl.format("{} lies within a month", pl.col(field))
        remedy = (
            "Let it begin and end with a month, or with its contract: an invoice has one maximum."
        )
        no_end = pl.col("valid_to_date") != LAST_DAY
        problems += found(bounded.filter(inside & no_end), file, field, message, remedy)
    return problems


def _contracts(tables: Tables) -> pl.DataFrame:
    return tables["contracts"].select(
        "contract_id",
        "organization_id",
        contract_from="valid_from_date",
        contract_to="valid_to_date",
    )


RULES = (
    (
        a_document_term_is_in_the_currency_of_its_document,
        ("billing_profiles", "contracts", "credits", "spend_terms"),
    ),
    (a_credit_repeats_as_its_kind_can, ("credits",)),
    (a_minimum_is_not_above_its_maximum, ("spend_terms",)),
    (a_bound_lies_within_its_contract, ("contracts", "spend_terms")),
    (a_maximum_of_a_term_covers_whole_documents, ("contracts", "spend_terms")),
)
