"""Months in every zone, cut where a price or a term changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.catalog.columns import INSTANT
from billing.catalog.slices import month_bounds, months_between, rating_slices, with_instants
from billing.catalog.typed import LAST_DAY, LAST_INSTANT
from billing.periods import BillingMonth, start_of_day

ORGANIZATION = "org_one"
OCTOBER = BillingMonth(2026, 10)
NO_BOUNDS: Mapping[str, Sequence[datetime]] = {"maximum": ()}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def slices_of(
    zone: str,
    months: Sequence[BillingMonth],
    prices: Sequence[datetime] = (),
    terms: Sequence[datetime] = (),
    bounds: Mapping[str, Sequence[datetime]] = NO_BOUNDS,
) -> pl.DataFrame:
    def windows(instants: Sequence[datetime]) -> pl.DataFrame:
        data = {
            "organization_id": [ORGANIZATION] * len(instants),
            "valid_from_at": list(instants),
            "valid_to_at": [LAST_INSTANT] * len(instants),
        }
        types = {"organization_id": pl.String, "valid_from_at": INSTANT, "valid_to_at": INSTANT}
        return pl.DataFrame(data, schema=types)

    tables = {
        "billing_profiles": pl.DataFrame({"organization_id": [ORGANIZATION], "zone": [zone]}),
        "prices": windows(prices),
        "contracts": windows(()),
        "contract_prices": windows(()),
        "price_adjustments": windows(()),
        "region_uplifts": windows(()),
        "discounts": windows(terms),
        "allowances": windows(()),
        "tier_schedules": windows(()),
        "spend_terms": pl.concat(
            windows(instants).with_columns(kind=pl.lit(kind)) for kind, instants in bounds.items()
        ),
    }
    return rating_slices(tables, months)


def bounds_of(zone: str, month: BillingMonth) -> tuple[datetime, datetime]:
    profiles = pl.DataFrame({"organization_id": [ORGANIZATION], "zone": [zone]})
    row = month_bounds(profiles, [month]).row(0, named=True)
    return row["starts_at"], row["ends_at"]


def test_an_indian_month_starts_at_half_past_six_in_the_evening_before() -> None:
    expected = (at("2026-09-30T18:30:00"), at("2026-10-31T18:30:00"))
    assert bounds_of("Asia/Kolkata", OCTOBER) == expected


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", BillingMonth(2026, 10), 31 * 24 + 1),
        ("Europe/Berlin", BillingMonth(2026, 3), 31 * 24 - 1),
        ("America/New_York", BillingMonth(2026, 11), 30 * 24 + 1),
        ("America/New_York", BillingMonth(2026, 3), 31 * 24 - 1),
        ("Australia/Sydney", BillingMonth(2026, 10), 31 * 24 - 1),
        ("Australia/Lord_Howe", BillingMonth(2026, 10), 31 * 24 - 0.5),
        ("Asia/Tokyo", BillingMonth(2026, 10), 31 * 24),
    ],
)
def test_a_month_with_a_clock_change_is_longer_or_shorter(
    zone: str, month: BillingMonth, hours: float
) -> None:
    starts, ends = bounds_of(zone, month)
    assert ends - starts == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 24), 24)]
)
def test_a_local_day_of_a_clock_change_has_23_or_25_hours(day: date, hours: int) -> None:
    frame = pl.DataFrame(
        {"zone": ["Europe/Paris"], "from_date": [day], "to_date": [day + timedelta(days=1)]}
    )
    row = with_instants(frame, {"from_date": "from_at", "to_date": "to_at"}).row(0, named=True)
    assert row["to_at"] - row["from_at"] == timedelta(hours=hours)


def test_a_day_that_never_comes_has_an_instant_that_never_comes() -> None:
    frame = pl.DataFrame({"zone": ["Asia/Tokyo"], "to_date": [LAST_DAY]})
    assert with_instants(frame, {"to_date": "to_at"})["to_at"].to_list() == [LAST_INSTANT]


def test_a_price_change_cuts_the_month_but_not_the_terms() -> None:
    change = at("2026-10-15T00:00:00")
    rows = slices_of("Europe/Berlin", [OCTOBER], prices=[change]).rows(named=True)
    first, second = rows
    assert (first["ends_at"], second["starts_at"]) == (change, change)
    assert second["terms_from_at"] == first["starts_at"] == at("2026-09-30T22:00:00")


def test_an_own_term_cuts_both() -> None:
    change = at("2026-10-10T18:30:00")
    rows = slices_of("Asia/Kolkata", [OCTOBER], terms=[change]).rows(named=True)
    assert [row["terms_from_at"] for row in rows] == [at("2026-09-30T18:30:00"), change]


def test_a_maximum_cuts_and_a_minimum_of_the_whole_document_does_not() -> None:
    bounds = {"minimum": [at("2026-10-05T00:00:00")], "maximum": [at("2026-10-17T00:00:00")]}
    slices = slices_of("UTC", [OCTOBER], bounds=bounds)
    starts = [at("2026-10-01T00:00:00"), at("2026-10-17T00:00:00")]
    assert slices["terms_from_at"].to_list() == starts


def test_a_price_and_a_term_changing_together_cut_once() -> None:
    change = at("2026-10-10T18:30:00")
    rows = slices_of("Asia/Kolkata", [OCTOBER], prices=[change], terms=[change])
    assert rows["starts_at"].to_list() == [at("2026-09-30T18:30:00"), change]
    assert rows["terms_from_at"].to_list()[1] == change


instants = st.datetimes(at("2026-08-15T00:00:00"), at("2027-02-15T00:00:00")).map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)
zones = st.sampled_from(
    [
        "Asia/Kolkata",
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Chatham",
        "Pacific/Apia",
        "UTC",
    ]
)


@settings(deadline=None)
@given(
    zone=zones,
    first=st.integers(9, 12),
    count=st.integers(0, 3),
    prices=st.lists(instants, max_size=6),
    terms=st.lists(instants, max_size=6),
)
def test_slices_tile_each_month_exactly(
    zone: str, first: int, count: int, prices: list[datetime], terms: list[datetime]
) -> None:
    start = BillingMonth(2026, first)
    months = months_between(start, start.shift(count))
    rows = slices_of(zone, months, prices, terms).rows(named=True)
    for month in months:
        begin, end = (moment.replace(tzinfo=None) for moment in month.bounds(zone))
        own = [row for row in rows if row["service_month"] == month.first_day]
        cuts = {begin} | {moment for moment in (*prices, *terms) if begin < moment < end}
        assert [row["starts_at"] for row in own] == sorted(cuts)
        assert [row["ends_at"] for row in own] == [*sorted(cuts)[1:], end]
        for row in own:
            stretch = [begin, *(moment for moment in terms if begin < moment <= row["starts_at"])]
            assert row["terms_from_at"] == max(stretch)
    assert len({row["service_month"] for row in rows}) == len(months)


def test_the_start_of_a_day_that_has_no_midnight_is_its_first_instant() -> None:
    starts = start_of_day(date(2026, 9, 6), "America/Santiago")
    assert starts == datetime(2026, 9, 6, 4, tzinfo=UTC)
