"""A mistake in a mapping file names file, field and remedy, before any log is read."""

from typing import Any

import pytest

from billing.errors import CatalogError
from billing.ingestion.mapping import load_formats
from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.mappings import mapping


def mistakes(bench: Bench, file: object) -> list[tuple[str | None, str]]:
    bench.describe(file)
    with pytest.raises(CatalogError) as caught:
        load_formats(bench.catalog)
    assert all(problem.file == "own.yaml" and problem.remedy for problem in caught.value.problems)
    return [(problem.field, problem.message) for problem in caught.value.problems]


VALUE_MISTAKES: list[tuple[object, str]] = [
    ({"total": ["a"]}, "the forms are"),
    ({}, "the forms are"),
    ([], "the forms are"),
    ([None], "the forms are"),
    ("", "is no path"),
    ("a..b", "a name is missing"),
    ("a.", "a name is missing"),
    ("a b", "cannot follow a name"),
    ("a[x]", "cannot follow a name"),
    ("a[-1]", "cannot follow a name"),
    ("a.*", "only for places in a list"),
    ('a."*"', "only for places in a list"),
    ('a."b', "a name is missing"),
    ("a[*].b", "leads to several values"),
    ({"const": None}, "is no text"),
    ({"const": [1]}, "is no text"),
    ({"const": "x", "by": "y"}, "cannot have by"),
    ({"sum": "a"}, "must be a list of values"),
    ({"sum": []}, "must be a list of values"),
    ({"sum": [5]}, "the forms are"),
    ({"subtract": ["a[*]", "b"]}, "leads to several values"),
    ({"multiply": "a"}, "lacks by"),
    ({"multiply": "a", "by": 0.5}, "must be a quoted decimal"),
    ({"multiply": "a", "by": "-1"}, "must be a quoted decimal"),
    ({"multiply": "a", "by": "0.0000000001"}, "must be a quoted decimal"),
    ({"multiply": "a", "by": "1e3"}, "must be a quoted decimal"),
    ({"join": ["a"], "by": ["-"]}, "is no text"),
    ({"match": "(", "of": "a"}, "is no regular expression"),
    ({"match": "(?=a)b", "of": "a"}, "is no regular expression"),
    ({"match": r"(a)\1", "of": "a"}, "is no regular expression"),
    ({"match": "a{9999}", "of": "a"}, "is no regular expression"),
    ({"match": 5, "of": "a"}, "is no regular expression"),
    ({"match": "a"}, "lacks of"),
    ({"map": {"a": "b"}}, "lacks of"),
    ({"map": {}, "of": "a"}, "must be a table of texts"),
    ({"map": ["a"], "of": "a"}, "must be a table of texts"),
    ({"map": {"a": ["b"]}, "of": "a"}, "is no text"),
    ({"map": {"a": "b"}, "of": "a", "otherwise": 5}, "the forms are"),
    ({"instant": "a", "unit": "minutes"}, "is none of seconds"),
    ({"instant": "a", "zone": "CET"}, "only UTC"),
    ({"instant": "a", "unit": "seconds", "zone": "UTC"}, "not both"),
    ({"instant": "a", "plus_seconds": "b"}, "cannot have plus_seconds"),
    ({"cases": []}, "must be a list of values"),
    ({"cases": [{"when": {"path": "a", "equals": "b"}}]}, "must have when and then"),
]
CONDITION_MISTAKES: list[tuple[object, str]] = [
    ({}, "is no condition"),
    ("a", "is no condition"),
    ({"path": "a"}, "is no condition"),
    ({"equals": "a"}, "is no condition"),
    ({"path": "a", "value": "b", "equals": "c"}, "is no condition"),
    ({"path": "a", "equals": "b", "in": ["c"]}, "is no condition"),
    ({"path": "a", "like": "b"}, "is no condition"),
    ({"path": "a", "equals": None}, "is no text"),
    ({"path": "a", "equals": ["b"]}, "is no text"),
    ({"path": "a", "in": "b"}, "must be a list of texts"),
    ({"path": "a", "in": []}, "must be a list of texts"),
    ({"path": "a", "not_in": [None]}, "is no text"),
    ({"path": "a", "matches": "["}, "is no regular expression"),
    ({"path": "a", "present": "yes"}, "must be true or false"),
    ({"path": "a", "above": "1"}, "is no number"),
    ({"path": "a", "above": True}, "is no number"),
    ({"path": "a", "above": float("nan")}, "is no number"),
    ({"path": "a", "above": float("inf")}, "is no number"),
    ({"all": []}, "is no condition"),
    ({"any": [{"path": "a"}]}, "is no condition"),
    ({"path": "a[*]", "equals": "b"}, "leads to several values"),
]


