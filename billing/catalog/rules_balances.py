"""Rules about prepaid balances: ends of lots, movements, and the tax of top-ups.

Here: what one row of top_ups.csv or balance_movements.csv must hold together, and with the
organizations it names. Keep out: whether a balance holds enough, which usage decides.
"""

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.catalog.rules_prices import other_currency, too_fine
from billing.errors import Problem

_MOVEMENTS = "balance_movements"
STATEMENT = "statement"
"""The treatment of every statement, which is no tax invoice."""
_NAME_A_TREATMENT = (
    "Name the treatment its invoices have, or leave it empty: tax_rules.csv decides."
)


def a_lot_ends_after_it_came_in(tables: Tables) -> list[Problem]:
    """Check that what is put on a balance can be used at all."""
    problems = []
    for name in ("top_ups", _MOVEMENTS):
        wrong = tables[name].filter(pl.col("expires_at") <= pl.col("occurred_at"))
        message = pl.lit("is not after occurred_at")
        remedy = "Write a later instant, or leave it empty: then it has no end."
        problems += found(wrong, FILES[name], "expires_at", message, remedy)
    return problems


def a_transfer_names_two_sides(tables: Tables) -> list[Problem]:
    """Check that transfers, and nothing else, lead to another organization and make a lot."""
    file, moved = FILES[_MOVEMENTS], tables[_MOVEMENTS]
    is_transfer, to = pl.col("kind") == "transfer", pl.col("to_organization_id")
    lost = moved.filter(is_transfer & ((to == "") | (to == pl.col("organization_id"))))
    more = moved.filter(~is_transfer & (to != ""))
    ends = moved.filter(~is_transfer & pl.col("expires_at").is_not_null())
    return [
        *found(
            lost,
            file,
            "to_organization_id",
            pl.lit("names no other organization"),
            "Write whose balance the amount goes to.",
        ),
        *found(
            more,
            file,
            "to_organization_id",
            pl.format("is of a {}, which goes to nobody", pl.col("kind")),
            "Leave it empty.",
        ),
        *found(
            ends,
            file,
            "expires_at",
            pl.format("is of a {}, which makes no lot", pl.col("kind")),
            "Leave it empty.",
        ),
    ]


def a_movement_is_in_the_currency_of_its_balances(tables: Tables) -> list[Problem]:
    """Check currency and decimals on both sides: balances are not converted."""
    billed = tables["billing_profiles"].select("organization_id", expected="currency")
    moved = tables[_MOVEMENTS]
    return [
        *too_fine(_MOVEMENTS, "amount", moved),
        *other_currency(_MOVEMENTS, moved.join(billed, on="organization_id")),
        *other_currency(
            _MOVEMENTS,
            moved.join(billed, left_on="to_organization_id", right_on="organization_id"),
        ),
    ]


def every_lot_has_an_id_of_its_own(tables: Tables) -> list[Problem]:
    """Check that no movement has the id of a top-up: both name lots."""
    same = tables[_MOVEMENTS].join(
        tables["top_ups"].select("top_up_id"),
        left_on="movement_id",
        right_on="top_up_id",
        how="semi",
    )
    message = pl.format("{} is the id of a top-up", pl.col("movement_id"))
    return found(same, FILES[_MOVEMENTS], "movement_id", message, "Give it an id of its own.")


def what_is_taxed_as_used_was_not_taxed_before(tables: Tables) -> list[Problem]:
    """Check that nothing another system taxed is put on a balance that is deducted with tax."""
    used = _taxed_as_used(tables)
    wrong = (
        tables["top_ups"]
        .filter(pl.col("invoiced_as") != "")
        .join(used, on="organization_id", how="semi")
    )
    message = pl.lit(
        "is set, and tax_at of its organization is consumption: it would be taxed twice"
    )
    remedy = (
        "If it was invoiced with tax, have that invoice credited first, or write tax_at top_up or "
        "elsewhere until it is used up; leave it empty only where no tax was asked for."
    )
    return found(wrong, FILES["top_ups"], "invoiced_as", message, remedy)


