"""Japan's qualified invoice as a form.

Here: its name and files. Keep out: what it shows (`national.japan`).
"""

from functools import partial

from invoice_render.national.form import national_form
from invoice_render.national.japan import DEMANDS, japan_view
from invoice_render.national.paper import page, paper

FORMS = (
    national_form(
        "japan-qualified",
        "qualified invoice of Japan",
        DEMANDS,
        {
            "invoice.japan.pdf": partial(paper, japan_view),
            "invoice.japan.html": partial(page, japan_view),
        },
    ),
)
