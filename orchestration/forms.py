"""The forms that `invoice_render` makes, as the catalog's check knows them.

Here: the one bridge between the two, which never import each other. Keep out: which forms there
are (`invoice_render.forms`) and what is checked (`billing.catalog.forms`).
"""

from dataclasses import fields
from functools import cache

from billing.catalog.forms import FormDemand, Forms, KnownForm
from invoice_render.einvoice.profiles import Demand
from invoice_render.forms import forms
from invoice_render.forms.contract import Form


@cache
def known_forms() -> Forms:
    """Every form that document_forms.csv may choose, with what it asks of the catalog."""
    return {name: _known(form) for name, form in forms().items()}


def _known(form: Form) -> KnownForm:
    return KnownForm(form.name, tuple(map(_demand, form.demands)), form.most_digits)


def _demand(demand: Demand) -> FormDemand:
    """The fields of the same name; a demand's paths are the documents' own business."""
    own = {field.name for field in fields(FormDemand)}
    return FormDemand(**{name: x for name, x in vars(demand).items() if name in own})
