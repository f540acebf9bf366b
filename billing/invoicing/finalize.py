"""Finalizing: a draft gets its number and never changes again.

Here: the one transaction per organization that closes its month. Killed anywhere and run
again, it gives the same numbers and bytes under the same clock. Keep out: drafting, looks,
and how the books store things.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from billing.books import Books
from billing.books.amendments import carry_out
from billing.books.catalog import accept_catalog
from billing.books.closing import close_month, closed_at_watermark, record_evidence
from billing.books.documents import Registration, file_document, registrations
from billing.books.journal import Entry, log
from billing.books.numbering import take_number
from billing.boundaries import reached
from billing.errors import BooksError
from billing.invoicing.adding_up import require_sums
from billing.invoicing.closing import Closing, refusal
from billing.invoicing.drafts import EXACT_PRECISION, DraftDocument
from billing.invoicing.parts import parts_of
from billing.invoicing.posting import post_balance, post_credits
from billing.invoicing.top_up_filing import ABOUT_ONE_TOP_UP, numbered_with, require_invoices
from billing.invoicing.watermarks import UNKNOWN

TOTALS = ("subtotal", "discount", "taxable", "tax", "total", "prepaid", "amount_due")


@dataclass(frozen=True)
class ClosedMonth:
    """What closing one organization's month came to; `is_new` is False if it was closed."""

    organization_id: str
    numbers: tuple[str, ...]
    is_new: bool


def finalize_organization(
    books: Books,
    closing: Closing,
    organization_id: str,
    watermark: int,
    drafts: Sequence[DraftDocument],
) -> ClosedMonth:
    """Close one organization's month with its documents, all or nothing.

    A month that is closed already is left alone. Raises BooksError with the reason when the
    month may not be closed, when a document does not add up, or when the books refuse.
    """
    reason = refusal(books, closing, organization_id)
    if reason is not None:
        raise BooksError(f"{organization_id}: {reason}.")
    with localcontext(prec=EXACT_PRECISION), books.writing() as connection:
        if closed_at_watermark(connection, organization_id, closing.month) is not None:
            return _closed_before(connection, closing, organization_id)
        numbers = _close(connection, closing, organization_id, watermark, drafts)
        reached("finalize.before_commit")
    reached("finalize.after_commit")
    return ClosedMonth(organization_id, numbers, is_new=True)


def close_unknown(
    books: Books, closing: Closing, organizations: Iterable[str], watermark: int
) -> ClosedMonth | None:
    """Close the month of rows without an organization, once every organization's is closed.

    Returns None while one is open: such a row may yet turn out to be its.
    """
    closed = books.finalized()
    if any((each, closing.month) not in closed for each in organizations):
        return None
    return finalize_organization(books, closing, UNKNOWN, watermark, [])


def _closed_before(connection: Connection, closing: Closing, organization_id: str) -> ClosedMonth:
    rows = registrations(connection, closing.month, organization_id)
    numbers = tuple(registration.number for registration, _ in rows)
    return ClosedMonth(organization_id, numbers, is_new=False)


def _close(
    connection: Connection,
    closing: Closing,
    organization_id: str,
    watermark: int,
    drafts: Sequence[DraftDocument],
) -> tuple[str, ...]:
    now = closing.clock.now()
    record_evidence(connection, closing.evidence_up_to(watermark), now)
    close_month(connection, organization_id, closing.month, watermark, now)
    if closing.catalog is not None:
        accept_catalog(connection, closing.catalog, closing.month, now, closing.actor)
    filed: list[tuple[Registration, DraftDocument]] = []
    for each in sorted(drafts, key=lambda draft: (draft.payment_mode, draft.corrects_month)):
        draft = numbered_with(each, [registration for registration, _ in filed])
        filed.append((_file(connection, closing, draft, now), draft))
    require_invoices(closing, organization_id, [registration for registration, _ in filed])
    post_balance(connection, closing, organization_id, filed)
    post_credits(connection, closing, organization_id, filed)
    amendments = [each for each in closing.amendments if each.organization_id == organization_id]
    carry_out(connection, closing.month, amendments)
    subject = f"{organization_id} {closing.month}"
    detail = f"watermark {watermark}"
    if amendments:
        detail += f", amendments {', '.join(each.amendment_id for each in amendments)}"
    log(connection, Entry(now, closing.actor, "close_month", subject, detail))
    return tuple(registration.number for registration, _ in filed)


def _file(
    connection: Connection, closing: Closing, draft: DraftDocument, now: datetime
) -> Registration:
    """Number, freeze, check and file one document."""
    kind = draft.data["kind"]
    issue_date = now.astimezone(ZoneInfo(closing.seller_zone)).date()
    serial, number = take_number(connection, closing.seller_id, kind, issue_date.year)
    frozen = closing.freeze("document", _issued(draft, number, now, issue_date))
    document = json.loads(frozen)
    require_sums(document)
    registration = _registration(closing, document, serial)
    if registration.number != number or registration.organization_id != draft.organization_id:
        raise BooksError(f"What was frozen for {number} names another document.")
    reports: dict[str, bytes] = {
        name: closing.freeze(name, report) for name, report in draft.reports.items()
    }
    sha256 = file_document(connection, registration, frozen, reports, parts_of(document))
    log(connection, Entry(now, closing.actor, "finalize", number, sha256))
    return registration


def _issued(draft: DraftDocument, number: str, now: datetime, issue_date: date) -> dict[str, Any]:
    payment = dict(draft.data["payment"])
    is_payable = draft.data["kind"] == "invoice" and draft.payment_mode != "prepaid"
    due_date = issue_date + timedelta(days=payment["payment_days"]) if is_payable else None
    is_open = is_payable and draft.data["totals"]["amount_due"] != 0
    return {
        **draft.data,
        "number": number,
        "issued_at": now.replace(microsecond=0),
        "issue_date": issue_date,
        "status": "open" if is_open else "settled",
        "payment": {**payment, "due_date": due_date, "reference": number},
    }


def _registration(closing: Closing, document: Mapping[str, Any], serial: int) -> Registration:
    """Register what the frozen bytes say, not what was meant to be frozen."""
    digits = document["minor_digits"]
    amounts = {f"{name}_minor": _minor(document["totals"][name], digits) for name in TOTALS}
    due_date = document["payment"]["due_date"]
    issue_date = date.fromisoformat(document["issue_date"])
    return Registration(
        number=document["number"],
        seller_id=closing.seller_id,
        kind=document["kind"],
        year=issue_date.year,
        serial=serial,
        organization_id=document["buyer"]["party_id"],
        billing_month=closing.month,
        payment_mode=document["payment_mode"],
        zone=document["zone"],
        currency=document["currency"],
        minor_digits=digits,
        issue_date=issue_date,
        due_date=date.fromisoformat(due_date) if due_date else None,
        corrects_number=document["corrects_number"],
        top_up_id=document["top_up"]["top_up_id"] if document["kind"] in ABOUT_ONE_TOP_UP else "",
        **amounts,
    )


def _minor(amount: str, digits: int) -> int:
    return int(Decimal(amount).scaleb(digits))
