"""Each built-in format, on rows written for it: what they must become was worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from billing.ingestion.mapping import load_formats
from billing.ingestion.mapping.loading import BUILT_IN
from billing.ingestion.tables import MAIN_METERS
from tests.billing.ingestion.logs import write_bytes
from tests.billing.ingestion.sites import Site

SAMPLES = Path(__file__).parents[3] / "data" / "samples" / "formats"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((SAMPLES / "EXPECTED.json").read_text())
USAGE = sorted(
    name for name in EXPECTED if not name.startswith(("openai_org", "openrouter_activity"))
)
GIVEN = {"api_key_id": "key_a", "completed_at": "2026-10-10T12:00:00Z"}
EVENTS = f"""
select native_id, answered_model, outcome, usage_quality,
    [{", ".join(f"{meter}_tokens" for meter in MAIN_METERS)}] as tokens,
    (select list((meter, quantity)) from raw.usage_event_meter as side
        where side.ingest_sequence = event.ingest_sequence
        and side.line_number = event.line_number and side.fate = 'accepted') as others
from raw.usage_event as event order by native_id, outcome"""


def accepted(site: Site) -> list[dict[str, Any]]:
    """The accepted events, as EXPECTED.json describes them."""
    found = []
    for native_id, model, outcome, quality, tokens, others in site.rows(EVENTS):
        meters = {m: n for m, n in zip(MAIN_METERS, tokens, strict=True) if n} | dict(others or [])
        found.append(
            {
                "native_id": native_id,
                "model": model,
                "outcome": outcome,
                "usage_quality": quality,
                "meters": meters,
            }
        )
    return found


@pytest.mark.parametrize("name", USAGE)
def test_the_rows_of_a_format_become_what_was_worked_out_by_hand(site: Site, name: str) -> None:
    report = site.ingest(SAMPLES / name, supplied=GIVEN)
    assert report.refused == ()
    expected = EXPECTED[name]
    wanted = [
        {key: row[key] for key in ("native_id", "model", "outcome", "usage_quality", "meters")}
        for row in expected
        if row["fate_or_ignored"] == "accepted"
    ]
    assert accepted(site) == sorted(wanted, key=lambda row: (row["native_id"], row["outcome"]))
    reasons = [row["fate_or_ignored"].partition(":") for row in expected]
    quarantined = site.rows("select reason from raw.quarantined_event order by line_number")
    assert [reason for (reason,) in quarantined] == [
        reason for fate, _, reason in reasons if fate == "quarantined"
    ]
    ignored = site.rows("select rule, rows from raw.ignored_row order by rule")
    rules = [rule for fate, _, rule in reasons if fate == "ignored"]
    assert ignored == [(rule, rules.count(rule)) for rule in sorted(set(rules))]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_format_is_recognised_by_its_content_alone(site: Site, name: str) -> None:
    path = write_bytes(site.root / "unnamed.log", (SAMPLES / name).read_bytes())
    report = site.ingest(path, supplied=GIVEN)
    assert report.refused == ()
    taken = report.per_file if name in USAGE else report.bills
    assert [file.format for file in taken] == [name.partition(".")[0].removesuffix("_api")]


def test_every_format_has_a_sample_and_a_description() -> None:
    described = (SAMPLES.parents[2] / "docs" / "builtin-formats.md").read_text()
    for known in load_formats():
        assert any(name.partition(".")[0] == known.source.name for name in EXPECTED)
        assert known.source.name in described or known.source.holds == "provider_bill"


def test_a_file_that_fits_two_formats_equally_is_refused_until_one_is_chosen(site: Site) -> None:
    twin = (BUILT_IN / "gemini.yaml").read_text().replace("name: gemini", "name: gemini_twin", 1)
    (site.catalog / "formats").mkdir()
    (site.catalog / "formats" / "twin.yaml").write_text(twin)
    path = SAMPLES / "gemini.jsonl"
    ((_, message),) = site.ingest(path, supplied=GIVEN).refused
    assert "gemini and gemini_twin equally" in message
    assert "--format" in message
    assert site.ingest(path, supplied=GIVEN, format_name="gemini_twin").refused == ()