def a_transfer_stays_under_one_rule_of_tax(tables: Tables) -> list[Problem]:
    """Check that no money moves between a balance that is taxed and one whose usage is."""
    used = _taxed_as_used(tables).with_columns(is_used=pl.lit(value=True))
    moved = tables[_MOVEMENTS].filter(pl.col("kind") == "transfer")
    for column, name in (("organization_id", "out"), ("to_organization_id", "into")):
        side = used.rename({"organization_id": column, "is_used": name})
        moved = moved.join(side, on=column, how="left", maintain_order="left").with_columns(
            pl.col(name).fill_null(value=False)
        )
    wrong = moved.filter(pl.col("out") != pl.col("into"))
    message = pl.lit("has another tax_at: the money would be taxed twice or never")
    remedy = "Pay out of the one balance and into the other."
    return found(wrong, FILES[_MOVEMENTS], "to_organization_id", message, remedy)


def usage_of_a_balance_is_invoiced_with_a_treatment_of_invoices(tables: Tables) -> list[Problem]:
    """Check that no invoice of consumption would say what statements say: that it is none."""
    wrong = tables["billing_profiles"].filter(
        pl.col("tax_at") == "consumption", pl.col("tax_treatment_id") == STATEMENT
    )
    message = pl.lit(f"is {STATEMENT}, which no invoice can have, and its usage is invoiced")
    return found(wrong, FILES["billing_profiles"], "tax_treatment_id", message, _NAME_A_TREATMENT)


def _taxed_as_used(tables: Tables) -> pl.DataFrame:
    profiles = tables["billing_profiles"]
    return profiles.filter(pl.col("tax_at") == "consumption").select("organization_id")


def a_top_up_is_invoiced_with_a_treatment_of_invoices(tables: Tables) -> list[Problem]:
    """Check that no invoice of a top-up would say what statements say: that it is none."""
    invoiced = tables["top_ups"].filter(pl.col("kind") == "purchased", pl.col("invoiced_as") == "")
    wrong = tables["billing_profiles"].filter(
        pl.col("tax_treatment_id") == STATEMENT,
        ~pl.col("tax_at").is_in(["elsewhere", "consumption"]),
    )
    wrong = wrong.join(invoiced, on="organization_id", how="semi")
    message = pl.format("is {}, which no invoice can have, and its top-ups are invoiced", "wanted")
    named = wrong.with_columns(wanted=pl.lit(STATEMENT))
    return found(named, FILES["billing_profiles"], "tax_treatment_id", message, _NAME_A_TREATMENT)


def only_what_was_paid_was_invoiced(tables: Tables) -> list[Problem]:
    """Check that no gift names an invoice."""
    gifts = tables["top_ups"].filter(pl.col("kind") != "purchased", pl.col("invoiced_as") != "")
    message = pl.lit("is set for a promotional top-up, which nobody paid for")
    return found(gifts, FILES["top_ups"], "invoiced_as", message, "Leave it empty.")


RULES = (
    (a_lot_ends_after_it_came_in, ("top_ups", _MOVEMENTS)),
    (a_transfer_names_two_sides, (_MOVEMENTS,)),
    (a_movement_is_in_the_currency_of_its_balances, ("billing_profiles", _MOVEMENTS)),
    (every_lot_has_an_id_of_its_own, ("top_ups", _MOVEMENTS)),
    (what_is_taxed_as_used_was_not_taxed_before, ("billing_profiles", "top_ups")),
    (a_transfer_stays_under_one_rule_of_tax, ("billing_profiles", _MOVEMENTS)),
    (usage_of_a_balance_is_invoiced_with_a_treatment_of_invoices, ("billing_profiles",)),
    (a_top_up_is_invoiced_with_a_treatment_of_invoices, ("billing_profiles", "top_ups")),
    (only_what_was_paid_was_invoiced, ("top_ups",)),
)
