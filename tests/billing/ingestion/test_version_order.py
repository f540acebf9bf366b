"""Versions of several rows, drawn, cut and delivered at random: the sums need no order."""

from collections import Counter
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row
from tests.billing.ingestion.versions import deliver, describe, version

METERS = {"i": "input_uncached", "c": "cache_read", "o": "output_visible", "img": "image"}
COUNTS = st.fixed_dictionaries({name: st.integers(0, 3) for name in METERS})
# Contents by version: what one version says it says every time.
CONTENTS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(1, 4)), COUNTS, min_size=1, max_size=8
)


@st.composite
def delivered(draw: st.DrawFn) -> list[list[tuple[tuple[str, int], dict[str, int]]]]:
    """Files of versions, in any order, some of them repeated within a file or over files."""
    contents = draw(CONTENTS)
    order = draw(st.permutations(sorted(contents)))
    again = draw(st.lists(st.sampled_from(sorted(contents)), max_size=4))
    keys = [*order, *again]
    cuts = sorted(draw(st.lists(st.integers(0, len(keys)), max_size=2)))
    bounds = [0, *cuts, len(keys)]
    files = [keys[start:end] for start, end in pairwise(bounds)]
    return [[(key, contents[key]) for key in file] for file in files]


def rows_of(file: list[tuple[tuple[str, int], dict[str, int]]]) -> list[Row]:
    return [
        version(name, number, at=f"2026-0{number + 4}-10T12:00:00Z", model=f"m{number}") | counts
        for (name, number), counts in file
    ]


RANDOM = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@RANDOM
@given(files=delivered())
def test_the_newest_version_of_each_row_is_what_counts(
    kept_bench: Bench, files: list[list[tuple[tuple[str, int], dict[str, int]]]]
) -> None:
    kept_bench.wipe()
    describe(kept_bench, "latest")
    deliver(kept_bench, *[rows_of(file) for file in files if file])
    contents = dict(each for file in files for each in file)
    newest = {name: max(n for of, n in contents if of == name) for name, _ in contents}
    wanted = Counter(
        {
            (name, METERS[column]): count
            for name, number in newest.items()
            for column, count in contents[name, number].items()
        }
    )
    assert kept_bench.meters() == +wanted


@RANDOM
@given(files=delivered())
def test_the_greatest_count_of_each_meter_is_what_counts(
    kept_bench: Bench, files: list[list[tuple[tuple[str, int], dict[str, int]]]]
) -> None:
    kept_bench.wipe()
    describe(kept_bench, "cumulative")
    deliver(kept_bench, *[rows_of(file) for file in files if file])
    wanted: Counter[tuple[str, str]] = Counter()
    for (name, _), counts in (each for file in files for each in file):
        wanted |= Counter({(name, METERS[column]): n for column, n in counts.items()})
    assert kept_bench.meters() == +wanted
