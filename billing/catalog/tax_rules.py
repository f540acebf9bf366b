"""Which tax treatment a buyer gets whose profile names none.

Here: the first rule of tax_rules.csv, by precedence, that fits seller, country, status and
VAT id. Add a condition here and to the file when the law looks at something else. Keep out:
rates and reasons, which a treatment has.
"""

import polars as pl

from billing.catalog import known
from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

RULE = "tax_rule_id"
_NEEDED = ("billing_profiles", "tax_rules", "seller")


def with_determined_treatment(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Fill in the treatment of profiles that name none, and the rule that decided it.

    A profile that names its treatment, or that no rule fits, has an empty `tax_rule_id`.
    """
    if not tables.keys() >= set(_NEEDED):
        return tables
    profiles, members = tables["billing_profiles"], sorted(known.eu_members())
    decided = (
        _buyers(profiles)
        .join(_rules(tables), how="cross")
        .filter(
            _open_or_same("buyer_area", "country")
            | ((pl.col("buyer_area") == known.EU) & pl.col("country").is_in(members)),
            _open_or_same("buyer_status", "status"),
            _open_or_same("buyer_vat_id", "has_vat_id"),
        )
        .sort("precedence")
        .group_by("organization_id", maintain_order=True)
        .first()
        .select("organization_id", RULE, determined="tax_treatment_id")
    )
    own = pl.col("tax_treatment_id")
    filled = (
        profiles.join(decided, on="organization_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(own == "")
            .then(pl.col("determined").fill_null(""))
            .otherwise(own)
            .alias("tax_treatment_id"),
            pl.col(RULE).fill_null(""),
        )
        .drop("determined")
    )
    return {**tables, "billing_profiles": filled}


def _open_or_same(condition: str, value: str) -> pl.Expr:
    return (pl.col(condition) == "") | (pl.col(condition) == pl.col(value))


def _buyers(profiles: pl.DataFrame) -> pl.DataFrame:
    """Profiles without a treatment; a buyer with any tax number is a business."""
    is_business = (pl.col("vat_id") != "") | (pl.col("tax_number") != "")
    return profiles.filter(pl.col("tax_treatment_id") == "").select(
        "organization_id",
        "country",
        pl.when(is_business).then(pl.lit("business")).otherwise(pl.lit("consumer")).alias("status"),
        pl.when(pl.col("vat_id") != "")
        .then(pl.lit("present"))
        .otherwise(pl.lit("absent"))
        .alias("has_vat_id"),
    )


def _rules(tables: Tables) -> pl.DataFrame:
    """Return the rules for the seller's registration."""
    seller = tables["seller"]["country"].to_list()
    return (
        tables["tax_rules"]
        .filter(pl.col("seller_country").is_in(["", *seller]))
        .drop("row", strict=False)
    )


def every_buyer_has_a_treatment(tables: Tables) -> list[Problem]:
    """Check that a profile names its tax treatment or a rule does."""
    lost = tables["billing_profiles"].filter(pl.col("tax_treatment_id") == "")
    message = pl.format(
        "is empty and no row of {} fits a buyer in {}, VAT id '{}', tax number '{}'",
        pl.lit(FILES["tax_rules"].file_name),
        "country",
        "vat_id",
        "tax_number",
    )
    remedy = f"Name a treatment, or add the rule to {FILES['tax_rules'].file_name}."
    return found(lost, FILES["billing_profiles"], "tax_treatment_id", message, remedy)


def one_rule_comes_first(tables: Tables) -> list[Problem]:
    """Check that no two rules have the same precedence."""
    rules = tables["tax_rules"]
    first = pl.col("row").min().over("precedence")
    repeated = rules.with_columns(first=first).filter(pl.col("row") > pl.col("first"))
    message = pl.format("is the precedence of row {} too", pl.col("first"))
    remedy = "Give each rule its own number; the smallest that fits decides."
    return found(repeated, FILES["tax_rules"], "precedence", message, remedy)


RULES = (
    (every_buyer_has_a_treatment, _NEEDED),
    (one_rule_comes_first, ("tax_rules",)),
)
