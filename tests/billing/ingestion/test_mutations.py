"""Logs of several formats, damaged at random: every row of them ends somewhere, or the file is refused."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ingestion.container import Kind, kind_of
from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import json_lines, native, spend_log, write_csv

SAMPLES = Path(__file__).parents[3] / "data" / "samples" / "formats"
# One row of these is one request, so that rows can be counted by lines.
NAMES = ("langfuse", "newapi", "openai_chat", "gemini", "bedrock_converse", "openmeter", "oneapi")
LOGS = [
    json_lines([native(f"req_{n}", images=n) for n in range(6)]),
    json_lines([spend_log(f"chat_{n}") for n in range(6)]),
    *[(SAMPLES / f"{name}.jsonl").read_bytes() for name in NAMES],
]
GIVEN = {"api_key_id": "key_a", "completed_at": "2026-10-10T12:00:00Z"}
BYTES = st.one_of(
    st.binary(max_size=3), st.sampled_from([b'"', b"\\", b"}", b"\x00", b"\xff", b"-"])
)


@st.composite
def damaged(draw: st.DrawFn, logs: list[bytes]) -> bytes:
    """A log with bytes replaced, values cut, and lines lost, repeated, swapped or run together."""
    lines = draw(st.sampled_from(logs)).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 5))):
        here, there = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(
            st.sampled_from(["flip", "flip", "cut", "drop", "double", "swap", "join", "blank"])
        ):
            case "flip":
                at = draw(st.integers(0, len(lines[here])))
                end = at + draw(st.integers(0, 2))
                lines[here] = lines[here][:at] + draw(BYTES) + lines[here][end:]
            case "cut":
                at = draw(st.integers(0, len(lines[here])))
                lines[here] = lines[here][:at] + b"\n"
            case "drop" if len(lines) > 1:
                del lines[here]
            case "double":
                lines.insert(there, lines[here])
            case "swap":
                lines[here], lines[there] = lines[there], lines[here]
            case "join":
                lines[here] = lines[here].rstrip(b"\n")
            case "blank":
                lines.insert(here, draw(st.sampled_from([b"\n", b"  \r\n", b"\t\n"])))
    content = b"".join(lines)
    return content[: draw(st.integers(1, len(content)))] if draw(st.booleans()) else content


@settings(max_examples=100, deadline=None)
@given(content=damaged(LOGS))
def test_every_line_of_a_damaged_log_ends_somewhere(kept_bench: Bench, content: bytes) -> None:
    kept_bench.wipe()
    path = kept_bench.file(content)
    report = kept_bench.ingest(path, supplied=GIVEN)
    assert report.files + len(report.refused) == 1
    kept_bench.require_sums()
    if report.files and kind_of("", path) is Kind.JSON_LINES:
        rows = sum(1 for line in content.split(b"\n") if line.strip())
        assert report.received + report.ignored == rows
    require_texts(kept_bench, content)


def require_texts(bench: Bench, content: bytes) -> None:
    """A row that could not be read is kept as it was written."""
    unread = "select raw_line from raw.quarantined_event where reason = 'unreadable_row'"
    known = content.decode("utf-8", "replace")
    for (text,) in bench.rows(unread):
        assert str(text).strip() in known or str(text).startswith("{")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_record_of_a_damaged_table_ends_somewhere(
    kept_bench: Bench, data: st.DataObject
) -> None:
    rows = [native(f"req_{n}", region='a "quoted"\ntext' if n % 2 else "eu") for n in range(5)]
    table = write_csv(kept_bench.root / "table.csv", rows).read_bytes()
    kept_bench.wipe()
    path = kept_bench.file(data.draw(damaged([table, table.replace(b",", b"\t")])))
    report = kept_bench.ingest(path, supplied=GIVEN)
    assert report.files + len(report.refused) == 1
    kept_bench.require_sums()
