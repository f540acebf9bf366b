"""How an electronic invoice is paid: means, account, due date and terms (BG-16, BG-17, BT-9, BT-20).

Here: when a transfer is asked for, and what stands there where none is. Keep out: the words
(`view.payment`) and check digits (`identities`).
"""

from datetime import date

from invoice_render.document import Document
from invoice_render.einvoice import terms
from invoice_render.einvoice.profiles import Profile
from invoice_render.formatting import formats_of
from invoice_render.messages import messages_of
from invoice_render.text import compact, plain
from invoice_render.view.payment import payment_terms, payment_window

SEPA_CREDIT_TRANSFER, CREDIT_TRANSFER, NO_INSTRUMENT = "58", "30", "1"
"""Codes of UNTDID 4461; 1 names no instrument: how a top-up was paid only its reference says."""


def payment_of(document: Document, profile: Profile) -> terms.Payment | None:
    """How to pay an invoice; where nothing is to be transferred, that only if it is asked for."""
    paid, payment = document.top_up, document.payment
    if document.kind == "top_up_invoice" and paid is not None:
        return terms.Payment(NO_INSTRUMENT, _text(paid.reference), None)
    if payment.iban and _asks_for_transfer(document):
        means = SEPA_CREDIT_TRANSFER if document.currency == "EUR" else CREDIT_TRANSFER
        account = terms.Transfer(_iban(document), _text(payment.account_name), _bic(document))
        return terms.Payment(means, _text(payment.reference) or _text(document.number), account)
    return terms.Payment(NO_INSTRUMENT, "", None) if profile.payment_always else None


def due_date_of(document: Document) -> date | None:
    """Until when to pay; None where nothing is left to be."""
    has_none = document.has_nothing_due and not _asks_for_transfer(document)
    return None if has_none else document.payment.due_date


def payment_words(document: Document) -> str:
    """The terms in words, those of the page."""
    messages = messages_of(formats_of(document.locale).locale)
    if _asks_for_transfer(document):
        return _text(payment_window(document.payment, messages))
    return _text(payment_terms(document, messages))


def _asks_for_transfer(document: Document) -> bool:
    """Whether money is to be transferred.

    A document that chose no form asks also for 0.00: that breaks no rule, so it stays as filed.
    """
    was_so = not document.forms and document.has_nothing_due
    return document.asks_for_transfer or was_so


def _iban(document: Document) -> str:
    written = document.payment.iban
    return compact(_text(written)) if document.forms else written.replace(" ", "")


def _bic(document: Document) -> str:
    written = _text(document.payment.bic)
    return compact(written) if document.forms else written


def _text(text: str) -> str:
    return plain(text).strip()