@pytest.mark.parametrize(("value", "message"), VALUE_MISTAKES)
def test_a_value_that_is_none_is_named(bench: Bench, value: object, message: str) -> None:
    ((field, found),) = mistakes(bench, mapping(fields={"region": value}))
    assert (field or "").startswith("fields.region")
    assert message in found


@pytest.mark.parametrize(("condition", "message"), CONDITION_MISTAKES)
def test_a_condition_that_is_none_is_named(bench: Bench, condition: object, message: str) -> None:
    case = {"cases": [{"when": condition, "then": "a"}]}
    ((field, found),) = mistakes(bench, mapping(fields={"region": case}))
    assert field == "fields.region"
    assert message in found


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"fields": {"colour": "a"}}, "fields.colour"),
        ({"name": "Own"}, "name"),
        ({"name": "own; drop"}, "name"),
        ({"title": 5}, "title"),
        ({"kind": "usages"}, "kind"),
        ({"recognised_by": []}, "recognised_by"),
        ({"recognised_by": ["a..b"]}, "recognised_by"),
        ({"recognised_by": [{"path": "a", "equal": "b"}]}, "recognised_by.0"),
        ({"not_recognised_by": [{"equals": "b"}]}, "not_recognised_by.0"),
        ({"rows": {"each": "a.b"}}, "rows"),
        ({"rows": {"also": "a[0]"}}, "rows"),
        ({"rows": {"pairs": ["a.b"]}}, "rows"),
        ({"rows": {"every": "a[*]"}}, "rows.every"),
        ({"ignore": [{"name": "x"}]}, "ignore.0.when"),
        ({"ignore": [{"name": "x", "when": {"path": "a"}}]}, "ignore.x"),
        ({"repeats": "newest"}, "repeats"),
        ({"version": "v"}, "version"),
        ({"repeats": "latest", "version": {"epoch": "v"}}, "version"),
        ({"key_column": "key"}, "key_column"),
        ({"other_meters": {"Image": "a"}}, "other_meters.Image"),
        ({"other_meters": {"image": {"add": []}}}, "other_meters.image"),
        ({"other_meters_object": "a[*]"}, "other_meters_object"),
        ({"meters": {}}, "meters"),
        ({"fields": {"region": "A", "provider": "a"}}, "fields"),
    ],
)
def test_a_mistake_in_any_part_is_named(bench: Bench, parts: dict[str, Any], field: str) -> None:
    found = mistakes(bench, mapping(**parts))
    assert all((name or "").startswith(field) for name, _ in found)


@pytest.mark.parametrize("name", ["native_id", "outcome"])
def test_a_field_no_event_can_lack_is_asked_for(bench: Bench, name: str) -> None:
    file = mapping()
    del file["fields"][name]
    assert mistakes(bench, file) == [(f"fields.{name}", "the field is missing")]


@pytest.mark.parametrize(
    "text",
    [
        *("", "- a\n- b\n", "just text", "5", "{name: ", "\t- x", "name: own\nname: other\n"),
        *("a: &a [*a]\n", "{[1]: 2}", "!!python/object:os.system {}", "fields: null"),
        "[" * 20_000,
    ],
)
def test_a_file_that_is_no_mapping_is_named(bench: Bench, text: str) -> None:
    assert mistakes(bench, text)


def test_a_value_that_holds_itself_is_named(bench: Bench) -> None:
    given = mapping()
    endless: list[object] = ["a"]
    endless.append(endless)
    given["fields"]["region"] = endless
    assert mistakes(bench, given)[0][0] == "fields.region"


def test_a_file_that_is_no_utf8_is_named(bench: Bench) -> None:
    bench.describe("").write_bytes(b"name: \xff\n")
    with pytest.raises(CatalogError, match=r"own\.yaml: it cannot be read"):
        load_formats(bench.catalog)


def test_all_mistakes_are_told_at_once_and_no_log_is_read(bench: Bench) -> None:
    bench.describe(mapping(fields={"region": {}, "colour": "a"}, version="v"))
    with pytest.raises(CatalogError) as caught:
        bench.ingest(bench.file(b'{"rid": "x"}\n'))
    fields = [problem.field for problem in caught.value.problems]
    assert sorted(map(str, fields)) == ["fields.colour", "fields.region", "version"]


def test_two_files_cannot_describe_formats_of_one_name(bench: Bench) -> None:
    path = bench.describe(mapping())
    path.with_name("twin.yaml").write_text(path.read_text())
    with pytest.raises(CatalogError, match=r"twin\.yaml, field name: own\.yaml describes"):
        load_formats(bench.catalog)
