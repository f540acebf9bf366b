"""In which quarter hours the usage on a line lies that an allowance or tiers shared out.

Here: walking the organization's usage again and keeping the quarter hours with a part on the
line. All of a quarter hour's usage is then shown, since a threshold may lie within it. Keep
out: usage keys (`trace`) and words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from billing.audit.price_book import PriceBook
from billing.audit.sliced_rollup import Attributes, SlicedRollup
from billing.audit.terms import Slice, Terms
from billing.audit.usage import Share, Usage
from billing.audit.volume_usage import read_portions
from billing.audit.volume_walk import Part, TermFinder, walk
from billing.audit.windows import BEFORE_FIRST_FILE

_REQUESTS = """
select model_id from catalog.prices where meter = 'request'
union
select model_id from catalog.contract_prices where meter = 'request'
"""
QUARTER_HOUR = timedelta(minutes=15)


def is_counted(terms: Terms, slices: Sequence[Slice], line: Mapping[str, Any]) -> bool:
    """Tell whether an allowance or a schedule counts the usage on a line."""
    attributes = Attributes("", "", line["model_id"], "", "", 0)
    finder = TermFinder(terms)
    return any(finder.counts(Usage(row, attributes, line["meter"], 0)) for row in slices)


def counted_slices(
    rollup: SlicedRollup, terms: Terms, book: PriceBook, line: Mapping[str, Any]
) -> list[Slice]:
    """Cut the slices of a line that terms count down to the quarter hours with a part on it."""
    organization_id = terms.profile.organization_id
    models = [row[0] for row in rollup.connection.execute(_REQUESTS).fetchall()]
    portions = read_portions(rollup, {organization_id: terms}, models, book)
    by_window: dict[object, list[Any]] = {}
    for portion in portions.get(organization_id, ()):
        by_window.setdefault(portion.usage.slice.window, []).append(portion)
    parts = [part for own in by_window.values() for part in walk(terms, own)]
    return _cut([part for part in parts if _is_on(part, line)])


def _is_on(part: Part, line: Mapping[str, Any]) -> bool:
    own = part.portion.usage.attributes
    wanted = Share(line["allowance_id"], line["tier_schedule_id"], line["tier_step"])
    is_moved = not line["price_id"] and not line["contract_price_id"]
    return (
        (own.model_id, own.service_tier) == (line["model_id"], line["service_tier"])
        and part.portion.usage.meter == line["meter"]
        and part.share == wanted._replace(is_moved=is_moved)
    )


def _cut(parts: Sequence[Part]) -> list[Slice]:
    """Return one slice for each run of quarter hours; what moved comes from earlier files."""
    found: list[Slice] = []
    places = {
        (part.portion.usage.slice, part.share.is_moved, part.portion.quarter_hour) for part in parts
    }
    for slice_, is_moved, starts_at in sorted(places, key=lambda place: place[2]):
        window = slice_.window
        if is_moved:
            window = replace(
                window, after_sequence=BEFORE_FIRST_FILE, up_to_sequence=window.after_sequence
            )
        ends_at, last = starts_at + QUARTER_HOUR, found[-1] if found else None
        if last and (last.window, last.stretch, last.ends_at) == (
            window,
            slice_.stretch,
            starts_at,
        ):
            found[-1] = replace(last, ends_at=ends_at)
        else:
            found.append(replace(slice_, window=window, starts_at=starts_at, ends_at=ends_at))
    return found
