"""Instants in every notation logs use, as ISO 8601 text in UTC or with a zone.

Here: epoch numbers of four units, local times declared to be UTC, and durations added. What is
no instant stays as it is, for the checks to refuse. Keep out: which instants are plausible
(`checks.py`).
"""

from collections.abc import Callable
from typing import Any

from billing.ingestion.literals import decimal_of

ISO = "%Y-%m-%dT%H:%M:%S.%fZ"
_ZONE = r"([zZ]|[+-](0\d|1[0-5])(:?[0-5]\d)?)"
_WITH_ZONE = rf"\d{{4}}-.*:\d\d(\.\d+)?{_ZONE}"
_LOCAL = r"\d{4}-\d\d-\d\d[ tT]\d\d:\d\d:\d\d(\.\d+)?"
LONGEST_MILLISECONDS = 366 * 86_400_000
_NO_LATER = "timestamp '9999-01-01'"
_FIRST, _LAST = -62135596800000000, 253402300799999999
_MICROSECONDS: dict[str, Callable[[str], str]] = {
    "seconds": lambda given: f"cast({decimal_of(given, 24, 6)} * 1000000 as hugeint)",
    "milliseconds": lambda given: f"cast({decimal_of(given, 27, 3)} * 1000 as hugeint)",
    "microseconds": lambda given: f"try_cast({given} as hugeint)",
    "nanoseconds": lambda given: f"try_cast({given} as hugeint) // 1000",
}


def timestamp_of(text: str) -> str:
    """SQL of the UTC timestamp a text with zone names; a local time names none.

    DuckDB reads `12:00:00 NZ` as noon and leaves the name of the zone out: no blank may stand
    before the Z, but one between day and time.
    """
    has_no_name = (
        f"(not contains({text}, ' ') "
        f"or (instr({text}, ' ') = 11 and not contains(substr({text}, 12), ' ')))"
    )
    return (
        f"case when ends_with({text}, 'Z') and {has_no_name} then try_cast({text} as timestamp) "
        f"when regexp_full_match({text}, '{_WITH_ZONE}') "
        f"then try_cast(upper({text}) as timestamptz) at time zone 'UTC' end"
    )


def as_text(given: str, form: dict[str, Any]) -> str:
    """SQL of an instant written as `form` says. Raises ValueError when it says it wrongly."""
    if "unit" in form and "zone" in form:
        raise ValueError("an instant has a unit or a zone, not both")
    if "unit" in form:
        return _of_epoch(given, str(form["unit"]))
    if "zone" in form:
        if form["zone"] != "UTC":
            raise ValueError(f"zone {form['zone']!r}: only UTC can be taken for granted")
        return zoned(given)
    return given


def zoned(given: str) -> str:
    """SQL of a text that is in UTC where it names no zone."""
    is_local = (
        f"regexp_full_match({given}, '{_LOCAL}') and try_cast({given} as timestamp) is not null"
    )
    return f"case when {is_local} then {given} || 'Z' else {given} end"


def _of_epoch(given: str, unit: str) -> str:
    if unit not in _MICROSECONDS:
        raise ValueError(f"unit {unit!r} is none of {', '.join(_MICROSECONDS)}")
    number = _MICROSECONDS[unit](given)
    return (
        f"case when {number} between {_FIRST} and {_LAST} "
        f"then strftime(make_timestamp(cast({number} as bigint)), '{ISO}') else {given} end"
    )


def later(text: str, milliseconds: str) -> str:
    """SQL of the instant `milliseconds` after another; absent when they are."""
    whole = f"try_cast(try_cast({milliseconds} as double) as bigint)"
    start = timestamp_of(text)
    can_be_added = f"{whole} between 0 and {LONGEST_MILLISECONDS} and ({start}) < {_NO_LATER}"
    return (
        f"case when ({start}) is null then {text} when {milliseconds} is null then null "
        f"when {can_be_added} then strftime(({start}) + to_milliseconds({whole}), '{ISO}') "
        f"else {text} || ' and ' || {milliseconds} || ' milliseconds' end"
    )
