"""A document as the XML of a form, checked by nobody yet."""

from invoice_render.document import Document
from invoice_render.einvoice import cii, ubl
from invoice_render.einvoice.profiles import profiles


def xml_of(document: Document, form: str) -> str:
    """The XML of a form; of a hybrid what is inside."""
    profile = profiles()[form]
    return (ubl if profile.syntax == "ubl" else cii).render(document, profile)
