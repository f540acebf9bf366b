"""Singapore's tax invoice as a form.

Here: its name and files. Keep out: what it shows (`national.singapore`).
"""

from functools import partial

from invoice_render.national.form import national_form
from invoice_render.national.paper import page, paper
from invoice_render.national.singapore import DEMANDS, singapore_view

FORMS = (
    national_form(
        "singapore-tax-invoice",
        "tax invoice of Singapore",
        DEMANDS,
        {
            "invoice.singapore.pdf": partial(paper, singapore_view),
            "invoice.singapore.html": partial(page, singapore_view),
        },
    ),
)
