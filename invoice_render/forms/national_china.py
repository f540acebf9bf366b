"""China's VAT special invoice as a form: what its issue is asked for with.

Here: its name and files. Keep out: what they hold (`national.china`).
"""

from functools import partial

from invoice_render.national.china.codes import DEMANDS
from invoice_render.national.china.files import as_json, as_xml
from invoice_render.national.china.request import request_of
from invoice_render.national.china.view import china_view
from invoice_render.national.form import national_form
from invoice_render.national.paper import paper

FORMS = (
    national_form(
        "china-vat-special",
        "request for a VAT special invoice of China",
        DEMANDS,
        {
            "invoice.china.json": as_json,
            "invoice.china.xml": as_xml,
            "invoice.china.pdf": partial(paper, china_view),
        },
        tried=request_of,
    ),
)
