"""Every form of value of a mapping file, on rows whose result was worked out by hand."""

import pytest

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row
from tests.billing.ingestion.mappings import results

BAD = "bad_count"
NO_NUMBERS: list[object] = ["x", "", True, [1], {"z": 1}, "NaN", "inf", -1, 1e300, "0x10"]


@pytest.mark.parametrize(
    ("value", "rows", "expected"),
    [
        ("a", [{"a": 1}, {}, {"a": None}, {"a": "2"}, {"a": "x"}], [1, 0, 0, 2, BAD]),
        ("a.b", [{"a": {"b": 3}}, {"a": {}}, {"a": '{"b": 4}'}, {"a": [5]}], [3, 0, 4, 0]),
        ("'l[1].n'", [{"l": [{"n": 1}, {"n": 2}]}, {"l": [{"n": 1}]}, {"l": {"n": 1}}], [2, 0, 0]),
        ('\'"a.b"."c d"\'', [{"a.b": {"c d": 4}}, {"a": {"b": {"c d": 9}}}], [4, 0]),
        ("'\"it''s\".\"it''s\"'", [{"it's": {"it's": 4}}], [4]),
        ("'o.\"[0]\"'", [{"o": {"[0]": 4}}, {"o": [9]}], [4, 0]),
        ('\'"$"."$"\'', [{"$": {"$": 4}}], [4]),
        ("at_0.x", [{"at_0": {"x": 4}, "found_in_0": 1}, {"is_unreadable": "true"}], [4, 0]),
        ("{sum: [is_unreadable, place, problem.x]}", [{"is_unreadable": 1, "place": 2}], [3]),
        ("[a, b, {const: 9}]", [{"a": 1, "b": 2}, {"b": 2}, {}, {"a": "", "b": 2}], [1, 2, 9, BAD]),
        ("{const: 5}", [{}], [5]),
        (
            "{of: a, map: {X: 7, true: 8}}",
            [{"a": "x"}, {"a": True}, {"a": "y"}, {}],
            [7, 8, BAD, 0],
        ),
        ("{of: a, map: {x: 7}, otherwise: b}", [{"a": "X"}, {"a": 1, "b": 2}, {"b": 2}], [7, 2, 0]),
        ("{of: a, map: {x: 7}, otherwise: {const: 8}}", [{"a": "y"}, {}], [8, 0]),
        ("{join: [a, b], by: ''}", [{"a": 1, "b": 2}, {"a": 1}], [12, 0]),
        ("{join: [a, b]}", [{"a": 3, "b": "4"}], [34]),
        (
            r"{match: 'n=(\d+)', of: a}",
            [{"a": "n=12"}, {"a": "n=12 "}, {"a": "xn=1"}, {}],
            [12, 0, 0, 0],
        ),
        (r"{match: '(\d)(\d)?', of: a}", [{"a": "12"}, {"a": "1"}], [1, 1]),
        (r"{match: 'x(\d)?', of: a}", [{"a": "x"}, {"a": "x3"}], [0, 3]),
        (r"{match: '\d+', of: a}", [{"a": 12}, {"a": -12}], [12, 0]),
        ('{match: "it\'s (.)", of: a}', [{"a": "it's 4"}], [4]),
        ("{cases: [{when: {path: a, equals: X}, then: {const: 3}}]}", [{"a": "x"}, {}], [3, 0]),
        (
            "{cases: [{when: {path: a, above: 1}, then: a}, {when: {path: a, above: 0}, then: b}], otherwise: c}",
            [{"a": 2}, {"a": 1, "b": 5}, {"a": 0, "c": 6}, {"a": "x", "c": 7}],
            [2, 5, 6, 7],
        ),
    ],
)
def test_a_value_gives_what_its_form_says(
    bench: Bench, value: str, rows: list[Row], expected: list[object]
) -> None:
    assert results(bench, value, rows) == expected


