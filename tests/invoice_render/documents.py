"""Documents put together from their lines.

Here: what the factories share. Keep out: examples, and the law of the sums (`assembly`).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoice_render.document import Document, Line
from tests.invoice_render.assembly import Discount, Fixed, sums_of
from tests.invoice_render.heads import HEAD, summary_of
from tests.invoice_render.lines import MODELS


def document_of(
    lines: Sequence[Line],
    discounts: Sequence[Discount] = (),
    *,
    digits: int = 2,
    prepaid: Decimal = Decimal(0),
    fixed: Sequence[Fixed] = (),
    **fields: Any,
) -> Document:
    """A consistent document of these lines; any other field may be given."""
    requests = {model_id: 1_201 * place for place, (model_id, *_) in enumerate(MODELS, start=1)}
    sums = sums_of(lines, discounts, digits, prepaid=prepaid, requests=requests, fixed=fixed)
    parts = {
        "minor_digits": digits,
        "summary": summary_of(lines),
        "lines": tuple(lines),
        "models": sums.models,
        "allowances": sums.allowances,
        "taxes": sums.taxes,
        "totals": sums.totals,
    }
    return Document(**{**HEAD, **parts, **fields})
