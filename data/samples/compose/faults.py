"""What goes wrong in logs, in known numbers: copies, conflicts and rows beyond repair.

Add a fault here as one function from a good row to a bad one, and its number per kind of file.
A fault is always an extra line: no good line is lost to it. Keep out where the lines go.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from draw import Draw
from formats import Row, as_json, native, rfc3339, spend_log
from lines import DUPLICATES, QUARANTINED, Line
from usage import INPUTS, METERS, Ids, Request

Spoil = Callable[[Row, Request, int], Row | str]

FRACTION_EVERY = 4
RETRY_MS = 90_000
GHOST = "key_ghost_07"
FAR = (0, 4_102_444_800_000)  # the first instants of 1970 and of 2100


def drop(*names: str) -> Spoil:
    """A row that lacks fields."""
    return lambda row, _request, _turn: {k: v for k, v in row.items() if k not in names}


def change(**fields: object) -> Spoil:
    """A row with other values."""
    return lambda row, _request, _turn: row | fields


def truncated(row: Row, _request: Request, turn: int) -> str:
    """A line that was cut off while it was written."""
    text = as_json(row)
    return text[: len(text) // 2 + turn]


def bad_count(row: Row, _request: Request, turn: int) -> Row:
    """A negative count, or at times half a token."""
    left = {k: v for k, v in row.items() if k not in ("input_tokens", "output_tokens")}
    return left | {"output_visible": 12.5 if turn % FRACTION_EVERY == 0 else -7 - turn}


def read_more_than_sent(row: Row, request: Request, _turn: int) -> Row:
    """More input tokens read from cache than there were input tokens."""
    return row | {"cache_read": sum(request.meters[:INPUTS]) + 512}


def unknown_key(row: Row, _request: Request, _turn: int) -> Row:
    """A key that no organization has."""
    owned = ("organization_id", "project_id", "api_key_id")
    return {k: v for k, v in row.items() if k not in owned} | {"api_key_id": GHOST}


def foreign_key(row: Row, request: Request, _turn: int) -> Row:
    """A key of one organization on a row of another."""
    other = "org_cobalt" if request.key.organization_id != "org_cobalt" else "org_aurora"
    left = {k: v for k, v in row.items() if k != "project_id"}
    return left | {"organization_id": other}


def far_time(row: Row, _request: Request, turn: int) -> Row:
    """A clock that was never set, or set wrongly."""
    at = rfc3339(FAR[turn % 2])
    return row | {"started_at": at, "completed_at": at}


def other_content(row: Row, request: Request, turn: int) -> Row:
    """The same id again with more output."""
    more = request.meters[5] + 17 + turn
    return row | {"output_visible": more, "output_tokens": more + request.meters[6]}


def spend_read_more(row: Row, request: Request, _turn: int) -> Row:
    """A SpendLogs row whose cached tokens exceed its prompt."""
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": sum(request.meters[INPUTS:]),
        "prompt_tokens_details": {"cached_tokens": 612},
        "completion_tokens_details": {"reasoning_tokens": request.meters[6]},
    }
    nested = dict(row["metadata"]) | {"usage_object": usage}  # type: ignore[call-overload]
    return row | {"metadata": nested, "prompt_tokens": 100}


def spend_other_content(row: Row, request: Request, turn: int) -> Row:
    """The same SpendLogs id again with more output."""
    more = replace(
        request, meters=(*request.meters[:5], request.meters[5] + 17 + turn, request.meters[6])
    )
    return spend_log(more) | {"request_id": row["request_id"]}


def spend_unknown_key(row: Row, _request: Request, _turn: int) -> Row:
    """A hash of a key that no organization has."""
    ghost = hashlib.sha256(GHOST.encode()).hexdigest()
    left = {k: v for k, v in row.items() if k not in ("organization_id", "team_id", "metadata")}
    nested = dict(row["metadata"])  # type: ignore[call-overload]
    usage = {"usage_object": nested["usage_object"], "status": nested["status"]}
    return left | {"api_key": ghost, "metadata": usage | {"user_api_key": ghost}}


NATIVE: Mapping[str, Spoil] = {
    "unreadable_row": truncated,
    "missing_id": drop("request_id"),
    "missing_time": drop("started_at", "completed_at"),
    "bad_count": bad_count,
    "part_larger_than_whole": read_more_than_sent,
    "unknown_key": unknown_key,
    "key_of_another_organization": foreign_key,
    "time_out_of_range": far_time,
    "unknown_outcome": change(outcome="exploded"),
    "missing_model": drop("requested_model", "model"),
    "conflicting_content": other_content,
}
SPEND: Mapping[str, Spoil] = {
    "unreadable_row": truncated,
    "missing_id": drop("request_id"),
    "missing_time": drop("startTime", "endTime"),
    "part_larger_than_whole": spend_read_more,
    "unknown_key": spend_unknown_key,
    "conflicting_content": spend_other_content,
}


def readable(value: object) -> int:
    """A count as it can be taken from a bad row: none where it is no whole number."""
    return value if isinstance(value, int) and value > 0 else 0


def meters_of(body: Row | str) -> tuple[int, ...]:
    """The token counts that can still be read from a bad line, in METERS order."""
    if isinstance(body, str):
        return (0,) * len(METERS)
    if "metadata" not in body:
        return tuple(readable(body.get(name)) for name in METERS)
    usage = body["metadata"]["usage_object"]  # type: ignore[index]
    details = usage["prompt_tokens_details"]
    read = details["cached_tokens"]
    by_life = details.get("cache_creation_token_details", {})
    written = [by_life.get(f"ephemeral_{life}_input_tokens", 0) for life in ("5m", "1h")]
    uncached = max(usage["prompt_tokens"] - read - sum(written), 0)
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    return (uncached, read, *written, 0, usage["completion_tokens"] - reasoning, reasoning)


def spoiled(
    donors: Sequence[Line], counts: Mapping[str, int], ids: Ids, *, is_litellm: bool, name: str
) -> Iterator[Line]:
    """Yields the bad lines of one file, made from its good ones."""
    draw, ways = Draw(f"faults of {name}"), SPEND if is_litellm else NATIVE
    for reason, number in counts.items():
        for turn in range(number):
            donor = draw.one(donors)
            if reason == "duplicate":
                yield copied(donor, 1 + draw.below(RETRY_MS))
                continue
            keeps_id = reason == "conflicting_content"
            new = donor.request if keeps_id else replace(donor.request, request_id=ids.next())
            row = spend_log(new) if is_litellm else native(new)
            body = ways[reason](row, new, turn)
            meters = meters_of(body)
            at = donor.at + 1 + draw.below(RETRY_MS)
            yield Line(at, new, QUARANTINED, reason, body, meters)


def copied(line: Line, delay: int = 0) -> Line:
    """The same line once more."""
    return replace(line, at=line.at + delay, fate=DUPLICATES)


def is_donor(line: Line) -> bool:
    """Whether a fault made from this line is that fault alone."""
    request = line.request
    is_plain = not request.images and not request.searches
    has_tokens = request.meters[0] > 0 and request.meters[5] > 0
    return request.outcome == "success" and is_plain and has_tokens
