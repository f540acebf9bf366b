"""Facts about the walk through a month's usage: thresholds, packages, order, late files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.audit.local_time import NO_DAY
from billing.audit.terms import Slice, Terms
from billing.audit.usage import Attributes, Share, Usage
from billing.audit.volume_terms import Allowance, TierSchedule, TierStep, VolumeTerms
from billing.audit.volume_walk import Part, Portion, crossed, shared_usage, walk
from tests.billing.audit.engine import LONG_AGO, at, slices, terms

FREE = Share("free")
GPT = Attributes("p", "contract", "gpt-5", "default", "", 0)


def allowance(quantity: int, models: frozenset[str] | None = None, to: date = NO_DAY) -> Allowance:
    return Allowance("free", "c", "input_uncached", models, quantity, LONG_AGO, to)


def schedule(kind: str, *above: int, size: int = 1) -> TierSchedule:
    steps = tuple(TierStep(each, Decimal(1)) for each in (0, *above))
    meter = "input_uncached"
    return TierSchedule("t", "c", kind, meter, None, "USD", size, steps, LONG_AGO, NO_DAY)


def with_terms(*rows: Allowance | TierSchedule) -> Terms:
    allowances = [row for row in rows if isinstance(row, Allowance)]
    schedules = [row for row in rows if isinstance(row, TierSchedule)]
    return replace(terms(), volume=VolumeTerms(allowances, schedules))


def step(number: int, *, is_moved: bool = False) -> Share:
    return Share("", "t", number, is_moved)


class Month:
    """October's usage of one organization, portion by portion."""

    def __init__(self, own: Terms, listed: Sequence[datetime] = ()) -> None:
        self.terms = own
        self.slices = slices(own, listed)
        self.portions: list[Portion] = []

    def use(
        self,
        quantity: int,
        when: str = "2026-10-02T08:00",
        attributes: Attributes = GPT,
        files_after: int = 0,
        *,
        is_earlier: bool = False,
        priced_since: datetime | None = None,
    ) -> "Month":
        instant = at(when)
        slice_ = self._slice(instant)
        usage = Usage(slice_, attributes, "input_uncached", quantity)
        since = priced_since or slice_.starts_at
        self.portions.append(Portion(files_after, is_earlier, instant, since, usage))
        return self

    def _slice(self, instant: datetime) -> Slice:
        return next(row for row in self.slices if row.starts_at <= instant < row.ends_at)

    def parts(self) -> list[Part]:
        return walk(self.terms, self.portions)

    def shares(self) -> list[tuple[Share, int]]:
        return [(part.share, part.quantity) for part in self.parts()]

    def charged(self) -> list[tuple[str, int, int]]:
        own = self.parts()
        return [(p.portion.usage.attributes.project_id, p.quantity, p.charged) for p in own]


@pytest.mark.parametrize(
    ("quantity", "shares"),
    [
        (99, [(FREE, 99)]),
        (100, [(FREE, 100)]),
        (101, [(FREE, 100), (Share(), 1)]),
    ],
)
def test_an_allowance_is_free_to_its_last_unit(
    quantity: int, shares: list[tuple[Share, int]]
) -> None:
    assert Month(with_terms(allowance(100))).use(quantity).shares() == shares


@pytest.mark.parametrize(
    ("quantity", "shares"),
    [
        (100, [(step(1), 100)]),
        (101, [(step(1), 100), (step(2), 1)]),
        (301, [(step(1), 100), (step(2), 200), (step(3), 1)]),
    ],
)
def test_each_part_is_in_the_step_it_lies_in(
    quantity: int, shares: list[tuple[Share, int]]
) -> None:
    own = with_terms(schedule("graduated", 100, 300))
    assert Month(own).use(quantity).shares() == shares


@pytest.mark.parametrize(("quantity", "number"), [(100, 1), (101, 2)])
def test_the_months_total_chooses_one_step(quantity: int, number: int) -> None:
    own = with_terms(schedule("volume", 100))
    assert Month(own).use(quantity).shares() == [(step(number), quantity)]


def test_an_allowance_that_ends_within_a_quarter_hour_goes_to_models_in_order() -> None:
    month = Month(with_terms(allowance(100)))
    month.use(60, attributes=GPT._replace(model_id="b", project_id="x"))
    month.use(60, attributes=GPT._replace(model_id="a", project_id="y"))
    found = [(p.portion.usage.attributes.model_id, p.share, p.quantity) for p in month.parts()]
    assert found == [("a", FREE, 60), ("b", FREE, 40), ("b", Share(), 20)]


def test_two_models_of_a_group_share_it_and_a_third_has_none() -> None:
    month = Month(with_terms(allowance(100, frozenset({"a", "b"}))))
    for model in ("c", "b", "a"):
        month.use(80, attributes=GPT._replace(model_id=model))
    found = [(p.portion.usage.attributes.model_id, p.share, p.quantity) for p in month.parts()]
    assert found == [
        ("a", FREE, 80), ("b", FREE, 20), ("b", Share(), 60), ("c", Share(), 80),
    ]  # fmt: skip


def test_a_price_change_does_not_restart_the_count() -> None:
    month = Month(with_terms(schedule("graduated", 100)), [at("2026-10-16T12:15")])
    month.use(90).use(20, "2026-10-16T12:15")
    assert month.shares() == [(step(1), 90), (step(1), 10), (step(2), 10)]
    assert [usage.quantity for usage in shared_usage(month.parts())] == [90, 10, 10]


