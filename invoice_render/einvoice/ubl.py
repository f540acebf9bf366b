"""An electronic invoice as UBL 2.1: Invoice or CreditNote.

Here: what UBL calls the parts of a document that the two name apart. Keep out: terms
(`semantics`) and what a profile demands.
"""

from dataclasses import dataclass

from invoice_render.document import Document
from invoice_render.einvoice.profiles import NORM, Profile, profiles
from invoice_render.einvoice.semantics import einvoice_of
from invoice_render.einvoice.terms import CREDIT_NOTE, INVOICE, EInvoice
from invoice_render.environment import environment


@dataclass(frozen=True, slots=True)
class Words:
    """The element names of one document type."""

    root: str
    type_element: str
    line: str
    quantity: str


WORDS = {
    INVOICE: Words("Invoice", "InvoiceTypeCode", "InvoiceLine", "InvoicedQuantity"),
    CREDIT_NOTE: Words("CreditNote", "CreditNoteTypeCode", "CreditNoteLine", "CreditedQuantity"),
}


def written(invoice: EInvoice) -> str:
    """The terms as UBL."""
    template = environment().get_template("ubl/invoice.xml.j2")
    return template.render(it=invoice, words=WORDS[invoice.type_code])


def render(document: Document, profile: Profile | None = None) -> str:
    """A document as UBL, by default under the bare norm.

    Raises RenderError for what EN 16931 has no form for.
    """
    return written(einvoice_of(document, profile or profiles()[NORM]))
