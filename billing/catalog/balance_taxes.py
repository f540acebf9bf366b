"""A balance that was posted to stays under the rule of tax it was posted under.

Here: profiles whose `tax_at` changed to or from `consumption`, named. Keep out: the books, which
keep the rule (`billing.books.balance_tax`), and rules within one catalog (`rules_balances`).
"""

from collections.abc import Mapping
from pathlib import Path

from billing.catalog.files import FILES
from billing.catalog.reading import ROW, read_text
from billing.errors import Problem

CONSUMPTION = "consumption"


def changed_taxes(folder: Path, taxed_at: Mapping[str, str], remedy: str) -> list[Problem]:
    """Name every profile that changed between taxing what is paid in and what is used.

    `taxed_at` says `top_up` or `consumption` of organizations with posted movements; `elsewhere`
    is a way of taxing what is paid in. A file that is no table has no problem here.
    """
    file = FILES["billing_profiles"]
    text, _ = read_text(folder, file)
    if text is None:
        return []
    problems = []
    for number, organization_id, tax_at in text.select(ROW, "organization_id", "tax_at").rows():
        known = taxed_at.get(organization_id)
        if known is None or (known == CONSUMPTION) == (tax_at == CONSUMPTION):
            continue
        message = (
            f"is {tax_at or 'empty'}, and the balance of {organization_id} has movements that were "
            f"posted under {known}: what is left of it would be taxed twice or never"
        )
        problems.append(Problem(file.file_name, message, remedy, number, "tax_at"))
    return problems
