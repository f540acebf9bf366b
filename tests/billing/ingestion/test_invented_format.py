"""A format nobody has heard of works from one mapping file alone, from file to event."""

import json
from decimal import Decimal
from pathlib import Path

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines, write_csv

FORMAT = r"""
name: lighthouse
title: Lighthouse relay batches
about: Batches of calls; money in cents, times in epoch milliseconds, input without cached tokens.
kind: usage
recognised_by: [batch.node, {path: schema, equals: [lh-2, lh-3]}]
not_recognised_by: [batch.draft]
rows: {each: "batch.calls[*]"}
ignore:
  - {name: ping, when: {path: op, in: [ping, hello]}}
key_column: name
fields:
  native_id: {join: [node, seq], by: "/"}
  key: auth.label
  started_at: {instant: t.begin, unit: milliseconds}
  completed_at: {instant: t.begin, unit: milliseconds, plus_milliseconds: {sum: [t.wait, t.run]}}
  requested_model: {match: 'm:(.+)', of: ask}
  answered_model: [answer, {match: 'm:(.+)', of: ask}]
  outcome:
    cases:
      - {when: {path: rc, equals: 0}, then: {const: success}}
      - {when: {path: rc, matches: '429|17'}, then: {const: rate_limited}}
    otherwise: {of: rc, map: {"-1": client_aborted}, otherwise: {const: upstream_error}}
  service_tier: {of: lane, map: {express: priority, slow: batch}}
  source_cost_usd: {multiply: cents, by: "0.01"}
  input_uncached: tok.fresh
  cache_read: tok.hit
  cache_write_total: {sum: ["tok.stored[*].n"]}
  cache_write_1h:
    cases:
      - {when: {path: "tok.stored[0].keep", equals: 3600}, then: "tok.stored[0].n"}
  output_total: {subtract: [tok.all, tok.fresh, tok.hit, {sum: ["tok.stored[*].n"]}]}
  output_reasoning: tok.thought
other_meters: {image: {sum: ["made[*].pictures"]}}
"""


def call(seq: int | None, **changes: object) -> Row:
    tokens = {"fresh": 100, "hit": 40, "stored": [{"keep": 3600, "n": 7}, {"keep": 300, "n": 3}]}
    return {
        "node": "n1",
        "seq": seq,
        "auth": {"label": "front desk"},
        "t": {"begin": 1791633600123, "wait": 500, "run": "1500"},
        "ask": "m:gpt-5",
        "answer": "gpt-5-2025-08-07",
        "rc": 0,
        "lane": "Express",
        "cents": 12.5,
        "tok": tokens | {"thought": 5, "all": 175},
        "made": [{"pictures": 2}, {}, {"pictures": "1"}],
    } | changes


def batch(*calls: Row) -> Row:
    return {"schema": "lh-3", "batch": {"node": "n1", "calls": list(calls)}}


def give_key_a_name(bench: Bench) -> None:
    keys = bench.catalog / "api_keys.csv"
    keys.write_text(keys.read_text().replace("payer", "name").replace("balance", "front desk", 1))


EVENT = (
    "select native_id, api_key_id, started_at::varchar, completed_at::varchar, latency_ms, "
    "requested_model, answered_model, outcome, service_tier, source_cost_usd, usage_quality "
    "from raw.usage_event order by native_id"
)


def test_an_invented_format_works_from_its_mapping_file_alone(bench: Bench) -> None:
    give_key_a_name(bench)
    bench.describe(FORMAT)
    content = json_lines(
        [
            batch(call(1), call(2, op="ping"), call(1)),
            batch(call(3, rc=17), call(4, rc=-1, answer=None), call(5, tok={"fresh": "many"})),
            batch(),
            batch(call(None), call(7, auth={}), call(8, cents="free")),
        ]
    )
    report = bench.ingest(bench.file(content, "relay.log.gz"))
    assert (report.refused, report.per_file[0].format) == ((), "lighthouse")
    assert (report.accepted, report.duplicates, report.ignored) == (3, 1, 1)
    times = ("2026-10-10 12:00:00.123", "2026-10-10 12:00:02.123", 2000)
    rest = ("priority", Decimal("0.125"), "reported:no_cache_ttl")
    assert bench.rows(EVENT) == [
        ("n1/1", "key_a", *times, "gpt-5", "gpt-5-2025-08-07", "success", *rest),
        ("n1/3", "key_a", *times, "gpt-5", "gpt-5-2025-08-07", "rate_limited", *rest),
        ("n1/4", "key_a", *times, "gpt-5", "gpt-5", "client_aborted", *rest),
    ]
    one = {"input_uncached": 100, "cache_read": 40, "cache_write_1h": 7, "image": 3}
    one |= {"cache_write_unknown_ttl": 3, "output_visible": 20, "output_reasoning": 5}
    assert {meter: n for (name, meter), n in bench.meters().items() if name == "n1/1"} == one
    faults = "select reason from raw.quarantined_event order by line_number"
    assert bench.rows(faults) == [
        ("bad_count",),
        ("unreadable_row",),
        ("missing_id",),
        ("unknown_key",),
        ("bad_value",),
    ]
    bench.require_sums()


def test_its_rows_are_the_same_as_one_document_and_as_a_table(bench: Bench, tmp_path: Path) -> None:
    give_key_a_name(bench)
    bench.describe(FORMAT)
    rows = [batch(call(1), call(2)), batch(call(3))]
    bench.ingest(bench.file(json_lines(rows)))
    first = bench.meters()
    assert bench.ingest(bench.file(json.dumps(rows, indent=3).encode())).duplicates == 3
    assert bench.meters() == first
    flat = [{k: json.dumps(v) for k, v in call(4).items() if isinstance(v, dict | list)}]
    plain = {k: v for k, v in call(4).items() if not isinstance(v, dict | list)}
    path = write_csv(tmp_path / "calls.csv", [plain | flat[0]])
    assert bench.ingest(path, format_name="lighthouse").accepted == 1
    bench.require_sums()


def test_a_draft_of_it_is_not_taken_for_it(bench: Bench) -> None:
    bench.describe(FORMAT)
    row = batch(call(1))
    row["batch"] = {"draft": True, "node": "n1"}
    ((_, message),) = bench.ingest(bench.file(json_lines([row]))).refused
    assert "in no known log format" in message
