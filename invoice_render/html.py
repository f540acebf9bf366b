"""A document as one self-contained HTML page.

Here: the HTML form. Keep out: scripts, anything fetched from elsewhere, and formats (`view`).
"""

from invoice_render.document import Document
from invoice_render.environment import environment
from invoice_render.view.invoice import invoice_view


def render(document: Document) -> str:
    """The page of an invoice or statement: prints on A4, light and dark on screens."""
    template = environment().get_template("html/invoice.html.j2")
    return template.render(view=invoice_view(document))
