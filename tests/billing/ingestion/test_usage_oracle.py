"""What genai-prices reads out of providers' usage objects is what our meters say.

Its extractors were written by others from the providers' descriptions. Usage is drawn within the
rules of each provider; where the two differ on purpose, a test says why.
"""

from collections.abc import Callable
from typing import Any

import pytest
from genai_prices import extract_usage
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.ingestion.benches import Bench
from tests.billing.ingestion.logs import Row, json_lines

GIVEN = {"api_key_id": "key_a", "completed_at": "2026-10-10T12:00:00Z"}
COUNT = st.integers(0, 10**7)
Draw = st.DrawFn


def part_of(draw: Draw, whole: int) -> int:
    return draw(st.integers(0, whole))


def some(draw: Draw, **parts: object) -> dict[str, Any]:
    """Some of the parts a provider may leave out; a zero may also be a null."""
    kept = {name: part for name, part in parts.items() if draw(st.booleans())}
    return {
        name: None if part == 0 and draw(st.booleans()) else part for name, part in kept.items()
    }


@st.composite
def chat(draw: Draw) -> Row:
    prompt, completion = draw(COUNT), draw(COUNT)
    cached = part_of(draw, prompt)
    inside = some(draw, cached_tokens=cached, cache_write_tokens=part_of(draw, prompt - cached))
    outside = some(draw, reasoning_tokens=part_of(draw, completion), audio_tokens=0)
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    usage |= {"total_tokens": prompt + completion}
    usage |= some(draw, prompt_tokens_details=inside, completion_tokens_details=outside)
    return {"object": "chat.completion", "model": "gpt-5", "usage": usage}


@st.composite
def responses(draw: Draw) -> Row:
    given, out = draw(COUNT), draw(COUNT)
    cached = part_of(draw, given)
    inside = some(draw, cached_tokens=cached, cache_write_tokens=part_of(draw, given - cached))
    usage = {"input_tokens": given, "output_tokens": out, "total_tokens": given + out}
    details = some(draw, reasoning_tokens=part_of(draw, out))
    usage |= some(draw, input_tokens_details=inside, output_tokens_details=details)
    return {"object": "response", "status": "completed", "model": "gpt-5", "usage": usage}


@st.composite
def anthropic(draw: Draw) -> Row:
    out, short, long = draw(COUNT), draw(COUNT), draw(COUNT)
    usage: dict[str, Any] = {"input_tokens": draw(COUNT), "output_tokens": out}
    usage |= some(draw, cache_read_input_tokens=draw(COUNT))
    usage |= some(draw, output_tokens_details={"thinking_tokens": part_of(draw, out)})
    usage |= some(draw, server_tool_use={"web_search_requests": draw(st.integers(0, 9))})
    if draw(st.booleans()):
        usage["cache_creation_input_tokens"] = short + long
        split = {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}
        usage |= some(draw, cache_creation=split)
    return {"type": "message", "role": "assistant", "model": "claude-opus-4-5", "usage": usage}


@st.composite
def gemini(draw: Draw) -> Row:
    prompt, candidates, thoughts, tools = (draw(COUNT) for _ in range(4))
    extra = some(draw, thoughtsTokenCount=thoughts, toolUsePromptTokenCount=tools)
    usage = {"promptTokenCount": prompt, "candidatesTokenCount": candidates} | extra
    usage["totalTokenCount"] = sum(count or 0 for count in usage.values())
    usage |= some(draw, cachedContentTokenCount=part_of(draw, prompt))
    return {"modelVersion": "gemini-2.5-pro", "usageMetadata": usage}


@st.composite
def bedrock(draw: Draw) -> Row:
    given, out, short, long = (draw(COUNT) for _ in range(4))
    usage: dict[str, Any] = {"inputTokens": given, "outputTokens": out, "totalTokens": given + out}
    usage |= some(draw, cacheReadInputTokens=draw(COUNT))
    if draw(st.booleans()):
        usage["cacheWriteInputTokens"] = short + long
        details = [{"ttl": "1h", "inputTokens": long}, {"ttl": "5m", "inputTokens": short}]
        usage |= some(draw, cacheDetails=draw(st.permutations(details)))
    return {"modelId": "anthropic.claude-sonnet-4-5", "usage": usage}


