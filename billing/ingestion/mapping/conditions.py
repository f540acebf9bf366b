"""Conditions of a mapping file as SQL that is true or false, never null.

Here: one function per test. Add a test here and in `docs/formats.md`. Keep out: values.
"""

import re
from collections.abc import Callable
from typing import Any

from billing.ingestion.literals import text_literal
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
    text = str(value)
    return text_literal(text.lower())


def _among(given: str, texts: object) -> str:
    if not isinstance(texts, list) or not texts:
        raise ValueError(f"{texts!r} must be a list of texts")
    return f"lower({given}) in ({', '.join(_lowered(text) for text in texts)})"


def _matches(given: str, pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return f"coalesce(regexp_full_match({given}, {text_literal(pattern)}), false)"


def _above(given: str, number: object) -> str:
    if not isinstance(number, int | float):
        raise ValueError(f"above: {number!r} is no number")  # noqa: TRY004  # same
    return f"coalesce(try_cast({given} as double) > {number}, false)"


_TESTS: dict[str, Callable[[str, Any], str]] = {
    "equals": lambda given, text: f"coalesce(lower({given}) = {_lowered(text)}, false)",
    "in": lambda given, texts: f"coalesce({_among(given, texts)}, false)",
    "not_in": lambda given, texts: f"not coalesce({_among(given, texts)}, false)",
    "matches": _matches,
    "present": lambda given, wanted: f"({given} is {'not ' if wanted else ''}null)",
    "above": _above,
}
