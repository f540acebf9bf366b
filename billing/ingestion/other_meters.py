"""Meters that are no token meters: whatever names a format or a row gives them.

Here: their canonical text, `image=3;web_search=1` in order, and taking it apart again. What is
nothing is left out, except that a request counts as none: `request=0`. A new meter needs no
change of any table. Keep out: the token meters (`values.py`).
"""

from billing.ingestion.canonical import SourceFormat
from billing.ingestion.checks import LARGEST_COUNT
from billing.ingestion.mapping.contract import NAME

_NAME_OF = "split_part(pair, '=', 1)"
_WHOLE = r"0|[1-9]\d{0,9}|10{10}"
_COUNTS_REQUESTS = "request"
_IS_SOMETHING = f"pair <> '' and (pair = '{_COUNTS_REQUESTS}=0' or not ends_with(pair, '=0'))"
_IS_PAIR = f"regexp_full_match(pair, '{NAME}=({_WHOLE})')"


def other_meters(source: SourceFormat) -> str:
    """SQL of `other_meters`, the text, and `other_meters_fault`, the first that is no count."""
    # In the order in which DuckDB sorts the pairs: `image2=1` before `image=1`.
    meters = sorted(source.other_meters.items(), key=lambda item: f"{item[0]}=")
    good = [_good(meter, sql) for meter, sql in meters]
    bad = [_bad(meter, sql) for meter, sql in meters]
    text = f"concat_ws(';', {', '.join(good)})" if good else "''"
    fault = f"coalesce({', '.join(bad)})" if bad else "null"
    if source.other_meters_object:
        named = _pairs(source.other_meters_object)
        text = (
            f"case when {source.other_meters_object} is null then {text} else "
            f"array_to_string(list_sort(list_filter(list_concat(string_split({text}, ';'), "
            f"list_distinct(list_filter({named}, lambda pair: {_IS_PAIR}))), "
            f"lambda pair: {_IS_SOMETHING})), ';') end"
        )
        fault = f"coalesce({fault}, {_object_fault(source.other_meters_object, named)})"
    return f"{text} as other_meters, cast({fault} as varchar) as other_meters_fault"


def rows_of(text: str) -> str:
    """SQL select list of `meter` and `quantity` over a column `pair` of such texts."""
    return (
        f"split_part({text}, '=', 1) as meter, "
        f"cast(split_part({text}, '=', 2) as bigint) as quantity"
    )


def merged(text: str) -> str:
    """SQL of several such texts, put together with `;`, as one: each meter at its greatest."""
    pairs = f"string_split({text}, ';')"
    names = f"list_distinct(list_transform({pairs}, lambda pair: {_NAME_OF}))"
    greatest = (
        f"list_max(list_transform(list_filter({pairs}, lambda pair: {_NAME_OF} = name), "
        "lambda pair: cast(split_part(pair, '=', 2) as bigint)))"
    )
    return (
        f"case when {text} = '' then '' else array_to_string(list_sort("
        f"list_transform({names}, lambda name: name || '=' || {greatest})), ';') end"
    )


def _is_count(sql: str) -> str:
    number = f"try_cast({sql} as double)"
    return f"({number} >= 0 and {number} <= {LARGEST_COUNT} and {number} = floor({number}))"


def _good(meter: str, sql: str) -> str:
    least = 0 if meter == _COUNTS_REQUESTS else 1
    says = f"{_is_count(sql)} and try_cast({sql} as double) >= {least}"
    return (
        f"case when {says} then '{meter}=' || "
        f"cast(cast(try_cast({sql} as double) as bigint) as varchar) end"
    )


def _bad(meter: str, sql: str) -> str:
    return (
        f"case when {sql} is not null and not coalesce({_is_count(sql)}, false) "
        f"then '{meter}=' || {sql} end"
    )


def _pairs(text: str) -> str:
    """The named counts of an object, as texts; names that are none are left to the fault."""
    keys = f"list_filter({_keys(text)}, lambda name: regexp_full_match(name, '{NAME}'))"
    value = f"json_extract_string({text}, '$.\"' || name || '\"')"
    return f"list_transform({keys}, lambda name: name || '=' || {value})"


def _keys(text: str) -> str:
    return f"json_keys(case when {_is_object(text)} then {text} else '{{}}' end)"


def _is_object(text: str) -> str:
    """A case looks at the type of nothing that is no JSON; `and` may."""
    return f"case when json_valid({text}) then json_type({text}) = 'OBJECT' else false end"


def _object_fault(text: str, pairs: str) -> str:
    wrong_name = f"list_filter({_keys(text)}, lambda name: not regexp_full_match(name, '{NAME}'))"
    wrong_count = f"list_filter({pairs}, lambda pair: not {_IS_PAIR})"
    return (
        f"case when {text} is null then null when not {_is_object(text)} then left({text}, 100) "
        f"else coalesce(({wrong_name})[1], ({wrong_count})[1]) end"
    )
