"""Why a line is free, which step prices it, or what a plan has to do with it, for readers.

Here: the notes under a line that an allowance or tiers made. Keep out: prices and amounts.
"""

from collections.abc import Iterator

from invoice_render.document import LineTerm
from invoice_render.formatting import Formats
from invoice_render.messages import Messages
from invoice_render.text import plain


def term_notes(term: LineTerm | None, formats: Formats, messages: Messages) -> Iterator[str]:
    """Yield the allowance, or the step with its quantities and the packages it charges."""
    words = messages.words
    if term is None:
        return
    if term.kind == "free":
        yield words["free_quantity"].format(name=plain(term.name))
        return
    if term.kind == "included":
        used, included = (
            formats.count(each or 0) for each in (term.used_quantity, term.up_to_quantity)
        )
        yield words["plan_included"].format(used=used, included=included)
        return
    if term.kind == "days":
        days = formats.count(term.used_quantity or 0)
        yield words["fee_days"].format(days=days, period=formats.count(term.up_to_quantity or 0))
        return
    yield words["tier_step"].format(name=plain(term.name), step=formats.count(term.step))
    span = _span(term, formats, messages)
    yield words["tier_total"].format(span=span) if term.kind == "volume" else span
    if term.used_quantity is not None:
        yield words["packages"].format(used=formats.count(term.used_quantity))


def _span(term: LineTerm, formats: Formats, messages: Messages) -> str:
    words, above = messages.words, formats.count(term.above_quantity)
    if term.up_to_quantity is None:
        return words["tier_above"].format(above=above) if term.above_quantity else words["tier_all"]
    up_to = formats.count(term.up_to_quantity)
    if not term.above_quantity:
        return words["tier_up_to"].format(up_to=up_to)
    return words["tier_between"].format(above=above, up_to=up_to)
