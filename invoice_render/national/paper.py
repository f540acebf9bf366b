"""The ordinary page and paper with the words that a law asks for.

Here: one view as HTML and as PDF, and exchanging its labels. Keep out: which words (the
countries' modules) and looks (`templates`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from invoice_render.document import Document
from invoice_render.environment import environment
from invoice_render.errors import RenderError
from invoice_render.pdf import compile_view
from invoice_render.text import plain
from invoice_render.view.invoice import InvoiceView
from invoice_render.view.parties import PartyView
from invoice_render.view.parts import Fact

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Viewer = Callable[[Document], InvoiceView]


def page(view_of: Viewer, document: Document) -> bytes:
    """The view of a document as one HTML page."""
    template = environment().get_template("html/invoice.html.j2")
    return template.render(view=view_of(document)).encode()


def paper(view_of: Viewer, document: Document) -> bytes:
    """The view of a document as PDF/A-3b. Raises RenderError where a glyph is missing."""
    return printed("invoice", view_of(document), document)


def printed(template: str, view: "DataclassInstance", document: Document) -> bytes:
    """Any Typst template over a view, dated by its document."""
    made_at = document.issued_at or datetime.combine(document.period_last_day, time(), UTC)
    try:
        return compile_view(template, view, made_at)
    except RenderError as error:
        raise RenderError(f"{document.number}: {error}") from error


def titled(view: InvoiceView, document: Document, title: str) -> InvoiceView:
    """The view under another title."""
    return replace(view, title=title, name=f"{title} {plain(document.number)}")


def registered(party: PartyView, label: str, number: str) -> PartyView:
    """The party with its registration first, under the name that the law gives it."""
    others = tuple(fact for fact in party.facts if fact.value != number)
    return replace(party, facts=(Fact(label, plain(number)), *others))
