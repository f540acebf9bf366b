"""Every document of a month as files in its folder.

Here: where a document's folder is. Keep out: how a form looks, and writing itself.
"""

import shutil
from pathlib import Path

import duckdb

from billing.books import Books
from billing.errors import MeterbookError
from billing.invoicing.drafts import draft_documents
from billing.periods import BillingMonth
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.report import CostReport, UsageReport
from orchestration.writing import write_folder


def folder_of(documents: Path, organization_id: str, number: str) -> Path:
    """The folder of a finalized document; made of ids, never of names."""
    return documents / organization_id / number


def draft_folder(documents: Path, organization_id: str, month: BillingMonth, mode: str) -> Path:
    """The folder of a draft, gone once it is finalized."""
    return documents / organization_id / f"draft-{month}-{mode}"


def render_month(
    connection: duckdb.DuckDBPyConnection, books: Books, documents: Path, month: BillingMonth
) -> dict[Path, bool]:
    """Write every finalized document and every draft; folder to whether it changed.

    Raises MeterbookError naming the document that cannot take a form.
    """
    written: dict[Path, bool] = {}
    filed = {registration.number for registration, _ in books.documents(month)}
    for number in sorted(filed):
        stored = books.document(number)
        document = Document.model_validate_json(stored.frozen)
        usage = UsageReport.model_validate_json(stored.reports["usage"])
        cost = CostReport.model_validate_json(stored.reports["cost"])
        folder = folder_of(documents, stored.registration.organization_id, number)
        written[folder] = _write(folder, document, usage, cost)
    drafted = {organization for organization, drafted in books.drafts() if drafted == month}
    for draft in draft_documents(connection, month):
        folder = draft_folder(documents, draft.organization_id, month, draft.payment_mode)
        if draft.organization_id not in drafted:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        document = Document.model_validate(draft.data)
        usage = UsageReport.model_validate(draft.usage_report)
        cost = CostReport.model_validate(draft.cost_report)
        written[folder] = _write(folder, document, usage, cost)
    return written


def _write(folder: Path, document: Document, usage: UsageReport, cost: CostReport) -> bool:
    try:
        return write_folder(folder, files_of(document, usage, cost))
    except RenderError as error:
        raise MeterbookError(f"{folder.parent.name}, {folder.name}: {error}") from error
