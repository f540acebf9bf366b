"""Usage that allowances or tiers count, quarter hour by quarter hour, from the rollup.

Here: reading it with the files that were billed before, for organizations with such terms
only. Keep out: sharing it out (`volume_walk`); all other usage needs no more than its sum.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from billing.audit.late_files import file_stretches
from billing.audit.price_book import PriceBook, Wanted
from billing.audit.pricing import Gap, Pricer
from billing.audit.sliced_rollup import SlicedRollup, Summed
from billing.audit.terms import Slice, Terms
from billing.audit.usage import MAIN_METERS, OTHER_METERS, QUARTER_HOURS, REQUEST, Usage
from billing.audit.volume_walk import Portion, TermFinder, shared_usage, walk
from billing.audit.windows import BEFORE_FIRST_FILE

_PLACE = "usage.quarter_hour, usage.ingest_sequence"
Place = tuple[int, datetime, Usage]


def share_out(
    terms: Terms, usage: Sequence[Usage], portions: Sequence[Portion], pricer: Pricer
) -> list[Usage]:
    """Replace what the terms of one organization count by its parts."""
    if not terms.volume.rows:
        return list(usage)
    finder = TermFinder(terms)
    whole = [row for row in usage if not finder.counts(row)]
    return [*whole, *_parts(terms, [row for row in portions if _is_there(row.usage, pricer)])]


def _is_there(usage: Usage, pricer: Pricer) -> bool:
    """Requests are a quantity only where they have a price."""
    if not usage.if_priced:
        return True
    own = usage.attributes
    what = (own.model_id, usage.meter, own.service_tier, own.region, own.context_band)
    found = pricer.price(usage.slice, Wanted(*what, usage.open_windows))
    return not (isinstance(found, Gap) and found.problem == "no_price")


def _parts(terms: Terms, portions: Iterable[Portion]) -> Iterator[Usage]:
    by_window: dict[tuple[date, int], list[Portion]] = {}
    for portion in portions:
        window = portion.usage.slice.window
        by_window.setdefault((window.service_month, window.after_sequence), []).append(portion)
    for own in by_window.values():
        yield from shared_usage(walk(terms, own))


def read_portions(
    rollup: SlicedRollup,
    terms: Mapping[str, Terms],
    priced_requests: Collection[str],
    book: PriceBook,
) -> dict[str, list[Portion]]:
    """Read what the terms of each organization count, earlier files included."""
    slices = [row for row in rollup.slices if terms[row.window.organization_id].volume.rows]
    if not slices:
        return {}
    finders = {
        key: TermFinder(terms[key]) for key in {row.window.organization_id for row in slices}
    }
    meters = {meter for key in finders for meter in terms[key].volume.meters}
    reader = _Reader.of(rollup, slices)
    counted: dict[Place, int] = {}
    for place, quantity in (*reader.tokens(meters), *reader.others(), *reader.requests(
        priced_requests if REQUEST in meters else ()
    )):  # fmt: skip
        counted[place] = counted.get(place, 0) + quantity
    found: dict[str, list[Portion]] = {}
    for (files_after, quarter_hour, usage), quantity in counted.items():
        window = usage.slice.window
        if quantity and finders[window.organization_id].counts(usage):
            portion = Portion(
                files_after,
                files_after < window.after_sequence,
                quarter_hour,
                book.priced_since(usage.attributes.model_id, usage.slice.starts_at),
                replace(usage, quantity=quantity),
            )
            found.setdefault(window.organization_id, []).append(portion)
    return found


@dataclass(frozen=True)
class _Reader:
    """Reads slices with all files before their window's last; `own` are the slices as they are."""

    rollup: SlicedRollup
    own: Mapping[Slice, Slice]
    stretches: Mapping[tuple[str, date], Sequence[int]]

    @classmethod
    def of(cls, rollup: SlicedRollup, slices: Sequence[Slice]) -> "_Reader":
        """Widen the windows of slices to the first file."""
        own = {
            replace(row, window=replace(row.window, after_sequence=BEFORE_FIRST_FILE)): row
            for row in slices
        }
        months = {(row.window.organization_id, row.window.service_month) for row in slices}
        stretches = file_stretches(rollup.connection, months)
        return cls(SlicedRollup(rollup.connection, list(own), rollup.clock), own, stretches)

    def tokens(self, meters: set[str]) -> Iterator[tuple[Place, int]]:
        """Yield the quantities of token meters, each where it stands in the walk."""
        wanted = [meter for meter in MAIN_METERS if meter in meters]
        sums = ", ".join(f"sum(usage.{meter}_tokens)" for meter in wanted)
        for row in self.rollup.sums(QUARTER_HOURS, f"{_PLACE}, {sums}") if wanted else ():
            quarter_hour, sequence, *quantities = row.quantities
            for meter, quantity in zip(wanted, quantities, strict=True):
                yield self._place(row, sequence, quarter_hour, meter), int(quantity)

    def others(self) -> Iterator[tuple[Place, int]]:
        """Yield the quantities of all other meters."""
        sums = f"{_PLACE}, usage.meter, sum(usage.quantity)"
        for row in self.rollup.sums(OTHER_METERS, sums):
            quarter_hour, sequence, meter, quantity = row.quantities
            yield self._place(row, sequence, quarter_hour, meter), int(quantity)

    def requests(self, models: Collection[str]) -> Iterator[tuple[Place, int]]:
        """Yield requests, less those whose own rows say how many `request` they are."""
        if not models:
            return
        names = sorted(models)
        for row in self.rollup.sums(QUARTER_HOURS, f"{_PLACE}, sum(usage.requests)", names):
            quarter_hour, sequence, quantity = row.quantities
            yield self._place_of_request(row, sequence, quarter_hour), int(quantity)
        sums = f"{_PLACE}, usage.meter, sum(usage.requests)"
        for row in self.rollup.sums(OTHER_METERS, sums, names):
            quarter_hour, sequence, meter, quantity = row.quantities
            if meter == REQUEST:
                yield self._place_of_request(row, sequence, quarter_hour), -int(quantity)

    def _place_of_request(self, row: Summed, sequence: int, quarter_hour: datetime) -> Place:
        return self._place(row, sequence, quarter_hour, REQUEST, if_priced=True)

    def _place(
        self, row: Summed, sequence: int, quarter_hour: datetime, meter: str, *,
        if_priced: bool = False,
    ) -> Place:  # fmt: skip
        slice_ = self.own[row.slice]
        usage = Usage(slice_, row.attributes, meter, 0, row.open_windows, if_priced)
        return (self._files_after(row, sequence), quarter_hour, usage)

    def _files_after(self, row: Summed, sequence: int) -> int:
        window = row.slice.window
        starts = self.stretches.get((window.organization_id, window.service_month), ())
        place = bisect_left(starts, sequence)
        return starts[place - 1] if place else BEFORE_FIRST_FILE
