"""A national form: what it demands, and a writer for each of its files.

Here: what all of them share, which documents have one and how it is refused. Keep out: the
countries, each in a module of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from invoice_render.document import Document
from invoice_render.einvoice.demands import value_at
from invoice_render.einvoice.profiles import Demand
from invoice_render.errors import RenderError
from invoice_render.forms.contract import Form, Source

KINDS = frozenset({"invoice", "top_up_invoice", "credit_note"})
OUTSIDE_SCOPE = "O"
Writer = Callable[[Document], bytes]
Trial = Callable[[Document], object]


def national_form(
    name: str,
    title: str,
    demands: Sequence[Demand],
    writers: Mapping[str, Writer],
    tried: Trial | None = None,
) -> Form:
    """The form `name` of the files that `writers` make, by file name.

    `tried` is what could still raise a RenderError: it is tried on drafts, too.
    """
    problems = partial(problems_of, demands, tried)
    return Form(
        name=name,
        title=title,
        file_names=tuple(writers),
        applies=is_tax_document,
        make=partial(_made, title, problems, writers),
        problems=problems,
        demands=tuple(demands),
    )


def is_tax_document(document: Document) -> bool:
    """Whether it is of a taxable supply: one that is all outside the scope of tax is none."""
    is_taxed = any(group.category != OUTSIDE_SCOPE for group in document.taxes)
    return document.kind in KINDS and is_taxed


def problems_of(
    demands: Sequence[Demand], tried: Trial | None, document: Document
) -> tuple[str, ...]:
    """Each unmet demand with its remedy, or what a trial says; none of what is no tax document."""
    if not is_tax_document(document):
        return ()
    unmet = tuple(
        f"{each.rule}: {each.name} is missing or amiss. {each.remedy}"
        for each in demands
        if not value_of(each, document)
    )
    if unmet or tried is None:
        return unmet
    try:
        tried(document)
    except RenderError as error:
        return (str(error),)
    return ()


def value_of(demand: Demand, document: Document) -> str:
    """What meets a demand on a document; empty where nothing does."""
    values = (value_at(document, path) for path in demand.paths)
    return next((value for value in values if demand.is_met_by(value)), "")


def _made(
    title: str,
    problems_of_it: Callable[[Document], tuple[str, ...]],
    writers: Mapping[str, Writer],
    source: Source,
) -> dict[str, bytes]:
    document = source.document
    problems = problems_of_it(document)
    if problems:
        raise RenderError(f"{document.number} is no {title}: {' '.join(problems)}")
    return {name: write(document) for name, write in writers.items()}
