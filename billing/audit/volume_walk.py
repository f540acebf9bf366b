"""Walking through a month's usage in order, past every allowance and threshold on the way.

Here: which part of each quantity is free, which step the rest lies in, and which packages it
starts, unit by unit from where the walk stands. Add here when a schedule counts in another way.
Keep out: prices (`pricing`), reading usage (`volume_usage`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from billing.audit.sliced_rollup import Attributes
from billing.audit.terms import Terms
from billing.audit.usage import WHOLE, Share, Usage
from billing.audit.volume_terms import Allowance, TierSchedule, covers


@dataclass(frozen=True, slots=True)
class Portion:
    """Usage of one quarter hour from files that were billed together.

    `files_after` is the last file before theirs; `is_earlier` says that an earlier document
    billed it, so that it only moves the start of the walk. No price of its model changed from
    `priced_since` on.
    """

    files_after: int
    is_earlier: bool
    quarter_hour: datetime
    priced_since: datetime | None
    usage: Usage


class Part(NamedTuple):
    """What became of a part of a portion: `charged` counts units, in whole packages if any."""

    portion: Portion
    share: Share
    quantity: int
    charged: int


Found = tuple[Allowance | None, TierSchedule | None]


def crossed(position: int, quantity: int, edges: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Walk `quantity` units on (back, if negative) from `position`, stopping at each edge.

    Yields where each stretch starts, its signed length and how many edges lie behind it.
    """
    while quantity > 0:
        behind = bisect_right(edges, position)
        room = edges[behind] - position if behind < len(edges) else quantity
        step = min(room, quantity)
        yield position, step, behind
        position, quantity = position + step, quantity - step
    while quantity < 0:
        behind = bisect_left(edges, position)
        room = position - edges[behind - 1] if behind else -quantity
        step = min(room, -quantity)
        yield position, -step, behind
        position, quantity = position - step, quantity + step


def walk(terms: Terms, portions: Iterable[Portion]) -> list[Part]:
    """Share the usage of one organization and window out, in the order of `money.md`."""
    ways: dict[str, int] = {}
    parts: list[Part] = []
    by_total: dict[str, list[tuple[Portion, int]]] = {}
    schedules = {row.tier_schedule_id: row for row in terms.volume.schedules}
    finder = TermFinder(terms)
    for portion in sorted(_that_count(portions), key=_order):
        allowance, schedule = finder.over(portion.usage)
        paid = portion.usage.quantity
        if allowance is not None:
            free = _free(allowance, ways, paid)
            parts.append(Part(portion, Share(allowance.allowance_id), free, free))
            paid -= free
        if schedule is None:
            parts.append(Part(portion, WHOLE, paid, paid))
        elif schedule.kind == "volume":
            by_total.setdefault(schedule.tier_schedule_id, []).append((portion, paid))
        else:
            parts += _in_steps(portion, schedule, ways, paid)
    current = [part for part in parts if not part.portion.is_earlier]
    for schedule_id, members in by_total.items():
        current += _at_one_step(schedules[schedule_id], members)
    return [part for part in current if part.quantity or part.charged]


