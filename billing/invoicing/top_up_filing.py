"""Filing what is about top-ups: a note beside its invoice, and that no top-up is left out.

Here: what the one transaction of a closing month asks of these documents. Keep out: making them
(`top_up_documents`) and the transaction itself (`finalize`).
"""

from collections.abc import Sequence
from dataclasses import replace

from billing.books.documents import Registration
from billing.errors import BooksError
from billing.invoicing.closing import Closing
from billing.invoicing.drafts import DraftDocument

ABOUT_ONE_TOP_UP = ("top_up_invoice", "top_up_receipt")
"""Kinds of documents of which each top-up has one."""


def numbered_with(draft: DraftDocument, filed: Sequence[Registration]) -> DraftDocument:
    """Name in a credit note the invoice of its top-up that was filed a moment before."""
    if not draft.top_up_id or draft.data["kind"] in ABOUT_ONE_TOP_UP:
        return draft
    for each in filed:
        if each.top_up_id == draft.top_up_id:
            named = {"corrects_number": each.number, "corrects_issue_date": each.issue_date}
            return replace(draft, data={**draft.data, **named})
    return draft


def require_invoices(closing: Closing, organization_id: str, filed: Sequence[Registration]) -> None:
    """Raise BooksError unless the month invoices or receipts exactly what it posts of them."""
    due = {
        act.act_id: act.minor
        for act in closing.acts
        if act.organization_id == organization_id and act.is_invoiced
    }
    made = {each.top_up_id: each.taxable_minor for each in filed if each.top_up_id}
    if due != made:
        wrong = sorted(name for name, _ in due.items() ^ made.items())
        raise BooksError(
            f"{organization_id}: the month posts the top-ups {', '.join(due) or 'none'} and "
            f"invoices {', '.join(made) or 'none'}; they differ in {', '.join(dict.fromkeys(wrong))}. "
            "Top-ups changed since the draft; close the month again."
        )
