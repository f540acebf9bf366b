"""Where plain data from `billing` becomes frozen bytes of `invoice_render`.

Here: the one bridge between the two, which never import each other. Keep out: what is in a
document.
"""

import json
from collections.abc import Mapping
from typing import Any

from billing.books.documents import StoredDocument
from billing.invoicing.closing import Form
from invoice_render.document import Document
from invoice_render.frozen import Frozen, digest
from invoice_render.report import CostReport, UsageReport

MODELS: dict[Form, type[Frozen]] = {
    "document": Document,
    "usage": UsageReport,
    "cost": CostReport,
}
ISSUED = ("number", "issued_at", "issue_date", "status", "payment")


def freeze(form: Form, data: Mapping[str, Any]) -> bytes:
    """Validate plain data and give its canonical bytes."""
    return MODELS[form].model_validate(data).frozen_bytes()


def reissued(draft: Mapping[str, Any], filed: StoredDocument) -> str:
    """The hash a draft would have had, had it been issued as `filed` was."""
    issued = json.loads(filed.frozen)
    known = {**{name: issued[name] for name in ISSUED}, "forms": issued.get("forms", [])}
    return digest(freeze("document", {**draft, **known}))