class TermFinder:
    """Finds the terms that one organization's usage falls under."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._known: dict[tuple[datetime, str, str], Found] = {}

    def over(self, usage: Usage) -> Found:
        """Return the allowance and the schedule that count a usage."""
        wanted = (usage.slice.stretch.starts_at, usage.meter, usage.attributes.model_id)
        found = self._known.get(wanted)
        if found is None:
            found = self._known[wanted] = self._search(*wanted)
        return found

    def counts(self, usage: Usage) -> bool:
        """Tell whether any term counts a usage."""
        return self.over(usage) != (None, None)

    def _search(self, begins: datetime, meter: str, model_id: str) -> Found:
        in_force = {row.contract_id for row in self._terms.contracts_at(begins)}

        def holds(row: Allowance | TierSchedule) -> bool:
            return (
                covers(row, meter, model_id)
                and row.contract_id in in_force
                and self._terms.is_valid(row, begins)
            )

        volume = self._terms.volume
        return (
            next((row for row in volume.allowances if holds(row)), None),
            next((row for row in volume.schedules if holds(row)), None),
        )


def shared_usage(parts: Iterable[Part]) -> list[Usage]:
    """Add parts up as usage to be priced."""
    sums: dict[tuple[object, ...], list[int]] = {}
    first: dict[tuple[object, ...], Part] = {}
    for part in parts:
        key = _together(part)
        first.setdefault(key, part)
        total = sums.setdefault(key, [0, 0])
        total[0] += part.quantity
        total[1] += part.charged
    return [
        replace(
            first[key].portion.usage, quantity=quantity, share=first[key].share, charged=charged
        )
        for key, (quantity, charged) in sums.items()
        if quantity or charged
    ]


def _together(part: Part) -> tuple[object, ...]:
    """Tell which parts are priced as one; what moved meets no price row, so only terms matter."""
    usage, share = part.portion.usage, part.share
    if share.is_moved:
        attributes = usage.attributes._replace(context_band=0)
        return (usage.slice.window, usage.slice.stretch, attributes, usage.meter, share)
    return (*_place(part.portion)[1:], share)


def _that_count(portions: Iterable[Portion]) -> list[Portion]:
    """Leave out what adds up to nothing where prices stay the same: nobody is charged for it."""
    known = list(portions)
    sums: dict[tuple[object, ...], int] = {}
    for portion in known:
        sums[_place(portion)] = sums.get(_place(portion), 0) + portion.usage.quantity
    return [portion for portion in known if sums[_place(portion)]]


def _place(portion: Portion) -> tuple[object, ...]:
    usage = portion.usage
    prices = (usage.slice.window, usage.slice.stretch, portion.priced_since, usage.open_windows)
    return (portion.files_after, *prices, usage.attributes, usage.meter)


def _order(portion: Portion) -> tuple[int, datetime, str, Attributes]:
    own = portion.usage.attributes
    return (portion.files_after, portion.quarter_hour, own.model_id, own)


def _free(allowance: Allowance, ways: dict[str, int], quantity: int) -> int:
    position = ways.get(allowance.allowance_id, 0)
    ways[allowance.allowance_id] = position + quantity
    steps = crossed(position, quantity, (0, allowance.quantity))
    return sum(length for _, length, behind in steps if behind == 1)


def _in_steps(
    portion: Portion, schedule: TierSchedule, ways: dict[str, int], quantity: int
) -> Iterator[Part]:
    key = schedule.tier_schedule_id
    position = ways.get(key, 0)
    ways[key] = position + quantity
    edges = [step.above for step in schedule.steps[1:]]
    for start, length, behind in crossed(position, quantity, edges):
        charged = length
        if schedule.kind == "package":
            charged = schedule.package_size * _started(start, length, schedule.package_size)
        yield Part(portion, Share("", key, behind + 1), length, charged)


def _started(start: int, length: int, size: int) -> int:
    """Count the packages whose first unit is walked over; walking back takes them back."""
    low, high = sorted((start, start + length))
    first, beyond = max(-(-low // size), 0), max(-(-high // size), 0)
    return beyond - first if length > 0 else first - beyond


def _at_one_step(schedule: TierSchedule, members: Sequence[tuple[Portion, int]]) -> Iterator[Part]:
    """Charge everything at the step of the month's total, and move what was billed at another."""
    total = sum(paid for _, paid in members)
    before = sum(paid for portion, paid in members if portion.is_earlier)
    now, then = _step_of(schedule, total), _step_of(schedule, before)
    for portion, paid in members:
        share = Share("", schedule.tier_schedule_id, now)
        if not portion.is_earlier:
            yield Part(portion, share, paid, paid)
        elif now != then:
            yield Part(portion, share._replace(is_moved=True), paid, paid)
            back = Share("", schedule.tier_schedule_id, then, is_moved=True)
            yield Part(portion, back, -paid, -paid)


def _step_of(schedule: TierSchedule, total: int) -> int:
    return max(
        (number for number, step in enumerate(schedule.steps, 1) if total > step.above), default=1
    )
