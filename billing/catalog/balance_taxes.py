"""A balance stays under the rule of tax that its payments were taken under.

Here: profiles whose `tax_at` changed to or from `consumption`, and rows of top_ups.csv that were
recorded under the other rule, named. Keep out: the books, which keep the rule
(`billing.books.balance_tax`), what holds a balance to which rule (`billing.taxed_balances`), and
rules within one catalog (`rules_balances`).
"""

from pathlib import Path

import polars as pl

from billing.catalog.files import FILES
from billing.catalog.reading import ROW, read_text
from billing.errors import Problem
from billing.taxed_balances import ROW_REMEDY, Held, KeptTaxes, Payment, held, rule_of


def changed_taxes(folder: Path, kept: KeptTaxes) -> list[Problem]:
    """Name every profile, and every payment in files, that does not go with what was kept.

    A payment that the files have no more binds nobody. A file that is no table has no problem here.
    """
    profiles, _ = read_text(folder, FILES["billing_profiles"])
    if profiles is None:
        return []
    filed: dict[str, dict[str, int]] = {}
    for organization_id, top_up_id, row in _payments(folder):
        filed.setdefault(organization_id, {}).setdefault(top_up_id, row)
    problems = []
    for row, organization_id, tax_at in profiles.select(ROW, "organization_id", "tax_at").rows():
        own = filed.get(organization_id, {})
        found = held(kept, organization_id, rule_of(tax_at), own)
        if found.rule != rule_of(tax_at):
            problems.append(_profile(row, organization_id, tax_at, found))
        problems += [
            _payment(own[top_up_id], organization_id, top_up_id, under)
            for top_up_id, under in found.rows.items()
        ]
    return problems


def _profile(row: int, organization_id: str, tax_at: str, found: Held) -> Problem:
    message = (
        f"is {tax_at or 'empty'}, and the balance of {organization_id} has {found.why} under "
        f"{found.rule}: what is left of it would be taxed twice or never"
    )
    return Problem(FILES["billing_profiles"].file_name, message, found.remedy, row, "tax_at")


def _payment(row: int, organization_id: str, top_up_id: str, under: str) -> Problem:
    message = (
        f"{top_up_id} was recorded under {under}, and the balance of {organization_id} is taxed by "
        "the other rule: the payment would be taxed twice or never"
    )
    return Problem(FILES["top_ups"].file_name, message, ROW_REMEDY, row, "top_up_id")


def payments_under(folder: Path) -> dict[Payment, str]:
    """Return each payment of the files, in their order, with the rule of its organization now."""
    profiles, _ = read_text(folder, FILES["billing_profiles"])
    if profiles is None:
        return {}
    rules = dict(profiles.select("organization_id", "tax_at").rows())
    return {
        (organization_id, top_up_id): rule_of(rules.get(organization_id))
        for organization_id, top_up_id, _ in _payments(folder)
    }


def _payments(folder: Path) -> list[tuple[str, str, int]]:
    """Return organization, id and row of each payment, in the order of the file."""
    top_ups, _ = read_text(folder, FILES["top_ups"])
    if top_ups is None:
        return []
    paid = top_ups.filter(pl.col("kind") == "purchased")
    return paid.select("organization_id", "top_up_id", ROW).rows()
