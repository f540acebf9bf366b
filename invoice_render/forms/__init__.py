"""The forms a buyer can choose: every module of this folder says which it makes.

Here: finding them. A new form is a module with a tuple `FORMS`; a new profile of electronic
invoice is only a file of data (`einvoice.profiles`). Keep out: what all get (`bundle`).
"""

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType

from invoice_render.document import Document
from invoice_render.einvoice.profiles import NORM
from invoice_render.errors import RenderError
from invoice_render.forms.contract import Form

UNCHOSEN = (NORM,)
"""The forms of a document that names none."""


@cache
def forms() -> Mapping[str, Form]:
    """Every form by its name. Raises RenderError where two share a name or a file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[Form] = []
    for name in names:
        found += getattr(import_module(f"{__name__}.{name}"), "FORMS", ())
    _refuse_doubles([form.name for form in found])
    _refuse_doubles([name for form in found for name in form.file_names])
    return MappingProxyType({form.name: form for form in found})


def _refuse_doubles(names: Sequence[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise RenderError(f"Two forms are called {doubles[0]!r}. Rename one, or its file.")


def forms_of(document: Document) -> Sequence[Form]:
    """The chosen forms that a document of its kind has once it is finalized.

    Raises RenderError naming a form that is not known, with those that are.
    """
    chosen = document.forms or UNCHOSEN
    unknown = [name for name in chosen if name not in forms()]
    if unknown:
        raise RenderError(
            f"{document.number or 'A draft'}: {unknown[0]!r} is no form. "
            f"Known are {', '.join(forms())}."
        )
    return [form for form in map(forms().__getitem__, chosen) if form.applies(document)]
