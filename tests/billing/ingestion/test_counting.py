"""Whatever happens to a file, every row of it ends somewhere and the counts add up."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ingestion.container import Kind, kind_of
from tests.billing.ingestion.logs import Row, json_lines, native, spend_log, write_csv
from tests.billing.ingestion.sites import Site, write_catalog

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["12", "1.5", "2026-10-10", "key_b", "org_b", "success", "req_1", "", "NaN"]),
)
IDS = st.sampled_from(["req_1", "req_2", "req_3", "req_4"])


@st.composite
def changed_rows(draw: st.DrawFn) -> list[Row]:
    """Rows of one format of which some fields were replaced by anything."""
    good = draw(st.sampled_from([native, spend_log]))
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        row = good(draw(IDS))
        for name in draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
            row[name] = draw(JUNK)
        rows.append(row)
    return [good("always_good"), *rows]


@st.composite
def torn_lines(draw: st.DrawFn) -> bytes:
    """A file of which some bytes were lost, replaced or repeated."""
    content = json_lines(draw(changed_rows()))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 40))
        put = draw(st.one_of(st.binary(max_size=6), st.sampled_from([b"\n", b"\r\n", b"}\n{"])))
        content = content[:at] + put + content[end:]
    return content


def check(site: Site, lines: int | None, format_name: str | None = None) -> None:
    report = site.ingest(format_name=format_name)
    with site.open() as connection:
        counts = [
            connection.execute(f"select count(*) from raw.{table}").fetchone()
            for table in ("usage_event", "duplicate_event", "quarantined_event")
        ]
        places = connection.execute(
            "select count(*), count(distinct line_number) from ("
            "select line_number from raw.usage_event union all "
            "select line_number from raw.duplicate_event union all "
            "select line_number from raw.quarantined_event)"
        ).fetchone()
        tokens = connection.execute(TOKENS).fetchall()
    found = tuple(count[0] for count in counts if count)
    assert found == (report.accepted, report.duplicates, report.quarantined)
    assert places == (report.received, report.received)
    assert sum(found) == report.received
    assert all(of_file == by_fate for of_file, by_fate in tokens)
    if lines is not None:
        assert (report.files, report.received) == (1, lines)


TOKENS = """
with fates as (
    select ingest_sequence, input_uncached_tokens, output_visible_tokens from raw.usage_event
    union all
    select ingest_sequence, input_uncached_tokens, output_visible_tokens from raw.duplicate_event
    union all
    select ingest_sequence, input_uncached_tokens, output_visible_tokens
    from raw.quarantined_event
)
select coalesce((select sum(quantity) from raw.ingest_file_meter where meter = 'input_uncached'), 0),
    coalesce(sum(input_uncached_tokens), 0) from fates
union all
select coalesce((select sum(quantity) from raw.ingest_file_meter where meter = 'output_visible'), 0),
    coalesce(sum(output_visible_tokens), 0) from fates"""


def new_site(folder: str) -> Site:
    site = Site(Path(folder))
    write_catalog(site.catalog)
    site.landing.mkdir()
    return site


@settings(max_examples=25, deadline=None)
@given(rows=changed_rows())
def test_every_row_of_changed_values_has_one_fate(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(folder)
        (site.landing / "log.jsonl").write_bytes(json_lines(rows))
        check(site, len(rows))


@settings(max_examples=40, deadline=None)
@given(content=torn_lines())
def test_every_line_of_a_torn_file_has_one_fate(content: bytes) -> None:
    rows = [line for line in content.split(b"\n") if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(folder)
        log = site.landing / "log.jsonl"
        log.write_bytes(content)
        # What a tear made one object over two lines, or two on one, is counted by objects.
        is_log = content.startswith(b'{"request_id"') and kind_of("", log) is Kind.JSON_LINES
        check(site, len(rows) if is_log else None, format_name="native")


@settings(max_examples=15, deadline=None)
@given(rows=changed_rows())
def test_every_csv_record_has_one_fate(rows: list[Row]) -> None:
    flat = [{k: v for k, v in row.items() if not isinstance(v, dict | list)} for row in rows]
    flat = [
        {k: str(v).replace("\x00", "").replace("\r", "") for k, v in row.items()} for row in flat
    ]
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(folder)
        write_csv(site.landing / "log.csv", flat)
        check(site, len(flat))
