"""What the books say of documents that usage below zero may correct, as rows of schema `books`.

Here: the rows of `corrected_document`, `corrected_tax` and `corrected_allowance`. Keep out: which
document is chosen (`billing.books.crediting`) and what is given back of it (`dbt_project`).
"""

from collections.abc import Sequence

from billing.books.crediting import CorrectedDocument
from billing.periods import BillingMonth

PAYERS = {"enterprise": "contract", "prepaid": "balance", "subscription": "subscription"}
Cells = tuple[object, ...]


def corrected_rows(corrected: Sequence[CorrectedDocument], month: BillingMonth) -> list[Cells]:
    """Return which document gives back what of each earlier month's usage or fees."""
    return [
        (
            each.organization_id,
            PAYERS[each.payment_mode],
            each.service_month.first_day,
            month.first_day,
            each.corrects_month.first_day,
            each.number,
            each.issue_date,
            str(each.left),
            each.notes,
        )
        for each in corrected
    ]


def rows_left(
    corrected: Sequence[CorrectedDocument], month: BillingMonth
) -> dict[str, list[Cells]]:
    """Return what is left of each such invoice, by tax group and by kind of allowance."""
    invoices = {each.number: each for each in corrected if each.is_invoice}
    taxes: list[Cells] = []
    allowances: list[Cells] = []
    for each in invoices.values():
        own = (each.organization_id, each.payment_mode)
        key = (*own, month.first_day, each.corrects_month.first_day)
        taxes += [
            (*key, tax.category, tax.rate, str(tax.taxable), str(tax.tax)) for tax in each.taxes
        ]
        allowances += [(*key, row.kind, str(row.amount)) for row in each.allowances]
    return {"corrected_tax": taxes, "corrected_allowance": allowances}
