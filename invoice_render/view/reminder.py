"""The view of one reminder: what is overdue, how much is open, and how to pay it.

Here: the letter from its head to its last sentence, its tone by step. Keep out: markup, and any
amount the letter does not hold.
"""

from dataclasses import dataclass

from invoice_render.formatting import Formats, formats_of
from invoice_render.messages import Messages, messages_of
from invoice_render.reminder import OverdueInvoice, Reminder
from invoice_render.text import plain
from invoice_render.view.invoice import Headline
from invoice_render.view.parties import PartyView, contact_line, party_view
from invoice_render.view.parts import Cell, Column, Fact, Row, Table, facts, name_column, row, table
from invoice_render.view.payment import Payment, account_facts

LAST_TONE = 3
"""The last step with words of its own; later ones have them too."""


@dataclass(frozen=True, slots=True)
class ReminderView:
    """Everything a letter shows, in reading order; `words` are the labels of its language."""

    language: str
    region: str
    words: dict[str, str]
    title: str
    name: str
    facts: tuple[Fact, ...]
    seller: PartyView
    buyer: PartyView
    text: str
    headline: Headline
    invoices: Table
    payment: Payment
    closing: str
    contact: tuple[str, ...]


def reminder_view(reminder: Reminder) -> ReminderView:
    """The view of a letter. Raises RenderError for an unknown locale or unrounded amount."""
    formats = formats_of(reminder.locale, reminder.currency, reminder.minor_digits)
    messages = messages_of(formats.locale)
    words, day = messages.words, formats.day(reminder.day)
    tone = min(reminder.step, LAST_TONE)
    title = words[f"reminder_{tone}"]
    payment = account_facts(reminder.account, reminder.account.reference, words)
    return ReminderView(
        language=messages.language,
        region=formats.locale.territory or "",
        words=dict(words),
        title=title,
        name=f"{title} {day}",
        facts=facts([(words["letter_date"], day), (words["currency"], reminder.currency)]),
        seller=party_view(reminder.seller, formats, messages),
        buyer=party_view(reminder.buyer, formats, messages),
        text=words[f"reminder_text_{tone}"],
        headline=Headline(
            words["total_open"],
            formats.money(reminder.total_open),
            words["as_of"].format(day=day),
        ),
        invoices=_invoices(reminder, formats, messages),
        payment=Payment(words["payment"], words["reminder_terms"], payment),
        closing=words["reminder_closing"],
        contact=contact_line(reminder.seller),
    )


def _invoices(reminder: Reminder, formats: Formats, messages: Messages) -> Table:
    words, currency = messages.words, reminder.currency
    columns = (
        name_column(words["number"]),
        Column(words["issue_date"]),
        Column(words["due_date"]),
        Column(words["days_overdue"]),
        Column(words["amount"], note=currency),
        Column(words["paid_or_credited"], note=currency),
        Column(words["open_amount"], note=currency),
    )
    rows = [_invoice(each, formats) for each in reminder.invoices]
    total = formats.amount(reminder.total_open)
    foot = row(words["total_open"], "", "", "", "", "", total)
    return table(words["overdue_invoices"], columns, rows, foot)


def _invoice(invoice: OverdueInvoice, formats: Formats) -> Row:
    return (
        Cell(plain(invoice.number)),
        Cell(formats.short_day(invoice.issue_date)),
        Cell(formats.short_day(invoice.due_date)),
        Cell(formats.count(invoice.days_overdue)),
        Cell(formats.amount(invoice.amount)),
        Cell(formats.amount(invoice.paid_or_credited)),
        Cell(formats.amount(invoice.open)),
    )