@pytest.mark.parametrize(
    ("value", "rows", "expected"),
    [
        ("{sum: [a, b]}", [{"a": 1, "b": 2}, {"a": 1}, {}, {"a": "3", "b": "1e1"}], [3, 1, 0, 13]),
        ("{sum: ['l[*].n', a]}", [{"l": [{"n": 1}, {"n": "2"}, {}, {"n": None}], "a": 3}], [6]),
        ("{sum: ['l[*].n']}", [{"l": []}, {"l": [{"m": 1}]}, {}, {"l": {"n": 4}}], [0, 0, 0, 0]),
        ("{sum: ['l[*]']}", [{"l": [1, 2]}, {"l": "[3, 4]"}], [3, 7]),
        ("{sum: ['l[*].m[*].n']}", [{"l": [{"m": [{"n": 1}, {"n": 2}]}, {"m": [{"n": 3}]}]}], [6]),
        ("{subtract: [a, b, c]}", [{"a": 9, "b": 2, "c": 3}, {"a": 9}, {"b": 1}], [4, 9, 0]),
        ("{subtract: [a, b]}", [{"a": 1, "b": 2}], [BAD]),
        ("{multiply: a, by: '2.5'}", [{"a": 2}, {"a": "0.4"}, {"a": 1}, {}], [5, 1, BAD, 0]),
        ("{multiply: {sum: [a, b]}, by: '1000'}", [{"a": 1, "b": 2}], [3000]),
        (
            "{multiply: a, by: '0.000000001'}",
            [{"a": 10**15}, {"a": "0.000000000001"}],
            [10**6, BAD],
        ),
    ],
)
def test_numbers_are_added_subtracted_and_multiplied(
    bench: Bench, value: str, rows: list[Row], expected: list[object]
) -> None:
    assert results(bench, value, rows) == expected


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("{sum: [a, b]}", [{"a": 1, "b": bad} for bad in [*NO_NUMBERS, 1.5]]),
        ("{sum: ['l[*].n']}", [{"l": [{"n": 2}, {"n": bad}]} for bad in [*NO_NUMBERS, 1.5]]),
        ("{sum: ['l[*]']}", [{"l": [1, "x"]}, {"l": [True]}]),
        ("{subtract: [a, b]}", [{"a": 9, "b": bad} for bad in [*NO_NUMBERS, 1.5]]),
        ("{subtract: [b, a]}", [{"a": 0, "b": bad} for bad in [*NO_NUMBERS, 1.5]]),
        ("{subtract: [a, 'l[*].n']}", [{"a": 9, "l": [{"n": 1}, {"n": "x"}]}]),
        ("{multiply: a, by: '2'}", [{"a": bad} for bad in NO_NUMBERS]),
        ("{sum: [{multiply: a, by: '2'}, {subtract: [a, b]}]}", [{"a": "x"}, {"a": 1, "b": "x"}]),
    ],
)
def test_what_is_no_number_is_never_nothing(bench: Bench, value: str, rows: list[Row]) -> None:
    assert results(bench, value, rows) == [BAD] * len(rows)


def test_a_list_that_is_none_makes_the_row_unreadable(bench: Bench) -> None:
    rows: list[Row] = [{"l": "text"}, {"l": "{cut"}]
    assert results(bench, "{sum: ['l[*].n']}", rows) == ["unreadable_row"] * 2


@pytest.mark.parametrize(
    ("value", "rows", "expected"),
    [
        ("{multiply: a, by: '0.01'}", [{"a": 125}, {"a": "0.000000000001"}], ["1.25", "0"]),
        (
            "{multiply: a, by: '0.000000001'}",
            [{"a": 1}, {"a": 4 * 10**14}],
            ["0.000000001", "400000"],
        ),
    ],
)
def test_a_cost_in_other_units_becomes_dollars(
    bench: Bench, value: str, rows: list[Row], expected: list[str]
) -> None:
    found = results(bench, value, rows, "source_cost_usd")
    assert [f"{cost:f}".rstrip("0").rstrip(".") for cost in found] == expected


def test_no_value_of_a_row_reaches_another(bench: Bench) -> None:
    forms = "[a.n, {sum: ['l[*].n', b]}, {subtract: [c, d]}, {match: '(.)', of: e}, {of: f, map: {x: 7}}]"
    full: list[Row] = [
        {"a": {"n": 1}},
        {"l": [{"n": 1}, {"n": 1}]},
        {"c": 5, "d": 2},
        {"e": "4"},
        {"f": "x"},
    ]
    rows = [each for columns in full for each in (columns, {}, {"other": 9})]
    expected = [n for value in (1, 2, 3, 4, 7) for n in (value, 0, 0)]
    assert results(bench, forms, rows * 300) == expected * 300
