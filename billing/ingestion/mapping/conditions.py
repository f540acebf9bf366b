"""Conditions of a mapping file as SQL that is true or false, never null.

Here: one function per test. Add a test here and in `docs/formats.md`. Keep out: values.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from billing.ingestion.literals import text_literal
from billing.ingestion.mapping.patterns import groups_of
from billing.ingestion.mapping.scope import Scope

Compile = Callable[[object, Scope], str]


def compile_condition(condition: object, scope: Scope, compile_value: Compile) -> str:
    """The SQL of a condition. Raises ValueError, which says what is wrong, when it is none."""
    if not isinstance(condition, dict):
        raise ValueError(f"{condition!r} is no condition")  # noqa: TRY004  # one type for all mistakes
    for word, between in (("all", " and "), ("any", " or ")):
        if set(condition) == {word} and isinstance(condition[word], list) and condition[word]:
            parts = (compile_condition(part, scope, compile_value) for part in condition[word])
            return f"({between.join(parts)})"
    subject = {"path", "value"} & set(condition)
    tests = set(condition) - subject
    if len(subject) != 1 or len(tests) != 1 or not tests <= set(_TESTS):
        raise ValueError(
            f"{condition!r} is no condition: it needs a path or value, and one of "
            f"{', '.join(_TESTS)}"
        )
    given = compile_value(condition[subject.pop()], scope)
    test = tests.pop()
    return _TESTS[test](given, condition[test])


def _lowered(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004  # same
    return text_literal(str(value).lower())


def _present(given: str, wanted: object) -> str:
    if not isinstance(wanted, bool):
        raise ValueError(f"present: {wanted!r} must be true or false")  # noqa: TRY004  # same
    return f"({given} is {'not ' if wanted else ''}null)"


def _among(given: str, texts: object) -> str:
    if not isinstance(texts, list) or not texts:
        raise ValueError(f"{texts!r} must be a list of texts")
    return f"lower({given}) in ({', '.join(_lowered(text) for text in texts)})"


def _matches(given: str, pattern: str) -> str:
    groups_of(pattern)
    return f"coalesce(regexp_full_match({given}, {text_literal(pattern)}), false)"


def _above(given: str, number: object) -> str:
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        raise ValueError(f"above: {number!r} is no number")
    return f"coalesce(try_cast({given} as double) > {number}, false)"


_TESTS: dict[str, Callable[[str, Any], str]] = {
    "equals": lambda given, text: f"coalesce(lower({given}) = {_lowered(text)}, false)",
    "in": lambda given, texts: f"coalesce({_among(given, texts)}, false)",
    "not_in": lambda given, texts: f"not coalesce({_among(given, texts)}, false)",
    "matches": _matches,
    "present": _present,
    "above": _above,
}
