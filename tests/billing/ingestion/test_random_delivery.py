"""The same requests, however they are cut into files, ordered, overlapped and repeated."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ingestion.tables import MAIN_METERS
from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines, native, spend_log

ROWS: dict[str, list[Row]] = {
    "native": [
        native(
            f"req_{n}",
            completed_at=f"2026-{7 + n % 4:02}-{1 + n % 28:02}T{n % 24:02}:{n * 7 % 60:02}:00Z",
            api_key_id=("key_a", "key_b")[n % 2],
            organization_id=None,
            project_id=None,
            input_uncached=n,
            output_visible=n % 3,
            images=n % 4,
        )
        for n in range(24)
    ],
    "litellm": [
        spend_log(f"chat_{n}", prompt_tokens=40 + n, endTime=f"2026-10-{1 + n:02}T00:14:59.9Z")
        for n in range(24)
    ],
}
TOKENS = ", ".join(f"sum({meter}_tokens)" for meter in MAIN_METERS)
PLACE = "api_key_id, time_bucket(interval '15 minutes', completed_at) as quarter_hour"
SUMS = f"select {PLACE}, count(*), {TOKENS} from raw.usage_event group by all order by all"
OTHER_SUMS = (
    f"select {PLACE}, meter, sum(quantity) from raw.usage_event "
    "join raw.usage_event_meter using (ingest_sequence, line_number) "
    "where fate = 'accepted' group by all order by all"
)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[int]]:
    """Numbers of rows by file: all of them at least once, in any order."""
    order = draw(st.permutations(range(24)))
    bounds = [0, *sorted(draw(st.lists(st.integers(0, 24), max_size=3))), 24]
    files = [order[start:end] for start, end in pairwise(bounds)]
    overlap = draw(st.lists(st.lists(st.integers(0, 23), max_size=8), max_size=2))
    again = draw(st.lists(st.sampled_from(files), max_size=1))
    return draw(st.permutations([file for file in (*files, *overlap, *again) if file]))


@pytest.fixture(scope="module", params=ROWS)
def once(request: pytest.FixtureRequest, kept_bench: Bench) -> tuple[str, list[object]]:
    """A log and its sums when it is delivered once, whole and in order."""
    kept_bench.wipe()
    kept_bench.ingest(kept_bench.file(json_lines(ROWS[request.param])))
    return request.param, [kept_bench.rows(SUMS), kept_bench.rows(OTHER_SUMS)]


@settings(max_examples=8, deadline=None)
@given(files=deliveries())
def test_the_sums_depend_on_no_delivery(
    kept_bench: Bench, once: tuple[str, list[object]], files: list[list[int]]
) -> None:
    name, wanted = once
    kept_bench.wipe()
    paths = []
    for number, file in enumerate(files):
        ending = ("jsonl", "jsonl.gz", "jsonl.zst")[number % 3]
        content = json_lines([ROWS[name][n] for n in file])
        paths.append(kept_bench.file(content, f"{number:03}.{ending}"))
    report = kept_bench.ingest(*paths)
    assert (report.quarantined, report.refused) == (0, ())
    assert [kept_bench.rows(SUMS), kept_bench.rows(OTHER_SUMS)] == wanted
    kept_bench.require_sums()
