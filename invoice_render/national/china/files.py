"""The request as JSON and as XML, and its published schema.

Here: bytes. `docs/schemas/` has the schema of both; a test holds that of JSON equal to the
fields. Keep out: the fields (`request`).
"""

import json

from invoice_render.document import Document
from invoice_render.environment import environment
from invoice_render.national.china.request import SCHEMA_VERSION, Request, request_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMESPACE = f"urn:meterbook:china-invoice:{SCHEMA_VERSION}"


def as_json(document: Document) -> bytes:
    """Canonical JSON: sorted keys, amounts as texts."""
    return request_of(document).frozen_bytes()


def as_xml(document: Document) -> bytes:
    """The same fields as elements, in the order of the schema."""
    template = environment().get_template("china/invoice.xml.j2")
    return template.render(request=request_of(document), namespace=NAMESPACE).encode()


def schema_text() -> str:
    """The JSON Schema of a request, as the text of its file."""
    schema = {"$schema": DIALECT, **Request.model_json_schema(mode="serialization")}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
