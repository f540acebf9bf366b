"""A balance stays under the rule of tax that its payments were taken under.

Here: profiles whose `tax_at` changed to or from `consumption`, named. Keep out: the books, which
keep the rule (`billing.books.balance_tax`), and rules within one catalog (`rules_balances`).
"""

from collections.abc import Mapping
from pathlib import Path

from billing.catalog.files import FILES
from billing.catalog.reading import ROW, read_text
from billing.errors import Problem

TOP_UP, CONSUMPTION = "top_up", "consumption"
Payment = tuple[str, str]
"""An organization and the id of its top-up."""


def changed_taxes(
    folder: Path, posted: Mapping[str, str], paid: Mapping[Payment, str], remedy: str
) -> list[Problem]:
    """Name every profile that changed between taxing what is paid in and what is used.

    `posted` says `top_up` or `consumption` of organizations with posted movements, `paid` of
    payments of others: one that the files have no more binds nobody. `elsewhere` is a way of taxing
    what is paid in. A file that is no table has no problem here.
    """
    file = FILES["billing_profiles"]
    text, _ = read_text(folder, file)
    if text is None:
        return []
    others: dict[str, Payment] = {}
    for payment, rule in payments_under(folder).items():
        if paid.get(payment, rule) != rule:
            others.setdefault(payment[0], payment)
    problems = []
    for number, organization_id, tax_at in text.select(ROW, "organization_id", "tax_at").rows():
        now = _rule(tax_at)
        known, why = posted.get(organization_id, ""), "movements that were posted"
        if not known and organization_id in others:
            payment = others[organization_id]
            known, why = paid[payment], f"the payment {payment[1]}, which was recorded"
        if known in {"", now}:
            continue
        message = (
            f"is {tax_at or 'empty'}, and the balance of {organization_id} has {why} under "
            f"{known}: what is left of it would be taxed twice or never"
        )
        problems.append(Problem(file.file_name, message, remedy, number, "tax_at"))
    return problems


def payments_under(folder: Path) -> dict[Payment, str]:
    """Return each payment of the files, in their order, with the rule of its organization now."""
    profiles, _ = read_text(folder, FILES["billing_profiles"])
    top_ups, _ = read_text(folder, FILES["top_ups"])
    if profiles is None or top_ups is None:
        return {}
    rules = dict(profiles.select("organization_id", "tax_at").rows())
    rows = top_ups.select("organization_id", "top_up_id", "kind").rows()
    return {
        (organization_id, top_up_id): _rule(rules.get(organization_id))
        for organization_id, top_up_id, kind in rows
        if kind == "purchased"
    }


def _rule(tax_at: str | None) -> str:
    return CONSUMPTION if tax_at == CONSUMPTION else TOP_UP