PROVIDERS: dict[str, tuple[Callable[[], st.SearchStrategy[Row]], str, str, str]] = {
    "openai_chat": (chat, "openai", "chat", "id"),
    "openai_responses": (responses, "openai", "responses", "id"),
    "anthropic_messages": (anthropic, "anthropic", "default", "id"),
    "gemini": (gemini, "google", "default", "responseId"),
    "bedrock_converse": (bedrock, "aws", "default", "request_id"),
}
INPUT = ("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h")
WRITES = ("cache_write_5m", "cache_write_1h", "cache_write_unknown_ttl")


def ours(bench: Bench, format_name: str, rows: list[Row]) -> list[dict[str, int]]:
    """What each row's meters add up to, by the oracle's names."""
    name_id = PROVIDERS[format_name][3]
    bench.wipe()
    content = json_lines([row | {name_id: f"r{n}"} for n, row in enumerate(rows)])
    report = bench.ingest(bench.file(content), format_name=format_name, supplied=GIVEN)
    assert (report.accepted, report.refused) == (len(rows), ())
    found = bench.meters()
    sums = []
    for n in range(len(rows)):
        meters = {meter: quantity for (row, meter), quantity in found.items() if row == f"r{n}"}
        get = lambda *names, of=meters: sum(of.get(name, 0) for name in names)  # noqa: E731
        sums.append(
            {
                "input_tokens": get(*INPUT, "cache_write_unknown_ttl"),
                "cache_read_tokens": get("cache_read"),
                "cache_write_tokens": get(*WRITES),
                "cache_write_5m_tokens": get("cache_write_5m"),
                "cache_write_1h_tokens": get("cache_write_1h"),
                "output_tokens": get("output_visible", "output_reasoning"),
                "output_reasoning_tokens": get("output_reasoning"),
                "web_searches": get("web_search"),
            }
        )
    return sums


def theirs(format_name: str, row: Row, keys: dict[str, int]) -> dict[str, int]:
    _, provider, flavor, _ = PROVIDERS[format_name]
    usage = extract_usage(row, provider_id=provider, api_flavor=flavor).usage
    return {key: int(usage.reported_value(key)) for key in keys}


@pytest.mark.parametrize("format_name", PROVIDERS)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_our_meters_are_what_the_oracle_reads(
    kept_bench: Bench, format_name: str, data: st.DataObject
) -> None:
    drawn = st.lists(PROVIDERS[format_name][0](), min_size=1, max_size=20)
    rows = data.draw(drawn)
    for row, found in zip(rows, ours(kept_bench, format_name, rows), strict=True):
        assert found == theirs(format_name, row, found), row


def test_reasoning_beside_the_completion_is_output_for_us(bench: Bench) -> None:
    """As xAI logs it; the total shows it, which the oracle does not look at."""
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 35}
    usage_given: Row = usage | {"completion_tokens_details": {"reasoning_tokens": 5}}
    row: Row = {"object": "chat.completion", "model": "gpt-5", "usage": usage_given}
    (found,) = ours(bench, "openai_chat", [row])
    read = theirs("openai_chat", row, found)
    assert (found.pop("output_tokens"), read.pop("output_tokens")) == (25, 20)
    assert found == read


def test_thoughts_inside_the_candidates_are_counted_once_by_us(bench: Bench) -> None:
    """Where the total is used up by prompt and candidates, thoughts can only be part of these."""
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 20, "thoughtsTokenCount": 5}
    row: Row = {"modelVersion": "gemini-2.5-pro", "usageMetadata": usage | {"totalTokenCount": 30}}
    (found,) = ours(bench, "gemini", [row])
    read = theirs("gemini", row, found)
    assert (found.pop("output_tokens"), read.pop("output_tokens")) == (20, 25)
    assert found == read
