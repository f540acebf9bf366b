"""However versions of a row arrive, the newest stands, once, and the sums say so."""

from collections import Counter
from itertools import permutations, product

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row
from tests.billing.ingestion.mappings import mapping
from tests.billing.ingestion.versions import FIELDS, deliver, describe, version

V1 = version("a", 1, i=10, o=1, img=2, img2=9)
V2 = version("a", 2, i=20, c=4, img=3)
V3 = version("a", 3, i=5, img=1, img2=1)
OF_V3 = {("a", "input_uncached"): 5, ("a", "image"): 1, ("a", "image2"): 1}
GROWN = {"input_uncached": 20, "output_visible": 1, "cache_read": 4, "image": 3, "image2": 9}
OF_ALL = {("a", meter): count for meter, count in GROWN.items()}


# In which of three files each of three rows is, in order of rows.
PLACES = [(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 2)]


@pytest.mark.parametrize(("repeats", "stands"), [("latest", OF_V3), ("cumulative", OF_ALL)])
def test_the_newest_version_stands_in_any_order_and_any_files(
    bench: Bench, repeats: str, stands: dict[tuple[str, str], int]
) -> None:
    describe(bench, repeats)
    files: list[list[Row]] = [[], [], []]
    wanted: dict[tuple[str, str], int] = {}
    for number, (order, places) in enumerate(product(permutations((V1, V2, V3)), PLACES)):
        for row, place in zip(order, places, strict=True):
            files[place].append(row | {"rid": f"a{number}"})
        wanted |= {(f"a{number}", meter): count for (_, meter), count in stands.items()}
    fates = deliver(bench, *files)
    assert bench.meters() == wanted
    assert sum(accepted for _, accepted, *_ in fates) == 24


@pytest.mark.parametrize("repeats", ["latest", "cumulative"])
def test_what_was_delivered_before_changes_nothing(bench: Bench, repeats: str) -> None:
    describe(bench, repeats)
    deliver(bench, [V1, V2], [V3])
    before = bench.meters()
    deliver(bench, [V3, V1], [V1], [V2, version("b", 1)], [V3], [V1, V2], [V2])
    assert bench.meters() == before + Counter({("b", "input_uncached"): 1})


@pytest.mark.parametrize(("repeats", "says"), [("latest", 0), ("cumulative", 2)])
def test_a_request_that_counts_as_none_is_a_version_like_any_other(
    bench: Bench, repeats: str, says: int
) -> None:
    bench.describe(
        mapping(fields=FIELDS, repeats=repeats, version="v", other_meters={"request": "n"})
    )
    deliver(bench, [version("a", 1, n=2)], [version("a", 2, n=0)])
    standing = """
        select sum(case kind when 'reversal' then -1 else 1 end), sum(
            quantity * case kind when 'reversal' then -1 else 1 end)
        from raw.usage_event
        join raw.usage_event_meter using (ingest_sequence, line_number)
        where fate = 'accepted' and meter = 'request'
    """
    assert bench.rows(standing) == [(1, says)]


def test_a_newer_version_that_is_faulty_waits_and_the_older_stands(bench: Bench) -> None:
    describe(bench, "latest")
    faults = ({"i": -1}, {"k": "key_x"}, {"at": "noon"}, {"outcome": "odd"}, {"img": 1.5})
    names = [f"a{n}" for n, _ in enumerate(faults)]
    older, newer = ([row | {"rid": name} for name in names] for row in (V2, V3))
    faulty = [row | fault for row, fault in zip(newer, faults, strict=True)]
    assert deliver(bench, older, faulty)[1] == (5, 0, 0, 5, 0)
    assert {bench.meters()[name, "input_uncached"] for name in names} == {20}
    assert deliver(bench, newer)[0] == (5, 0, 5, 0, 5)
    assert {bench.meters()[name, "input_uncached"] for name in names} == {5}


def test_a_faulty_row_of_a_growing_request_is_refused_alone(bench: Bench) -> None:
    describe(bench, "cumulative")
    assert deliver(bench, [V1, V2 | {"o": "x"}, V3])[0][3] == 1
    assert bench.meters()["a", "output_visible"] == 1
    deliver(bench, [V2 | {"i": "x"}])
    deliver(bench, [V2])
    assert bench.meters() == OF_ALL