def test_what_ends_mid_month_counts_only_until_then() -> None:
    month = Month(with_terms(allowance(100, to=date(2026, 10, 11))))
    month.use(10, "2026-10-10T23:45").use(10, "2026-10-11T00:00")
    assert month.shares() == [(FREE, 10), (Share(), 10)]


def test_a_package_started_by_one_project_is_used_up_by_another() -> None:
    month = Month(with_terms(schedule("package", size=100)))
    month.use(1).use(99, "2026-10-02T08:15", GPT._replace(project_id="q"))
    month.use(1, "2026-10-02T08:30", GPT._replace(project_id="q"))
    assert month.charged() == [("p", 1, 100), ("q", 99, 0), ("q", 1, 100)]


@pytest.mark.parametrize(("quantity", "charged"), [(0, 0), (1, 100), (100, 100), (101, 200)])
def test_only_started_packages_are_charged(quantity: int, charged: int) -> None:
    parts = Month(with_terms(schedule("package", size=100))).use(quantity).parts()
    assert sum(part.charged for part in parts) == charged


def test_late_files_go_on_where_the_earlier_ones_stood_whatever_their_hour() -> None:
    month = Month(with_terms(schedule("graduated", 100)))
    month.use(90, "2026-10-20T08:00", is_earlier=True).use(20, "2026-10-01T00:00", files_after=5)
    assert month.shares() == [(step(1), 10), (step(2), 10)]


def test_what_late_files_take_back_is_paid_back_first() -> None:
    month = Month(with_terms(allowance(50), schedule("graduated", 100)))
    month.use(160, is_earlier=True).use(-130, "2026-10-02T08:00", files_after=5)
    assert month.shares() == [(FREE, -20), (step(2), -10), (step(1), -100)]


def test_late_usage_moves_what_was_billed_when_the_total_changes_its_step() -> None:
    month = Month(with_terms(schedule("volume", 100)))
    month.use(60, is_earlier=True).use(50, "2026-10-01T00:00", files_after=5)
    assert month.shares() == [
        (step(2, is_moved=True), 60), (step(1, is_moved=True), -60), (step(2), 50),
    ]  # fmt: skip


def test_late_usage_that_stays_in_its_step_moves_nothing() -> None:
    month = Month(with_terms(schedule("volume", 100)))
    month.use(60, is_earlier=True).use(40, "2026-10-01T00:00", files_after=5)
    assert month.shares() == [(step(1), 40)]


def test_what_adds_up_to_nothing_in_its_slice_moves_no_threshold() -> None:
    month = Month(with_terms(allowance(10)))
    month.use(8, attributes=GPT._replace(project_id="a")).use(5, "2026-10-02T08:15")
    month.use(-8, "2026-10-02T08:30", GPT._replace(project_id="a"))
    assert month.shares() == [(FREE, 5)]


def test_the_price_of_another_model_keeps_apart_nothing_that_adds_up_to_nothing() -> None:
    listed = [at("2026-10-02T08:15")]
    for since, shares in (
        (at("2026-09-01"), [(FREE, 5)]),
        (None, [(FREE, 8), (FREE, -8), (FREE, 5)]),
    ):
        month = Month(with_terms(allowance(10)), listed)
        month.use(8, priced_since=since)
        month.use(-8, "2026-10-02T08:15", priced_since=since)
        month.use(
            5, "2026-10-02T08:30", attributes=GPT._replace(project_id="b"), priced_since=since
        )
        assert month.shares() == shares


@given(
    position=st.integers(-5, 60),
    quantity=st.integers(-60, 60),
    edges=st.lists(st.integers(0, 50), max_size=4, unique=True).map(sorted),
)
def test_walking_counts_like_going_unit_by_unit(
    position: int, quantity: int, edges: list[int]
) -> None:
    sums: dict[int, int] = {}
    for _, length, behind in crossed(position, quantity, edges):
        sums[behind] = sums.get(behind, 0) + length
    single: dict[int, int] = {}
    units = (
        range(position, position + quantity)
        if quantity > 0
        else range(position + quantity, position)
    )
    for unit in units:  # the unit that leads from `unit` to `unit + 1`
        behind = sum(edge <= unit for edge in edges)
        single[behind] = single.get(behind, 0) + (1 if quantity > 0 else -1)
    assert sums == single


@given(
    quantities=st.lists(st.integers(1, 90), min_size=1, max_size=8),
    free=st.integers(0, 120),
    size=st.integers(1, 40),
    kind=st.sampled_from(("graduated", "package")),
    late=st.integers(0, 8),
)
def test_in_however_many_files_usage_comes_it_costs_the_same_in_all(
    quantities: list[int], free: int, size: int, kind: str, late: int
) -> None:
    size = size if kind == "package" else 1
    own = with_terms(allowance(free), schedule(kind, 2 * size, 5 * size, size=size))

    def sums(*, is_late: bool) -> dict[Share, list[int]]:
        found: dict[Share, list[int]] = {}
        for window in (False, True) if is_late else (False,):
            month = Month(own)
            for place, quantity in enumerate(quantities):
                is_new = is_late and place >= late
                if window or not is_new:
                    month.use(quantity, f"2026-10-02T{23 - place:02}:00", files_after=5 * is_new,
                              is_earlier=window and not is_new)  # fmt: skip
            for part in month.parts():
                total = found.setdefault(part.share, [0, 0])
                total[0] += part.quantity
                total[1] += part.charged
        return {share: total for share, total in found.items() if any(total)}

    assert sums(is_late=True) == sums(is_late=False)
