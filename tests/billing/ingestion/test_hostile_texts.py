"""Texts written to break SQL, JSON paths, files or lists are texts, or are refused as such."""

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import KEY_HASH, json_lines, native, spend_log

OWN = """
{name: own, title: t, about: a, recognised_by: [rid], other_meters_object: meters,
 fields: {native_id: rid, key: k, completed_at: at, answered_model: {const: m}, outcome: {const: success}}}
"""
ROW = {"rid": "x", "k": "key_a", "at": "2026-10-10T12:00:00Z"}
HOSTILE = [
    *("'", '"', "''); drop schema raw cascade; --", "a\x00b", "two\nlines", "\r", "\t", "\x1f"),
    *("\\m", "\\b\x1f\\m\x1f", "\x1f" * 11, "\\bm"),
    *("../../etc/passwd", "$.a[*]", "%s{0}{{", "\\", "\u202e", "\ufeff", "1" * 5000, "null", "NaN"),
]


def test_hostile_texts_in_every_text_field_are_only_texts(bench: Bench) -> None:
    free = ("model", "requested_model", "provider", "region", "service_tier", "throttle_cause")
    rows = [native(text, **dict.fromkeys(free, text)) for text in HOSTILE]
    assert bench.ingest(bench.file(json_lines(rows))).accepted == len(HOSTILE)
    found = (
        "select native_id, answered_model, provider, region, throttle_cause from raw.usage_event"
    )
    assert bench.rows(f"{found} order by line_number") == [(text,) * 5 for text in HOSTILE]


def test_a_text_is_the_same_whatever_other_texts_its_file_holds(bench: Bench) -> None:
    plain = [text for text in HOSTILE if "\x1f" not in text]
    for name, others in (("alone", []), ("beside", [native("other", provider="a\x1fb")])):
        rows = [native(f"{name} {n}", region=text) for n, text in enumerate(plain)]
        assert bench.ingest(bench.file(json_lines([*rows, *others]))).quarantined == 0
    found = "select region, provider from raw.usage_event where native_id like '{} %' order by all"
    assert bench.rows(found.format("alone")) == bench.rows(found.format("beside"))
    assert sorted(region for region, _ in bench.rows(found.format("alone"))) == sorted(plain)
    assert bench.rows("select count(*) from raw.request_shape") == [(len(plain) + 1,)]


def test_a_hostile_text_of_a_request_that_grows_is_still_the_same(bench: Bench) -> None:
    bench.describe(
        """
        {name: grows, title: t, about: a, recognised_by: [rid], repeats: cumulative,
         fields: {native_id: rid, key: k, completed_at: at, answered_model: model, region: region,
                  outcome: {const: success}, output_total: out}}
        """
    )
    for counts in ([3, 5], [8], [4]):
        rows = [ROW | {"model": "a\x1fm", "region": "\\b\x1f", "out": n} for n in counts]
        bench.ingest(bench.file(json_lines(rows)))
        bench.require_sums()
    found = (
        "select answered_model, region, sum(case when kind = 'reversal' then -1 else 1 end "
        "* output_visible_tokens) from raw.usage_event group by all"
    )
    assert bench.rows(found) == [("a\x1fm", "\\b\x1f", 8)]


@pytest.mark.parametrize("field", ["api_key_id", "outcome", "organization_id", "status"])
def test_hostile_texts_where_only_known_ones_may_stand_are_refused(
    bench: Bench, field: str
) -> None:
    rows = [native(str(n)) | {field: text} for n, text in enumerate(HOSTILE)]
    report = bench.ingest(bench.file(json_lines(rows)))
    assert (report.quarantined, report.refused) == (len(HOSTILE), ())


def test_a_key_hash_is_no_pattern(bench: Bench) -> None:
    rows = [spend_log(key, api_key=key) for key in ("%", "_" * 64, KEY_HASH + " ", "", "*")]
    assert bench.ingest(bench.file(json_lines(rows))).quarantined == len(rows)


def meter_fault(bench: Bench, meters: object) -> tuple[object, ...]:
    bench.describe(OWN)
    report = bench.ingest(bench.file(json_lines([ROW | {"meters": meters}])))
    assert (report.received, report.quarantined) == (1, 1)
    bench.require_sums()
    (found,) = bench.rows("select reason, field from raw.quarantined_event")
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("a;b", "a=b", "a;image=9", "", " ", "Image", "a.b", "a[0]", "*", "$", '"', "'", "\\"),
        *("ä", "a" * 51, "0a", "a\n", "image\x00"),
    ],
)
def test_a_hostile_meter_name_is_a_bad_count_and_counts_nothing(bench: Bench, name: str) -> None:
    assert meter_fault(bench, {name: 5, "image": 2}) == ("bad_count", "other_meters")


def test_the_names_of_meters_are_free_and_their_order_is_no_content(bench: Bench) -> None:
    bench.describe(OWN)
    meters = {"image": 2, "image2": 3, "image_hd": 4, "zero": 0}
    rows = [ROW | {"meters": meters}, ROW | {"meters": dict(reversed(meters.items()))}]
    bench.ingest(bench.file(json_lines(rows[:1])))
    assert bench.ingest(bench.file(json_lines(rows[1:]))).duplicates == 1
    assert {meter: n for (_, meter), n in bench.meters().items()} == {
        "image": 2,
        "image2": 3,
        "image_hd": 4,
    }


def test_a_meter_that_a_row_gives_twice_counts_once(bench: Bench) -> None:
    bench.describe(OWN)
    twice = json_lines([ROW | {"meters": {"request": 2}}]).replace(
        b'"request"', b'"request":2,"request"'
    )
    assert twice.count(b'"request"') == 2
    bench.ingest(bench.file(twice))
    assert bench.meters() == {("x", "request"): 2}


@pytest.mark.parametrize("meters", [5, "text", [1], {"image": "x"}, {"image": 1.5}, {"image": -1}])
def test_meters_that_are_no_counts_are_a_bad_count(bench: Bench, meters: object) -> None:
    assert meter_fault(bench, meters) == ("bad_count", "other_meters")
