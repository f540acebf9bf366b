"""Every document of a month as files in its folder.

Here: where a document's folder is, the one place where paths are made of ids. Keep out: how a
form looks, and writing itself.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from billing.books import Books
from billing.books.documents import Registration
from billing.errors import MeterbookError
from billing.invoicing.drafts import DraftDocument
from billing.periods import BillingMonth
from invoice_render.document import Document
from invoice_render.report import CostReport, UsageReport
from orchestration.rendered import stamp_of
from orchestration.rendering_batch import Task, render_all

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
            _remove(documents, folder)


def render_drafts(drafts: Iterable[DraftDocument], documents: Path) -> dict[str, str]:
    """Write every draft's forms for review; why not, for organizations where that failed.

    What was drafted of an organization before, and is none of its drafts now, goes.
    """
    current = {draft_folder(documents, draft): draft for draft in drafts}
    for folder, month in {
        (organization_folder(documents, draft.organization_id), draft.data["billing_month"])
        for draft in current.values()
    }:
        for stale in {*folder.glob(f"draft-{month}-*")} - current.keys():
            _remove(documents, stale)
    refused: dict[str, str] = {}
    for outcome in render_all(_draft_tasks(current, documents)):
        if outcome.refused:
            refused[current[outcome.folder].organization_id] = outcome.refused
    for folder, draft in current.items():
        if draft.organization_id in refused:
            _remove(documents, folder)
    return refused


def render_filed(
    books: Books,
    documents: Path,
    month: BillingMonth,
    told: Callable[[int], None] = lambda _: None,
) -> dict[Path, bool]:
    """Write every finalized document and clear its draft away; folder to whether it changed.

    `told` hears how many are done. Raises MeterbookError naming the documents that cannot take a
    form, once all others are written.
    """
    filed = [registration for registration, _ in books.documents(month)]
    owners = {
        folder_of(documents, each.organization_id, each.number): each.organization_id
        for each in filed
    }
    found = list(render_all(_filed_tasks(books, documents, filed), told))
    refused = {owners[each.folder]: each.refused for each in found if each.refused}
    clear_drafts(documents, month, set(owners.values()) - refused.keys())
    if refused:
        raise MeterbookError("\n".join(f"{owner}: {why}" for owner, why in sorted(refused.items())))
    return {each.folder: each.changed for each in found}


def _draft_tasks(drafts: Mapping[Path, DraftDocument], documents: Path) -> Iterator[Task]:
    for folder, draft in drafts.items():
        usage, cost = draft.usage_report, draft.cost_report
        yield Task(
            folder,
            stamp_of(documents, folder),
            Document.model_validate(draft.data).frozen_bytes(),
            None if usage is None else UsageReport.model_validate(usage).frozen_bytes(),
            None if cost is None else CostReport.model_validate(cost).frozen_bytes(),
        )


def _filed_tasks(books: Books, documents: Path, filed: Iterable[Registration]) -> Iterator[Task]:
    for each in filed:
        stored = books.document(each.number)
        folder = folder_of(documents, each.organization_id, each.number)
        reports = (stored.reports.get(name) for name in ("usage", "cost"))
        yield Task(folder, stamp_of(documents, folder), stored.frozen, *reports)


def _remove(documents: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    stamp_of(documents, folder).unlink(missing_ok=True)
