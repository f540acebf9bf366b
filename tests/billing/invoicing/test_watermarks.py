"""Every file of every service month is billed in exactly one month, and none is lost."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from billing.invoicing.watermarks import NO_END, LateRoute, late_routes
from billing.periods import BillingMonth

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (BillingMonth(2026, month) for month in (9, 10, 11, 12))
MONTHS = [SEPTEMBER.shift(step) for step in range(6)]
closings = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 9))


def billing_months(
    routes: list[LateRoute], service_month: BillingMonth, sequence: int
) -> list[BillingMonth]:
    return [
        route.billing_month
        for route in routes
        if route.service_month == service_month
        and route.after_sequence < sequence <= route.up_to_sequence
    ]


@given(watermarks=closings, sequence=st.integers(1, 12))
def test_each_file_of_a_month_is_billed_in_exactly_one_month(
    watermarks: dict[BillingMonth, int], sequence: int
) -> None:
    routes = late_routes("org", watermarks)
    for service_month in MONTHS:
        months = billing_months(routes, service_month, sequence)
        if service_month not in watermarks:
            assert months == []
            continue
        (billed_in,) = months
        assert billed_in >= service_month
        assert billed_in not in watermarks or sequence <= watermarks[billed_in]


@given(watermarks=closings, sequence=st.integers(1, 12))
def test_it_is_the_first_month_that_is_open_or_covers_it(
    watermarks: dict[BillingMonth, int], sequence: int
) -> None:
    routes = late_routes("org", watermarks)
    for service_month in watermarks:
        (billed_in,) = billing_months(routes, service_month, sequence)
        month = service_month
        while month < billed_in:
            assert watermarks[month] < sequence
            month = month.next


@given(sequences=st.lists(st.integers(0, 9), min_size=2, max_size=6))
def test_closing_the_next_month_moves_nothing_that_a_closed_month_billed(
    sequences: list[int],
) -> None:
    before = dict(zip(MONTHS, sequences[:-1], strict=False))
    after = dict(zip(MONTHS, sequences, strict=False))
    earlier, later = late_routes("org", before), late_routes("org", after)
    for service_month in before:
        for sequence in range(1, 12):
            (billed_in,) = billing_months(earlier, service_month, sequence)
            if billed_in in before:
                assert billing_months(later, service_month, sequence) == [billed_in]


@given(
    sequences=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    extra=st.integers(0, 4),
)
def test_closing_an_earlier_month_late_moves_nothing_either(
    sequences: list[int], extra: int
) -> None:
    later_months = dict(zip(MONTHS[1:], sequences, strict=False))
    allowed = max(sequences) + extra
    both = {MONTHS[0]: allowed, **later_months}
    before, after = late_routes("org", later_months), late_routes("org", both)
    for service_month in later_months:
        for sequence in range(1, 15):
            assert billing_months(before, service_month, sequence) == billing_months(
                after, service_month, sequence
            )
    for sequence in range(1, 15):
        (billed_in,) = billing_months(after, MONTHS[0], sequence)
        assert billed_in == MONTHS[0] or billed_in not in both


@given(watermarks=closings)
def test_the_routes_of_a_month_follow_each_other_without_gap(
    watermarks: dict[BillingMonth, int],
) -> None:
    routes = late_routes("org", watermarks)
    for service_month in watermarks:
        own = [route for route in routes if route.service_month == service_month]
        ends = [route.up_to_sequence for route in own]
        assert [route.after_sequence for route in own] == [0, *ends[:-1]]
        assert ends[-1] == NO_END
        assert all(bisect_left(ends, end) == index for index, end in enumerate(ends))


def test_late_usage_walks_over_a_closed_month_into_the_open_one() -> None:
    routes = late_routes("org", {OCTOBER: 3, NOVEMBER: 5})
    assert [route for route in routes if route.service_month == OCTOBER] == [
        LateRoute("org", OCTOBER, 0, 3, OCTOBER),
        LateRoute("org", OCTOBER, 3, 5, NOVEMBER),
        LateRoute("org", OCTOBER, 5, NO_END, DECEMBER),
    ]


def test_a_month_closed_at_an_older_draft_is_passed_over() -> None:
    routes = late_routes("org", {OCTOBER: 8, NOVEMBER: 5})
    assert [route.billing_month for route in routes if route.service_month == OCTOBER] == [
        OCTOBER,
        DECEMBER,
    ]