@pytest.mark.parametrize("repeats", ["latest", "cumulative"])
@pytest.mark.parametrize(
    "change",
    [
        {"k": "key_b"},
        {"model": "other"},
        {"outcome": "client_aborted"},
        {"at": "2026-08-01T00:00:00Z"},
        {"at": "2026-11-05T00:00:00Z"},
    ],
)
def test_a_version_may_change_owner_model_outcome_and_time(
    bench: Bench, repeats: str, change: Row
) -> None:
    describe(bench, repeats)
    deliver(bench, [version("a", 1, i=10)], [version("a", 2, i=30) | change])
    assert bench.meters() == {("a", "input_uncached"): 30}
    standing = (
        "select organization_id, answered_model, outcome, completed_at from raw.usage_event "
        "where kind = 'usage' and row_version = {} "
    )
    assert bench.rows(standing.format(2)) != bench.rows(standing.format(1))
    # The reversal takes back what the first version said, where it said it.
    reversal = standing.replace("'usage'", "'reversal'")
    assert bench.rows(reversal.format(1)) == bench.rows(standing.format(1))
    deliver(bench, [version("a", 3, i=30)])
    assert bench.meters() == {("a", "input_uncached"): 30}


@pytest.mark.parametrize("repeats", ["latest", "cumulative"])
@pytest.mark.parametrize(
    ("first", "then"),
    [("2026-08-01", "2026-10-10"), ("2026-10-10", "2026-08-01"), ("2025-01-01", "2026-11-01")],
)
def test_a_version_that_comes_after_35_days_still_replaces(
    bench: Bench, repeats: str, first: str, then: str
) -> None:
    describe(bench, repeats)
    rows = [
        version("a", 1, i=7, at=f"{first}T00:00:00Z"),
        version("a", 2, i=8, at=f"{then}T00:00:00Z"),
    ]
    deliver(bench, rows[:1], rows[1:])
    assert bench.meters() == {("a", "input_uncached"): 8}


def test_a_version_that_says_the_same_is_remembered_as_newer(bench: Bench) -> None:
    describe(bench, "latest")
    deliver(bench, [version("a", 1, i=7)], [version("a", 9, i=7)], [version("a", 5, i=100)])
    assert bench.meters() == {("a", "input_uncached"): 7}


def test_of_one_version_with_two_contents_the_last_delivered_stands(bench: Bench) -> None:
    describe(bench, "latest")
    deliver(bench, [version("a", 1, i=7), version("a", 1, i=8)], [version("a", 1, i=9, img=1)])
    assert bench.meters() == {("a", "input_uncached"): 9, ("a", "image"): 1}


@pytest.mark.parametrize("repeats", ["latest", "cumulative"])
def test_without_versions_the_last_delivered_is_the_newest(bench: Bench, repeats: str) -> None:
    describe(bench, repeats, version=None)
    deliver(bench, [V3, V1], [V2], [version("b", 0)])
    wanted = {"latest": {"input_uncached": 20, "cache_read": 4, "image": 3}, "cumulative": GROWN}
    found = {meter: n for (name, meter), n in bench.meters().items() if name == "a"}
    assert found == wanted[repeats]


def test_parts_of_a_request_in_two_files_are_one_request(bench: Bench) -> None:
    """A stream whose input was told in one file and whose output in the next."""
    for order in (1, -1):
        bench.wipe()
        describe(bench, "cumulative", version=None)
        parts = [
            [version("a", 0, i=10)],
            [version("a", 0, i=None, o=5)],
            [version("a", 0, i=None, img=1)],
        ]
        deliver(bench, *parts[::order])
        assert {meter: n for (_, meter), n in bench.meters().items()} == {
            "input_uncached": 10,
            "output_visible": 5,
            "image": 1,
        }


def test_instants_and_numbers_order_versions_and_other_texts_come_first(bench: Bench) -> None:
    describe(bench, "latest")
    pairs = [
        ("2026-10-10T12:00:00+05:00", "2026-10-10T08:00:00Z"),
        (9, 10),
        ("9", "10"),
        ("soon", 1),
        (None, 1),
    ]
    newer = [version(f"a{n}", pair[1], i=2) for n, pair in enumerate(pairs)]
    older = [version(f"a{n}", pair[0], i=1) for n, pair in enumerate(pairs)]
    deliver(bench, newer, older)
    assert set(bench.meters().values()) == {2}
