"""One request in every gateway's words: each format becomes the same meters, less its losses.

R1 is a Claude request with two cache lifetimes, reasoning and a search; R2 a GPT request with
cached and reasoning tokens. EXPECTED_canonical.jsonl says what both must become; what a format
cannot say goes to the parent meter, and `usage_quality` names the loss.
"""

import json
from pathlib import Path

import pytest

from billing.ingestion.tables import INPUT_METERS, MAIN_METERS, OUTPUT_METERS
from tests.billing.ingestion.sites import Site

ROSETTA = Path(__file__).with_name("rosetta")
CANONICAL = {
    row["logical"]: row
    for row in map(json.loads, (ROSETTA / "EXPECTED_canonical.jsonl").read_text().splitlines())
}
GIVEN = {"api_key_id": "key_a", "completed_at": "2026-10-03T10:15:34.750Z"}
ALL = ("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output_reasoning")
TOTALS_ONLY: tuple[str, ...] = ()
# File, id, request, meters the format tells apart, tokens of the parent meter, losses.
TOLD = [
    ("anthropic_messages_usage.jsonl", "msg_01Rosetta1", "R1", ALL, {}, ""),
    ("litellm_spendlogs.jsonl", "msg_01Rosetta1", "R1", ALL, {}, ""),
    ("litellm_spendlogs.jsonl", "chatcmpl-Rosetta2", "R2", ALL, {}, ""),
    ("newapi_logs.jsonl", "10001", "R1", ALL[:4], {}, "no_reasoning"),
    ("langfuse_observations.jsonl", "obs-1", "R1", ALL[:4], {}, ""),
    ("openai_chat_usage.jsonl", "chatcmpl-Rosetta2", "R2", ALL, {}, ""),
    ("openai_responses_usage.jsonl", "resp_Rosetta2", "R2", ALL, {}, ""),
    (
        "openrouter_chat_usage.jsonl",
        "gen-1791022530-Rosetta1",
        "R1",
        ("input_uncached", "cache_read", "output_reasoning"),
        {"cache_write_unknown_ttl": 700},
        "no_cache_ttl",
    ),
    (
        "otel_genai_span.jsonl",
        None,
        "R1",
        ("input_uncached", "cache_read", "output_reasoning"),
        {"cache_write_unknown_ttl": 700},
        "no_cache_ttl",
    ),
    (
        "envoy_ai_gateway_accesslog.jsonl",
        None,
        "R1",
        ("input_uncached", "cache_read"),
        {"cache_write_unknown_ttl": 700},
        "no_cache_ttl",
    ),
    (
        "openrouter_generation.jsonl",
        "gen-1791022530-Rosetta1",
        "R1",
        ("cache_read", "output_reasoning"),
        {"input_uncached": 1700},
        "",
    ),
    (
        "oneapi_logs.jsonl",
        None,
        "R1",
        TOTALS_ONLY,
        {"input_uncached": 5700},
        "no_cache,no_reasoning",
    ),
    (
        "openmeter_cloudevents.jsonl",
        None,
        "R1",
        TOTALS_ONLY,
        {"input_uncached": 5700},
        "no_cache,no_reasoning",
    ),
]


@pytest.mark.parametrize(("name", "native_id", "logical", "told", "parent", "losses"), TOLD)
def test_a_format_tells_what_it_can_and_names_what_it_cannot(
    site: Site,
    name: str,
    native_id: str | None,
    logical: str,
    told: tuple[str, ...],
    parent: dict[str, int],
    losses: str,
) -> None:
    assert site.ingest(ROSETTA / name, supplied=GIVEN).refused == ()
    columns = ", ".join(f"{meter}_tokens" for meter in MAIN_METERS)
    where = f"native_id = '{native_id}'" if native_id else "true"
    ((quality, *tokens),) = site.rows(
        f"select usage_quality, {columns} from raw.usage_event where {where}"
    )
    meters = dict(zip(MAIN_METERS, tokens, strict=True))
    canonical = CANONICAL[logical]
    assert {meter: meters[meter] for meter in told} == {
        meter: canonical[f"{meter}_tokens"] for meter in told
    }
    assert {meter: meters[meter] for meter in parent} == parent
    input_total = sum(canonical[f"{meter}_tokens"] for meter in ALL[:4])
    assert sum(meters[meter] for meter in INPUT_METERS) == input_total
    assert sum(meters[meter] for meter in OUTPUT_METERS) == canonical["output_tokens_total"]
    assert quality == (f"reported:{losses}" if losses else "reported")


@pytest.mark.parametrize("name", ["anthropic_messages_usage.jsonl", "litellm_spendlogs.jsonl"])
def test_a_search_is_counted_where_the_format_has_it(site: Site, name: str) -> None:
    site.ingest(ROSETTA / name, supplied=GIVEN)
    found = "select distinct meter, quantity from raw.usage_event_meter where fate = 'accepted'"
    assert site.rows(found) == [("web_search", CANONICAL["R1"]["web_search_requests"])]


def test_thoughts_of_gemini_are_beside_its_candidates(site: Site) -> None:
    site.ingest(ROSETTA / "gemini_usage.jsonl", supplied=GIVEN)
    found = "select input_uncached_tokens, cache_read_tokens, output_visible_tokens, output_reasoning_tokens from raw.usage_event"
    assert site.rows(found) == [(976, 1024, 288, 512)]
