"""Values of a mapping file as SQL expressions that give text, or null where a row says nothing.

Here: one function per form of value. Add a form here and in `docs/formats.md`. A value that
should be a number and is none stays a text that later checks refuse: nothing is dropped
quietly. Keep out: conditions (`conditions.py`) and instants (`instants.py`).
"""

import re
from collections.abc import Callable
from typing import Any

from billing.ingestion.literals import decimal_of, text_literal
from billing.ingestion.mapping import conditions, instants
from billing.ingestion.mapping.paths import parse_path
from billing.ingestion.mapping.patterns import groups_of
from billing.ingestion.mapping.scope import Scope

LARGEST_DECIMALS = 9


def compile_value(value: object, scope: Scope) -> str:
    """The SQL of a value. Raises ValueError, which says what is wrong, when it is none."""
    if isinstance(value, str):
        return scope.text(value)
    if isinstance(value, list) and value:
        return f"coalesce({', '.join(compile_value(each, scope) for each in value)})"
    if isinstance(value, dict):
        for form, (needed, allowed, build) in _FORMS.items():
            if form in value:
                _require_parts(value, {form, *needed}, {form, *needed, *allowed})
                return build(value, scope)
    raise ValueError(f"{value!r} is no value; the forms are a path, a list, {', '.join(_FORMS)}")


def _require_parts(value: dict[str, Any], needed: set[str], allowed: set[str]) -> None:
    if missing := sorted(needed - set(value)):
        raise ValueError(f"{value!r} lacks {', '.join(missing)}")
    if unknown := sorted(map(str, set(value) - allowed)):
        raise ValueError(f"{value!r} cannot have {', '.join(unknown)}")


def _constant(value: dict[str, Any], _: Scope) -> str:
    return text_literal(_text(value["const"]))


def _text(value: object) -> str:
    """A constant as logs write it: true, not True. Raises ValueError when it is no text."""
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004  # one type for all mistakes
    return str(value).lower() if isinstance(value, bool) else str(value)


def _looked_up(value: dict[str, Any], scope: Scope) -> str:
    given = compile_value(value["of"], scope)
    if "match" in value:
        return _matched(value, given)
    if not isinstance(value["map"], dict) or not value["map"]:
        raise ValueError(f"{value!r}: map must be a table of texts")
    cases = " ".join(
        f"when {text_literal(_text(key).lower())} then {text_literal(_text(text))}"
        for key, text in value["map"].items()
    )
    other = compile_value(value["otherwise"], scope) if "otherwise" in value else given
    return f"case when {given} is not null then case lower({given}) {cases} else {other} end end"


def _matched(value: dict[str, Any], given: str) -> str:
    groups = groups_of(value["match"])
    pattern = text_literal(value["match"])
    # A group that took no part in the match says nothing.
    found = f"nullif(regexp_extract({given}, {pattern}, 1), '')" if groups else given
    return f"case when regexp_full_match({given}, {pattern}) then {found} end"


def _sum(value: dict[str, Any], scope: Scope) -> str:
    terms = [_term(part, scope) for part in _parts(value["sum"])]
    given = " or ".join(term[0] for term in terms)
    bad = " or ".join(term[1] for term in terms)
    added = " + ".join(term[2] for term in terms)
    return (
        f"case when not ({given}) then null when {bad} then 'cannot be added up' "
        f"else cast({added} as varchar) end"
    )


def _term(part: object, scope: Scope) -> tuple[str, str, str]:
    """Whether a term is given, whether it is no count, and its number."""
    if isinstance(part, str) and parse_path(part).is_plural:
        found = scope.elements(part)
        given = f"list_filter({found}, lambda text: text is not null)"
        number = "try_cast(text as double)"
        is_bad = f"(len(list_filter({given}, lambda text: coalesce({number}, -1) < 0)) > 0)"
        added = f"list_sum(list_transform({given}, lambda text: {number}))"
        return (
            f"coalesce(len({given}), 0) > 0",
            f"coalesce({is_bad}, false)",
            f"coalesce({added}, 0)",
        )
    text = compile_value(part, scope)
    number = f"try_cast({text} as double)"
    is_bad = f"({text} is not null and coalesce({number}, -1) < 0)"
    return f"{text} is not null", is_bad, f"coalesce({number}, 0)"


def _difference(value: dict[str, Any], scope: Scope) -> str:
    first, *others = _parts(value["subtract"])
    whole = compile_value(first, scope)
    terms = [_term(part, scope) for part in others]
    bad = " or ".join(["false", *(term[1] for term in terms)])
    taken = "".join(f" - {term[2]}" for term in terms)
    return (
        f"case when {whole} is null then null when {bad} then 'cannot be subtracted' "
        f"else coalesce(cast(try_cast({whole} as double){taken} as varchar), {whole}) end"
    )


def _product(value: dict[str, Any], scope: Scope) -> str:
    given, factor = compile_value(value["multiply"], scope), value["by"]
    if not isinstance(factor, str) or not re.fullmatch(
        rf"\d{{1,6}}(\.\d{{1,{LARGEST_DECIMALS}}})?", factor
    ):
        raise ValueError(
            f"by: {factor!r} must be a quoted decimal below a million with at most "
            f"{LARGEST_DECIMALS} decimals"
        )
    # Small numbers keep twelve decimals; large ones would not fit 38 digits with them.
    products = (
        f"cast({decimal_of(given, *digits)} * cast('{factor}' as decimal(15, 9)) as varchar)"
        for digits in ((20, 12), (22, 6))
    )
    return f"coalesce({', '.join(products)}, {given} || ' cannot be multiplied')"


def _joined(value: dict[str, Any], scope: Scope) -> str:
    between = f" || {text_literal(_text(value.get('by', '')))} || "
    return f"({between.join(compile_value(part, scope) for part in _parts(value['join']))})"


def _parts(values: object) -> list[object]:
    if not isinstance(values, list) or not values:
        raise ValueError(f"{values!r} must be a list of values")
    return values


def _by_case(value: dict[str, Any], scope: Scope) -> str:
    cases = []
    for case in _parts(value["cases"]):
        if not isinstance(case, dict) or set(case) != {"when", "then"}:
            raise ValueError(f"{case!r} must have when and then")
        condition = conditions.compile_condition(case["when"], scope, compile_value)
        cases.append(f"when {condition} then {compile_value(case['then'], scope)}")
    other = compile_value(value["otherwise"], scope) if "otherwise" in value else "null"
    return f"case {' '.join(cases)} else {other} end"


def _instant(value: dict[str, Any], scope: Scope) -> str:
    text = instants.as_text(compile_value(value["instant"], scope), value)
    if "plus_milliseconds" not in value:
        return text
    return instants.later(text, compile_value(value["plus_milliseconds"], scope))


_Build = Callable[[dict[str, Any], Scope], str]
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], _Build]] = {
    "const": ((), (), _constant),
    "sum": ((), (), _sum),
    "subtract": ((), (), _difference),
    "multiply": (("by",), (), _product),
    "join": ((), ("by",), _joined),
    "cases": ((), ("otherwise",), _by_case),
    "instant": ((), ("unit", "zone", "plus_milliseconds"), _instant),
    "match": (("of",), (), _looked_up),
    "map": (("of",), ("otherwise",), _looked_up),
}
