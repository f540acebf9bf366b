"""How to pay, in words and in numbers to copy.

Here: payment terms and bank details. Keep out: amounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from invoice_render.document import Document, PaymentTerms
from invoice_render.messages import Messages
from invoice_render.reminder import BankAccount
from invoice_render.view.parts import Fact, facts


@dataclass(frozen=True, slots=True)
class Payment:
    """Terms and bank details; without facts there is nothing to transfer."""

    label: str
    terms: str
    facts: tuple[Fact, ...]


def payment_view(document: Document, messages: Messages) -> Payment:
    """Payment details of an invoice; other documents say why there is nothing to transfer."""
    words, payment = messages.words, document.payment
    if document.kind == "statement":
        return Payment(words["payment"], words["nothing_payable"], ())
    if not document.asks_for_transfer:
        return Payment(words["payment"], payment_terms(document, messages), ())
    details = account_facts(payment, payment.reference or document.number, words)
    return Payment(words["payment"], payment_terms(document, messages), details)


def account_facts(
    account: PaymentTerms | BankAccount, reference: str, words: Mapping[str, str]
) -> tuple[Fact, ...]:
    """Where to transfer what is owed, and what to quote."""
    return facts(
        [
            (words["account_name"], account.account_name),
            (words["iban"], _in_fours(account.iban)),
            (words["bic"], account.bic),
            (words["bank"], account.bank_name),
            (words["payment_reference"], reference),
        ]
    )


def payment_terms(document: Document, messages: Messages) -> str:
    """The payment window in words; of a credit note, how it is given back; or that it is paid."""
    word = _settled_word(document)
    return messages.words[word] if word else payment_window(document.payment, messages)


def payment_window(payment: PaymentTerms, messages: Messages) -> str:
    """The days in which a transfer is asked for, in words."""
    days = payment.payment_days
    if days == 0:
        return messages.words["payable_immediately"]
    return messages.words["payment_terms"].format(days=days)


def _settled_word(document: Document) -> str:
    """The word that says why nothing is to be transferred; empty where something is."""
    if document.kind == "top_up_receipt":
        return "receipt_terms"
    if document.kind == "top_up_invoice":
        return "top_up_terms"
    if document.kind == "credit_note":
        if document.top_up is not None:
            return "refund_terms"
        return "balance_credited" if document.is_usage_of_balance else "credit_terms"
    if document.is_usage_of_balance:
        return "nothing_payable"
    return "nothing_due" if document.has_nothing_due else ""


def _in_fours(iban: str) -> str:
    letters = "".join(iban.split())
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))
