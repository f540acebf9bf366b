"""When a customer is reminded of an invoice that is overdue.

Here: the contract of reminder_steps.csv, which may be absent: nobody is reminded then. No
document rests on these rows, so they may be edited. Keep out: which invoice is reminded of
(`billing.receivables.reminding`) and the words of letters (`invoice_render`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

REMINDER_STEPS = CatalogFile(
    name="reminder_steps",
    columns={
        "reminder_step_id": c.identifier(),
        "seller_id": c.identifier(),
        "step": c.count(at_most=100, above_zero=True),
        "days_after_due": c.count(at_most=3650, above_zero=True),
    },
    key=("reminder_step_id",),
    references={"seller_id": ("seller", "seller_id")},
    may_be_absent=True,
)

FILES = (REMINDER_STEPS,)
