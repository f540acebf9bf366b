"""A rule of a format ignores only rows that can be read: what cannot be is set aside."""

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import json_lines

QUARANTINE = "select line_number, reason from raw.quarantined_event order by all"


def test_no_rule_of_a_format_ignores_a_line_that_cannot_be_read(bench: Bench) -> None:
    """Langfuse ignores what is no generation; a torn line says nothing of what it was."""
    known = '{"id": "%s", "type": "%s", "level": "DEFAULT", "end_time": "2026-10-10T12:00:00Z"}'
    lines = [known % ("span", "SPAN"), "", '{"id": "torn", "type": "GENER', "  "]
    report = bench.ingest(bench.file(json_lines(lines)), format_name="langfuse")
    assert (report.received, report.quarantined, report.ignored) == (1, 1, 1)
    assert bench.rows(QUARANTINE) == [(3, "unreadable_row")]


def test_no_rule_of_a_format_ignores_a_row_with_a_part_that_cannot_be_parsed(bench: Bench) -> None:
    bench.describe(
        """{name: own, title: t, about: a, recognised_by: [rid],
        ignore: [{name: other, when: {path: part.type, not_in: [call]}}],
        fields: {native_id: rid, outcome: {const: success}}}"""
    )
    rows = ['{"rid": 1, "part": "{torn"}', '{"rid": 2, "part": "{}"}', '{"rid": 3, "part": ""}']
    report = bench.ingest(bench.file(json_lines(rows)))
    assert (report.received, report.ignored) == (1, 2)
    assert bench.rows(QUARANTINE) == [(1, "unreadable_row")]
