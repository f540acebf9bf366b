"""What stands against closing an organization's month, apart from what the audit finds.

Here: the calendar, credit notes that give back too much, and filed documents that the catalog no
longer leads to, each as a finding. Keep out: the rules themselves (`billing.invoicing`).
"""

import json
from collections.abc import Collection, Sequence

import duckdb

from billing.audit.findings import Finding
from billing.books import Books
from billing.books.documents import StoredDocument
from billing.clock import Clock
from billing.invoicing.amending import amended_months
from billing.invoicing.closing import not_ended, read_closing, refusals
from billing.invoicing.crediting import unjust_notes
from billing.invoicing.drafts import DraftDocument, draft_documents
from billing.periods import BillingMonth
from orchestration.freezing import freeze, reissued

NOT_ENDED = "month_not_ended"
OUT_OF_ORDER = "closing_order"
ALTERED = "finalized_document"
UNJUST_NOTE = "credit_notes"


def closing_findings(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    clock: Clock,
    month: BillingMonth,
    organizations: Sequence[str],
) -> list[Finding]:
    """Everything that stands against the month's documents beside wrong amounts and counts."""
    return [
        *_calendar(connection, books, clock, month, organizations),
        *_unjust(connection, books, month),
        *_altered(connection, books, month),
    ]


def _calendar(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    clock: Clock,
    month: BillingMonth,
    organizations: Sequence[str],
) -> list[Finding]:
    """Organizations whose month is not over, or whose earlier month is still open."""
    closing = read_closing(connection, books, month, clock=clock, freeze=freeze)
    findings = []
    for organization, reason in refusals(books, closing, organizations).items():
        early = not_ended(month, closing.zone(organization), clock)
        name = NOT_ENDED if early else OUT_OF_ORDER
        findings.append(_finding(organization, month, name, ("closable", reason)))
    return findings


def _unjust(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[Finding]:
    """Credit notes that would give back what was never billed."""
    return [
        Finding(
            note.organization_id,
            month.first_day,
            UNJUST_NOTE,
            note.subject,
            note.wanted,
            note.found,
            note.message,
        )
        for note in unjust_notes(connection, books, month)
    ]


def _altered(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[Finding]:
    """Finalized documents that the marts, at their watermark, no longer lead to.

    One that bills an amended month is passed over: the catalog was changed for it on purpose, and
    what that comes to is in a later month's documents.
    """
    filed = {
        (each.organization_id, each.payment_mode, each.corrects_number, each.top_up_id): (
            each.number,
            sha256,
        )
        for each, sha256 in books.documents(month)
    }
    drafts = {_filed_as(draft): draft for draft in draft_documents(connection, month)}
    amended = amended_months(connection)
    findings = []
    for key, (number, sha256) in filed.items():
        if _is_amended(books.document(number), amended):
            continue
        again = reissued(drafts[key].data, books.document(number)) if key in drafts else "missing"
        if again != sha256:
            findings.append(_finding(key[0], month, ALTERED, (sha256, again), number))
    return findings


def _filed_as(draft: DraftDocument) -> tuple[str, str, str, str]:
    """Name what a draft is filed as; a credit note on a top-up is known by its invoice."""
    corrects = draft.data["corrects_number"]
    top_up_id = draft.top_up_id if draft.data["kind"] != "credit_note" else ""
    return (draft.organization_id, draft.payment_mode, corrects, top_up_id)


def _is_amended(filed: StoredDocument, amended: Collection[tuple[str, str]]) -> bool:
    frozen = json.loads(filed.frozen)
    if frozen.get("top_up"):  # no usage, so nothing that an amendment rates again
        return False
    organization = filed.registration.organization_id
    return any((organization, line["service_month"]) in amended for line in frozen["lines"])


def _finding(
    organization: str, month: BillingMonth, name: str, values: tuple[str, str], subject: str = ""
) -> Finding:
    expected, actual = values
    about = f"{organization}, {subject}" if subject else organization
    message = (
        f"{about}: {actual}"
        if name != ALTERED
        else (
            f"{about}: the marts now lead to a document with hash {actual}, filed was {expected}. "
            "The filed document stands; look at what changed in the catalog."
        )
    )
    return Finding(organization, month.first_day, name, subject, expected, actual, message)
