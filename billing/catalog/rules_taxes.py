"""Rules about tax treatments and rates that a document would break at its draft otherwise.

Here: what goes with a tax category, by EN 16931: reasons, codes, rates, VAT ids. Keep out: who is
taxed how (`tax_rules`) and whose numbers are written right (`rules_parties`).
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.exemptions import CATEGORY_OF
from billing.catalog.files import FILES
from billing.errors import Problem

STANDARD = "S"
WITHOUT_REASON = ["S", "Z"]
WITH_VAT_IDS = ["AE", "K"]
OUTSIDE_SCOPE = "O"


def an_exemption_code_stands_with_its_category(tables: Tables) -> list[Problem]:
    """Check that a code with a category of its own is given with that one."""
    code = pl.col("exemption_code")
    own = tables["tax_treatments"].with_columns(
        own=code.replace_strict(CATEGORY_OF, default=None, return_dtype=pl.String)
    )
    message = pl.format("{} belongs to category {}, not {}", code, "own", "category")
    remedy = "Write a code of the category, or none, or change the category."
    wrong = own.filter(pl.col("own") != pl.col("category"))
    return found(wrong, FILES["tax_treatments"], "exemption_code", message, remedy)


def what_is_taxed_gives_no_exemption(tables: Tables) -> list[Problem]:
    """Check that standard and zero rates have neither a reason nor a code (BR-S-10, BR-Z-10)."""
    taxed = tables["tax_treatments"].filter(pl.col("category").is_in(WITHOUT_REASON))
    problems = []
    for field in ("exemption_reason", "exemption_code"):
        message = pl.format("category {} is not exempt, so it has none", "category")
        remedy = "Leave it empty, or use category E."
        given = taxed.filter(pl.col(field) != "")
        problems += found(given, FILES["tax_treatments"], field, message, remedy)
    return problems


def a_liable_buyer_has_a_vat_id(tables: Tables) -> list[Problem]:
    """Check that reverse charge and supplies within the EU ask for VAT ids (BR-AE-02, BR-IC-02)."""
    loose = tables["tax_treatments"].filter(
        pl.col("category").is_in(WITH_VAT_IDS) & ~pl.col("requires_vat_id")
    )
    message = pl.format("is false, but category {} prints the VAT ids of both", "category")
    remedy = "Write true."
    return found(loose, FILES["tax_treatments"], "requires_vat_id", message, remedy)


def a_rate_fits_its_category(tables: Tables) -> list[Problem]:
    """Check that the standard category has a rate above 0 and every other one 0 (BR-S-05)."""
    is_standard, rate = pl.col("category") == STANDARD, pl.col("tax_rate")
    wrong = tables["tax_rates"].filter(is_standard == (rate == 0))
    message = (
        pl.when(is_standard)
        .then(pl.lit("is 0, but category S has a rate above it"))
        .otherwise(pl.format("is above 0, but category {} has no rate", "category"))
    )
    remedy = "Use category Z for a rate of 0, and S for any other."
    return found(wrong, FILES["tax_rates"], "tax_rate", message, remedy)


def a_seller_of_taxed_supplies_is_registered(tables: Tables) -> list[Problem]:
    """Check that the seller has a VAT id or a tax number, unless all is out of scope (BR-S-02)."""
    within = tables["tax_treatments"].filter(pl.col("category") != OUTSIDE_SCOPE)
    used = within.join(tables["billing_profiles"], on="tax_treatment_id", how="semi")
    if used.is_empty():
        return []
    nameless = tables["seller"].filter((pl.col("vat_id") == "") & (pl.col("tax_number") == ""))
    first = used["tax_treatment_id"].sort().item(0)
    message = pl.lit(f"is empty like tax_number, but treatment {first} is in use")
    remedy = "Fill in vat_id or tax_number: who charges tax, or is exempt from it, has one."
    return found(nameless, FILES["seller"], "vat_id", message, remedy)


RULES = (
    (an_exemption_code_stands_with_its_category, ("tax_treatments",)),
    (what_is_taxed_gives_no_exemption, ("tax_treatments",)),
    (a_liable_buyer_has_a_vat_id, ("tax_treatments",)),
    (a_rate_fits_its_category, ("tax_rates",)),
    (a_seller_of_taxed_supplies_is_registered, ("tax_treatments", "billing_profiles", "seller")),
)
