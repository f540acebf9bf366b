"""Electronic invoices as forms: one for each profile.

Here: a profile's syntax to the module that writes it. Keep out: which profiles there are, which
is data (`einvoice.profiles`).
"""

from collections.abc import Callable, Mapping
from functools import partial

from invoice_render.document import Document
from invoice_render.einvoice import cii, hybrid, ubl
from invoice_render.einvoice.demands import problems_of
from invoice_render.einvoice.profiles import Profile, Syntax, profiles
from invoice_render.einvoice.semantics import MOST_DIGITS, einvoice_of, may_have_form
from invoice_render.forms.contract import Form, Source

PROVISIONAL = "DRAFT"
"""The number a draft is tried with, and that of an invoice that has none yet."""


def _ubl(document: Document, profile: Profile) -> bytes:
    return ubl.render(document, profile).encode()


def _cii(document: Document, profile: Profile) -> bytes:
    return cii.render(document, profile).encode()


WRITERS: Mapping[Syntax, Callable[[Document, Profile], bytes]] = {
    "ubl": _ubl,
    "cii": _cii,
    "hybrid": hybrid.render,
}


def _problems(profile: Profile, document: Document) -> tuple[str, ...]:
    return problems_of(einvoice_of(as_if_finalized(document), profile), profile)


def _made(profile: Profile, source: Source) -> dict[str, bytes]:
    """The file, unchecked: a draft was, and nobody can mend what is filed when laws are added."""
    return {profile.file_name: WRITERS[profile.syntax](source.document, profile)}


def as_if_finalized(document: Document) -> Document:
    """A draft with number and day, so that what its form lacks is known before it is numbered."""
    if document.status != "draft":
        return document
    update: dict[str, object] = {"status": "open", "number": PROVISIONAL}
    update["issue_date"] = document.period_last_day
    if document.kind == "credit_note" and not document.corrects_number:
        update["corrects_number"] = PROVISIONAL
    return document.model_copy(update=update)


def _form(profile: Profile) -> Form:
    return Form(
        name=profile.form,
        title=profile.title,
        file_names=(profile.file_name,),
        applies=may_have_form,
        make=partial(_made, profile),
        problems=partial(_problems, profile),
        demands=profile.demands,
        most_digits=MOST_DIGITS,
    )


FORMS = tuple(map(_form, profiles().values()))
