"""Every document of a month as files in its folder.

Here: where a document's folder is, the one place where paths are made of ids. Keep out: how a
form looks, and writing itself.
"""

import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from billing.books import Books
from billing.errors import MeterbookError
from billing.invoicing.drafts import DraftDocument
from billing.periods import BillingMonth
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.report import CostReport, UsageReport
from orchestration.writing import write_folder

LONGEST_NAME = 200
"""Most file systems end names at 255 bytes."""


def organization_folder(documents: Path, organization_id: str) -> Path:
    """The folder of an organization's documents: one name, whatever its id is made of.

    An id of letters, digits and . _ - : @ + is its own name. Two ids never share one: ids hold
    neither the % of what is written otherwise nor the ~ before the hash of what is too long.
    """
    name = quote(organization_id, safe=":@+")
    if not name.strip("."):
        name = name.replace(".", "%2E")
    if len(name) > LONGEST_NAME:
        name = f"{name[:100]}~{sha256(organization_id.encode()).hexdigest()}"
    return documents / name


def folder_of(documents: Path, organization_id: str, name: str) -> Path:
    """The folder of a document, by its number or its draft's name; never by names of people."""
    return organization_folder(documents, organization_id) / name


def draft_folder(documents: Path, draft: DraftDocument) -> Path:
    """The folder of a draft, gone once it is finalized."""
    return folder_of(documents, draft.organization_id, draft.name)


def clear_drafts(documents: Path, month: BillingMonth, organizations: Iterable[str]) -> None:
    """Remove what was drafted of organizations that are held back or already finalized."""
    for organization in organizations:
        for folder in organization_folder(documents, organization).glob(f"draft-{month}-*"):
            shutil.rmtree(folder, ignore_errors=True)


def render_drafts(drafts: Iterable[DraftDocument], documents: Path) -> dict[str, str]:
    """Write every draft's forms for review; why not, for organizations where that failed.

    What was drafted of an organization before, and is none of its drafts now, goes.
    """
    refused: dict[str, str] = {}
    written = list(drafts)
    current = {draft_folder(documents, draft) for draft in written}
    for folder, month in {
        (organization_folder(documents, draft.organization_id), draft.data["billing_month"])
        for draft in written
    }:
        for stale in {*folder.glob(f"draft-{month}-*")} - current:
            shutil.rmtree(stale, ignore_errors=True)
    for draft in written:
        folder = draft_folder(documents, draft)
        try:
            usage, cost = draft.usage_report, draft.cost_report
            files = files_of(
                Document.model_validate(draft.data),
                None if usage is None else UsageReport.model_validate(usage),
                None if cost is None else CostReport.model_validate(cost),
            )
        except RenderError as error:
            refused[draft.organization_id] = str(error)
            shutil.rmtree(folder, ignore_errors=True)
        else:
            write_folder(folder, files)
    return refused


def render_filed(books: Books, documents: Path, month: BillingMonth) -> dict[Path, bool]:
    """Write every finalized document and clear its draft away; folder to whether it changed.

    Raises MeterbookError naming the document that cannot take a form.
    """
    written: dict[Path, bool] = {}
    for registration, _ in books.documents(month):
        stored = books.document(registration.number)
        organization = registration.organization_id
        folder = folder_of(documents, organization, registration.number)
        usage, cost = (stored.reports.get(name) for name in ("usage", "cost"))
        try:
            files = files_of(
                Document.model_validate_json(stored.frozen),
                None if usage is None else UsageReport.model_validate_json(usage),
                None if cost is None else CostReport.model_validate_json(cost),
            )
        except RenderError as error:
            raise MeterbookError(f"{organization}: {error}") from error
        written[folder] = write_folder(folder, files)
    clear_drafts(documents, month, {each.organization_id for each, _ in books.documents(month)})
    return written
