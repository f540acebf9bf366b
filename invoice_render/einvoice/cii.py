"""An electronic invoice as UN/CEFACT Cross Industry Invoice, D16B and later.

Here: the one template for invoices and credit notes, which differ by their type code. Keep out:
terms (`semantics`) and what a profile demands.
"""

from invoice_render.document import Document
from invoice_render.einvoice.profiles import Profile, profiles
from invoice_render.einvoice.semantics import einvoice_of
from invoice_render.einvoice.terms import EInvoice
from invoice_render.environment import environment

NORM_CII = "en16931-cii"


def written(invoice: EInvoice) -> str:
    """The terms as CII."""
    return environment().get_template("cii/invoice.xml.j2").render(it=invoice)


def render(document: Document, profile: Profile | None = None) -> str:
    """A document as CII, by default under the bare norm.

    Raises RenderError for what EN 16931 has no form for.
    """
    return written(einvoice_of(document, profile or profiles()[NORM_CII]))
