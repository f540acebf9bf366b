"""Conditions and instants of a mapping file, on rows whose result was worked out by hand."""

import json

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines
from tests.billing.ingestion.mappings import START, mapping, results, row

AT = "2026-10-10 12:00:02"
UNREAD, RANGE = "unreadable_time", "time_out_of_range"


@pytest.mark.parametrize(
    ("unit", "given", "expected"),
    [
        ("seconds", [1791633602, "1791633602", 1791633602.5], [AT, AT, f"{AT}.5"]),
        (
            "milliseconds",
            [1791633602123, "1791633602123.0", 1791633602],
            [f"{AT}.123"] * 2 + [RANGE],
        ),
        ("microseconds", [1791633602123456, 1.791633602123456e15], [f"{AT}.123456"] * 2),
        ("nanoseconds", [1791633602123456789, "1791633602000000000"], [f"{AT}.123456", AT]),
        ("seconds", [0, -1, 4102444800, 1e300, "x", "", True, [1]], [RANGE] * 3 + [UNREAD] * 5),
        ("nanoseconds", ["9" * 40, 1, 1e19], [UNREAD, RANGE, RANGE]),
        ("seconds", [None, "NaN", "2026-10-10T12:00:02Z"], ["missing_time", UNREAD, AT]),
    ],
)
def test_an_epoch_number_is_an_instant_in_its_unit(
    bench: Bench, unit: str, given: list[object], expected: list[str]
) -> None:
    rows: list[Row] = [{"at": number} for number in given]
    value = f"{{instant: at, unit: {unit}}}"
    assert results(bench, value, rows, "completed_at") == expected


def test_a_local_time_is_in_the_zone_its_format_says(bench: Bench) -> None:
    given = ["2026-10-10T12:00:02", "2026-10-10 12:00:02", "2026-10-10T14:00:02+02:00", "noon"]
    rows: list[Row] = [{"at": text} for text in given]
    found = results(bench, "{instant: at, zone: UTC}", rows, "completed_at")
    assert found == [AT, AT, AT, UNREAD]


@pytest.mark.parametrize(
    "form",
    [
        "{instant: at, plus_milliseconds: d}",
        "{instant: {const: 1791633600}, unit: seconds, plus_milliseconds: {sum: [d]}}",
        "{instant: {const: '2026-10-10 12:00:00'}, zone: UTC, plus_milliseconds: d}",
    ],
)
def test_a_duration_is_added_or_refused(bench: Bench, form: str) -> None:
    good: list[object] = [2000, "2000", 2000.0]
    bad: list[object] = ["x", "", -5, 1e300, "NaN", "inf", True, 10**18]
    rows: list[Row] = [{"at": START, "d": duration} for duration in [*good, *bad, None]]
    expected = [AT] * len(good) + [UNREAD] * len(bad) + ["missing_time"]
    assert results(bench, form, rows, "completed_at") == expected


def test_a_duration_is_added_to_no_instant_outside_of_time(bench: Bench) -> None:
    rows: list[Row] = [{"at": at, "d": 1} for at in ("294246-12-31T00:00:00Z", "noon", None)]
    found = results(bench, "{instant: at, plus_milliseconds: d}", rows, "completed_at")
    assert found == [UNREAD, UNREAD, "missing_time"]


VALUES: list[object] = ["X", "x", "xy", "", None, 5, 0, "5", True, "NaN", {"a": 1}]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"path": "a", "equals": "x"}, ["X", "x"]),
        ({"path": "a", "equals": 5}, [5, "5"]),
        ({"path": "a", "equals": True}, [True]),
        ({"path": "a", "in": ["X", 5]}, ["X", "x", 5, "5"]),
        ({"path": "a", "not_in": ["x", "xy", "", "nan"]}, [None, 5, 0, "5", True, {"a": 1}]),
        ({"path": "a", "matches": "x."}, ["xy"]),
        ({"path": "a", "matches": "(?i)X"}, ["X", "x"]),
        ({"path": "a", "present": True}, [value for value in VALUES if value is not None]),
        ({"path": "a", "present": False}, [None]),
        ({"path": "a", "above": 0}, [5, "5", "NaN"]),
        ({"path": "a", "above": -0.5}, [5, 0, "5", "NaN"]),
        ({"path": "a.a", "equals": 1}, [{"a": 1}]),
        ({"value": ["a", {"const": "none"}], "equals": "none"}, [None]),
        ({"value": {"sum": ["a"]}, "above": 4}, [5, "5", "NaN"]),
        ({"all": [{"path": "a", "present": True}, {"path": "a", "above": 4}]}, [5, "5", "NaN"]),
        ({"any": [{"path": "a", "equals": "xy"}, {"path": "a", "equals": ""}]}, ["xy", ""]),
        ({"all": [{"any": [{"path": "a", "in": ["x"]}]}]}, ["X", "x"]),
    ],
)
def test_a_condition_holds_for_these_values_only(
    bench: Bench, condition: dict[str, object], holds: list[object]
) -> None:
    case = {"cases": [{"when": condition, "then": {"const": 1}}]}
    rows: list[Row] = [{} if value is None else {"a": value} for value in VALUES]
    # Texts beside an object would make the column no JSON where a path leads into it.
    if condition.get("path") == "a.a":
        rows = [row if isinstance(row.get("a"), dict) else {} for row in rows]
    if "value" in condition and "sum" in str(condition):
        rows = [row | {"a": None} if row.get("a") in ("X", "x", "xy", "") else row for row in rows]
    expected = [
        int(any(value is each or (value == each and type(value) is type(each)) for each in holds))
        for value in VALUES
    ]
    assert results(bench, json.dumps(case), rows) == expected


def test_a_condition_also_tells_what_is_no_request(bench: Bench) -> None:
    bench.describe(mapping(ignore=[{"name": "second", "when": {"path": "a", "above": 1}}]))
    report = bench.ingest(bench.file(json_lines([row("x", a=1), row("y", a=2), row("z")])))
    assert (report.received, report.ignored) == (2, 1)
    assert bench.rows("select rule, rows from raw.ignored_row") == [("second", 1)]
