"""Text of strangers that wants to be more than text, and where it can stand.

Here: the texts, and planting them in every field a customer or the catalog can fill. Keep out:
assertions.
"""

from typing import Any, TypeVar

from pydantic import BaseModel

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{7*7}}{% raw %}{{ view }}",
    "#set page(width: 10pt)",
    '#read("/etc/passwd") $x^2$ *bold* _it_ `raw` @ref <label>',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "../../etc/passwd",
    "]]> &lt; &amp; &xxe; <!ENTITY x SYSTEM 'file:/etc/passwd'>",
    "C:\\\\temp\\n\\u0041 {key} %s %(name)s",
)
CONTROL = "A\x00B\x07C\x1bD\u202eE\ufffeF\x85G\u200bH\ufeffI"
_FIXED = frozenset(
    {
        "kind payment_mode status locale zone currency billing_month service_month country",
        "vat_id tax_category category exemption_code base_currency quote_currency number",
        "endpoint_scheme endpoint_id iban forms",
    }
)
FIXED_FIELDS = frozenset(field for names in _FIXED for field in names.split())


Model = TypeVar("Model", bound=BaseModel)


def planted(model: Model, text: str) -> Model:
    """The model with `text` in every free text field, at any depth."""
    return model.model_copy(
        update={
            name: _planted(value, text)
            for name, value in model
            if name not in FIXED_FIELDS and not (name == "meter" and _is_line(model))
        }
    )


def _planted(value: Any, text: str) -> Any:
    if isinstance(value, BaseModel):
        return planted(value, text)
    if isinstance(value, tuple):
        return tuple(_planted(item, text) for item in value)
    return text if isinstance(value, str) else value


def _is_line(model: BaseModel) -> bool:
    return "base_quantity" in type(model).model_fields
