"""A warehouse rebuilt from its files after a month was finalized is the same warehouse."""

from pathlib import Path

import pytest

from billing.periods import BillingMonth
from tests.billing.ingestion.logs import native, write_json
from tests.billing.ingestion.sites import Site, write_catalog

FATES = (
    "select ingest_sequence, line_number, '' from raw.usage_event union all "
    "select ingest_sequence, line_number, 'duplicate' from raw.duplicate_event union all "
    "select ingest_sequence, line_number, reason from raw.quarantined_event order by all"
)


@pytest.fixture
def rebuilt(site: Site, tmp_path: Path) -> Site:
    """An empty home that knows what was finalized over `site`, which took b before a."""
    changed = native("x", output_visible=21)
    b = write_json(site.root / "b.jsonl", [native("x"), changed, native("y", api_key_id="key_new")])
    a = write_json(site.root / "a.jsonl", [native("x"), changed, native("z")])
    site.ingest(b)
    site.ingest(a)
    site.landing.rmdir()
    other = Site(tmp_path / "rebuilt")
    write_catalog(other.catalog)
    (other.root / "landing").mkdir()
    for path in (a, b):
        path.rename(other.landing / path.name)
    numbers = dict(site.rows("select content_sha256, ingest_sequence from raw.ingest_file"))
    other.manifest = {str(sha256): int(str(number)) for sha256, number in numbers.items()}
    found = site.rows(
        "select content_sha256, line_number, reason from raw.quarantined_event "
        "inner join raw.ingest_file using (ingest_sequence)"
    )
    other.decisions = {(str(sha), int(str(line))): str(why) for sha, line, why in found}
    return other


def test_files_of_finalized_months_keep_number_and_order(site: Site, rebuilt: Site) -> None:
    rebuilt.ingest()
    assert rebuilt.rows(FATES) == site.rows(FATES)
    files = "select ingest_sequence, file_name from raw.ingest_file order by all"
    assert rebuilt.rows(files) == [(1, "b.jsonl"), (2, "a.jsonl")]
    assert rebuilt.tables()["usage_event"] == site.tables()["usage_event"]


def test_what_was_quarantined_at_finalization_stays_so(site: Site, rebuilt: Site) -> None:
    keys = rebuilt.catalog / "api_keys.csv"
    keys.write_text(keys.read_text() + "key_new,org_a,proj_a,,balance\n")
    rebuilt.ingest()
    assert rebuilt.rows(FATES) == site.rows(FATES)
    reasons = "select reason from raw.quarantined_event where line_number = 3"
    assert rebuilt.rows(reasons) == [("unknown_key",)]


def test_without_a_decision_a_repaired_row_is_accepted(rebuilt: Site) -> None:
    keys = rebuilt.catalog / "api_keys.csv"
    keys.write_text(keys.read_text() + "key_new,org_a,proj_a,,balance\n")
    rebuilt.decisions = {}
    rebuilt.ingest()
    assert (1, 3, "") in rebuilt.rows(FATES)


def test_a_new_file_waits_for_the_files_invoices_rest_on(rebuilt: Site) -> None:
    missing = rebuilt.landing / "b.jsonl"
    away = missing.rename(rebuilt.root / "b.jsonl")
    write_json(rebuilt.landing / "new.jsonl", [native("new")])
    report = rebuilt.ingest()
    assert report.files == 0
    assert sorted(name for name, _ in report.refused) == ["a.jsonl", "new.jsonl"]
    assert all("file number 1" in message for _, message in report.refused)
    away.rename(missing)
    taken = [(file.ingest_sequence, file.file_name) for file in rebuilt.ingest().per_file]
    assert taken == [(1, "b.jsonl"), (2, "a.jsonl"), (3, "new.jsonl")]


def test_numbers_go_on_behind_the_manifest(site: Site) -> None:
    write_json(site.landing / "a.jsonl", [native("a")])
    site.ingest()
    found = site.rows("select content_sha256 from raw.ingest_file")
    site.manifest = {str(found[0][0]): 1}
    write_json(site.landing / "b.jsonl", [native("b")])
    assert [file.ingest_sequence for file in site.ingest().per_file] == [2]


OCTOBER = BillingMonth(2026, 10)


def test_an_event_of_a_finalized_month_is_late_in_its_organizations_zone(site: Site) -> None:
    site.finalized = {("org_a", OCTOBER): 0, ("org_b", OCTOBER): 0, ("unknown", OCTOBER): 0}
    cases = {
        "key_a": ("2026-09-30T18:29:59.999Z", "2026-09-30T18:30:00Z", "2026-10-31T18:30:00Z"),
        "key_b": ("2026-10-01T03:59:59Z", "2026-10-01T04:00:00Z", "2026-11-01T03:59:59Z"),
        "key_c": ("2026-10-15T00:00:00Z",),
    }
    rows = [
        native(f"{key}_{n}", api_key_id=key, completed_at=at, organization_id=None, project_id=None)
        for key, instants in cases.items()
        for n, at in enumerate(instants)
    ]
    write_json(site.landing / "late.jsonl", rows)
    report = site.ingest()
    assert (report.accepted, report.late) == (7, 3)
    assert site.rows("select late from raw.ingest_file") == [(3,)]


def test_a_file_below_the_watermark_is_not_late(site: Site) -> None:
    site.finalized = {("org_a", OCTOBER): 1}
    write_json(site.landing / "a.jsonl", [native("x")])
    write_json(site.landing / "b.jsonl", [native("y"), native("x")])
    assert [file.late for file in site.ingest().per_file] == [0, 1]


@pytest.mark.parametrize(
    ("instants", "month"),
    [
        (["2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z"], "2026-09-01"),
        (["2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"], "2026-10-01"),
        (["noon", "1970-01-01T00:00:00Z"], "2026-11-01"),
    ],
)
def test_a_file_counts_in_the_month_of_most_of_its_rows(
    site: Site, instants: list[str], month: str
) -> None:
    rows = [native(f"req_{n}", completed_at=at) for n, at in enumerate(instants)]
    write_json(site.landing / "log.jsonl", rows)
    site.ingest()
    assert site.rows("select file_month::varchar from raw.ingest_file") == [(month,)]


def test_a_file_of_a_finalized_month_is_read_as_it_was_then(site: Site, tmp_path: Path) -> None:
    row = native(api_key_id=None, completed_at="2026-10-10T12:00:02")
    path = write_json(site.landing / "log.jsonl", [row])
    given = {"api_key_id": "key_b", "zone": "UTC"}
    site.ingest(path, format_name="native", source_id="eu", supplied=given)
    known = "select content_sha256, format, source_id, supplied from raw.ingest_file"
    again = Site(tmp_path / "again", how_read={sha: tuple(how) for sha, *how in site.rows(known)})
    again.root.mkdir()
    (again.root / "catalog").symlink_to(site.catalog)
    again.ingest(path, source_id="another")
    assert again.rows("select * from raw.usage_event") == site.rows("select * from raw.usage_event")
    assert again.rows(known) == site.rows(known)
