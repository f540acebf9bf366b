"""The view of one invoice, statement or credit note.

Here: the page from its head to its notes. Add a part as a builder of its own. Keep out: markup,
and any amount the document does not hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from invoice_render.document import Document
from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages, messages_of
from invoice_render.text import plain
from invoice_render.view.currencies import rate_notes
from invoice_render.view.lines import LineWriter
from invoice_render.view.parties import PartyView, contact_line, party_view
from invoice_render.view.parts import Fact, Table, facts
from invoice_render.view.payment import Payment, payment_view
from invoice_render.view.summary import SummaryWriter
from invoice_render.view.sums import SumWriter


@dataclass(frozen=True, slots=True)
class Headline:
    """The one number a reader looks for."""

    label: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Everything an invoice shows, in reading order; `words` are the labels of its language."""

    language: str
    region: str
    words: dict[str, str]
    title: str
    name: str
    status: str
    is_draft: bool
    facts: tuple[Fact, ...]
    seller: PartyView
    buyer: PartyView
    headline: Headline
    balance: Table | None
    costs: tuple[Table, ...]
    totals: tuple[Fact, ...]
    payment: Payment
    notes: tuple[str, ...]
    summary: tuple[Table, ...]
    lines: Table | None
    contact: tuple[str, ...]


def invoice_view(document: Document) -> InvoiceView:
    """The view of a document. Raises RenderError for an unknown locale or unrounded amount."""
    formats = formats_of(document.locale, document.currency, document.minor_digits)
    messages = messages_of(formats.locale)
    language = (document, formats, messages)
    sums, summary = SumWriter(*language), SummaryWriter(*language)
    return InvoiceView(
        **_title(document, formats, messages),
        facts=_facts(*language),
        seller=party_view(document.seller, formats, messages),
        buyer=party_view(document.buyer, formats, messages),
        headline=_headline(*language),
        balance=sums.balance(),
        costs=(*summary.models(), *sums.discounts_and_taxes()),
        totals=sums.totals(),
        payment=payment_view(document, messages),
        notes=_notes(*language),
        summary=summary.tables(),
        lines=LineWriter(*language).table() if document.lines else None,
        contact=contact_line(document.seller),
    )


def _title(document: Document, formats: Formats, messages: Messages) -> dict[str, Any]:
    words = messages.words
    title = words[document.kind]
    return {
        "language": messages.language,
        "region": formats.locale.territory or "",
        "words": dict(words),
        "title": title,
        "name": f"{title} {plain(document.number) or words['draft']}",
        "status": words[f"status_{document.status}"],
        "is_draft": document.status == "draft",
    }


def _facts(document: Document, formats: Formats, messages: Messages) -> tuple[Fact, ...]:
    words = messages.words
    due = None if document.has_nothing_due else document.payment.due_date
    return facts(
        [
            (words["number"], document.number or words["draft"]),
            (words["corrects_invoice"], _corrected(document, formats, words)),
            (words["issue_date"], formats.day(document.issue_date) if document.issue_date else ""),
            *_what_for(document, formats, words),
            (words["time_zone"], document.zone),
            (words["due_date"], formats.day(due) if due else ""),
            (words["payment_status"], words[f"status_{document.status}"]),
            (words["buyer_reference"], document.buyer_reference),
            (words["order_number"], document.order_number),
        ]
    )


def _what_for(
    document: Document, formats: Formats, words: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The month that is billed, the payment that was made, or what was paid back of which."""
    top_up = document.top_up
    if top_up is None:
        period = formats.period(document.period_first_day, document.period_last_day)
        yield words["billing_month"], formats.month(document.billing_month)
        yield words["billing_period"], period
        return
    is_note = document.kind == "credit_note"
    paid_at = top_up.occurred_at.astimezone(ZoneInfo(document.zone))
    shown = f"{formats.day(paid_at.date())}, {paid_at:%H:%M:%S}"
    for refund in top_up.refunds:
        day = formats.day(refund.occurred_at.astimezone(ZoneInfo(document.zone)).date())
        yield words["refund"], f"{day}, {refund.reference}"
    yield words["refunded_top_up" if is_note else "paid_at"], shown
    yield words["top_up_reference" if is_note else "payment_reference"], top_up.reference


def _corrected(document: Document, formats: Formats, words: Mapping[str, str]) -> str:
    """The number and day of the invoice a credit note corrects; empty on other documents."""
    if not document.corrects_number or document.corrects_issue_date is None:
        return document.corrects_number
    day = formats.day(document.corrects_issue_date)
    return words["corrected_invoice"].format(number=document.corrects_number, day=day)


def _headline(document: Document, formats: Formats, messages: Messages) -> Headline:
    words = messages.words
    if document.kind == "statement" and document.balance is not None:
        closing = formats.money(document.balance.closing)
        return Headline(words["closing_balance"], closing, words["nothing_payable"])
    if document.kind == "credit_note":
        back = document.totals
        amount = back.total if document.is_usage_of_balance else back.amount_due
        note = words["balance_credited"] if document.is_usage_of_balance else ""
        return Headline(words["amount_credited"], formats.money(amount), note)
    paid = formats.money(document.totals.prepaid)
    if document.kind == "top_up_receipt":
        return Headline(words["amount_received"], paid, words["receipt_terms"])
    if document.kind == "top_up_invoice":
        return Headline(words["amount_paid"], paid, words["top_up_terms"])
    if document.is_usage_of_balance:
        return Headline(words["from_balance"], paid, words["nothing_payable"])
    due = document.payment.due_date
    note = words["due_by"].format(day=formats.day(due)) if due else ""
    if document.has_nothing_due:
        note = words["nothing_due"]
    return Headline(words["amount_due"], formats.money(document.totals.amount_due), note)


def _notes(document: Document, formats: Formats, messages: Messages) -> tuple[str, ...]:
    notes = [plain(note) for note in document.notes]
    notes += rate_notes(document, formats, messages)
    return tuple(note for note in notes if note)
