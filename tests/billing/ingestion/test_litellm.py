"""LiteLLM SpendLogs become what happened: what is included is taken apart, nothing invented."""

import json

import pytest

from tests.billing.ingestion.logs import (
    KEY_HASH,
    spend_log,
    write_csv,
    write_json,
    write_parquet,
)
from tests.billing.ingestion.sites import Site

METERS = (
    "input_uncached_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, "
    "cache_write_unknown_ttl_tokens, output_visible_tokens, output_reasoning_tokens"
)
COUNTS = "bigint"
TYPES = dict.fromkeys(
    ("status", "input_uncached", "cache_read", "output_visible", "output_reasoning"), COUNTS
) | {"started_at": "timestamptz", "completed_at": "timestamptz"}


def details(**parts: object) -> dict[str, object]:
    return {"usage_object": parts}


# The two shared requests, as LiteLLM writes them: cached and written tokens are in the prompt.
R1 = spend_log(
    "msg_01Rosetta1",
    spend=0.021775,
    prompt_tokens=5700,
    completion_tokens=300,
    startTime="2026-10-03T10:15:30.250Z",
    endTime="2026-10-03T10:15:34.750Z",
    model="claude-sonnet-4-5-20250929",
    model_group="claude-sonnet-4-5",
    custom_llm_provider="anthropic",
    metadata=details(
        prompt_tokens_details={
            "cached_tokens": 4000,
            "cache_write_tokens": 700,
            "cache_creation_tokens": 700,
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": 500,
                "ephemeral_1h_input_tokens": 200,
            },
        },
        completion_tokens_details={"reasoning_tokens": 120, "text_tokens": 180},
        server_tool_use={"web_search_requests": 1},
    ),
)
R2 = spend_log(
    "chatcmpl-Rosetta2",
    prompt_tokens=2000,
    completion_tokens=800,
    metadata=details(
        prompt_tokens_details={"cached_tokens": 1024, "audio_tokens": 0, "cache_write_tokens": 0},
        completion_tokens_details={"reasoning_tokens": 512},
    ),
)


def test_the_shared_requests_come_out_of_litellm_as_they_happened(site: Site) -> None:
    write_json(site.landing / "spend.jsonl", [R1, R2])
    site.ingest()
    assert site.rows(f"select native_id, {METERS} from raw.usage_event order by line_number") == [
        ("msg_01Rosetta1", 1000, 4000, 500, 200, 0, 180, 120),
        ("chatcmpl-Rosetta2", 976, 1024, 0, 0, 0, 288, 512),
    ]
    assert site.rows("select line_number, fate, meter, quantity from raw.usage_event_meter") == [
        (1, "accepted", "web_search", 1)
    ]


def test_a_litellm_row_belongs_to_the_key_whose_hash_it_carries(site: Site) -> None:
    write_json(site.landing / "spend.jsonl", [R1])
    site.ingest()
    facts = (
        "select source_id, organization_id, project_id, api_key_id, requested_model, "
        "answered_model, provider, service_tier, outcome, status_code, latency_ms, "
        "source_cost_usd::varchar from raw.usage_event"
    )
    assert site.rows(facts) == [
        (
            *("litellm", "org_a", "proj_a", "key_a", "claude-sonnet-4-5"),
            *("claude-sonnet-4-5-20250929", "anthropic", "default", "success", 200, 4500),
            "0.021775000000",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "outcome", "status"),
    [
        ({"cache_hit": "True"}, "gateway_cache_hit", 200),
        ({"cache_hit": True}, "gateway_cache_hit", 200),
        ({"status": "failure", "metadata": {}}, "upstream_error", 0),
        ({"status": None, "metadata": {"status": "success"}}, "success", 200),
        (
            {"status": "failure", "metadata": {"error_information": {"error_code": "502"}}},
            "upstream_error",
            502,
        ),
        (
            {"status": "failure", "metadata": {"error_information": {"error_code": "429"}}},
            "rate_limited",
            429,
        ),
        (
            {"status": "failure", "metadata": {"error_information": {"error_code": "400"}}},
            "client_error",
            400,
        ),
        (
            {"status": "failure", "metadata": {"error_information": {"error_code": "Timeout"}}},
            "upstream_error",
            0,
        ),
    ],
)
def test_a_litellm_status_becomes_an_outcome(
    site: Site, changes: dict[str, object], outcome: str, status: int
) -> None:
    write_json(site.landing / "spend.jsonl", [spend_log(**changes)])
    site.ingest()
    assert site.rows("select outcome, status_code from raw.usage_event") == [(outcome, status)]


@pytest.mark.parametrize(
    ("details_given", "meters"),
    [
        ({"cached_tokens": 40}, (100, 40, 0, 0, 0)),
        ({"cached_tokens": 40, "cache_creation_tokens": 30}, (70, 40, 0, 0, 30)),
        ({"cache_write_tokens": 30}, (110, 0, 0, 0, 30)),
        (
            {
                "cache_creation_tokens": 30,
                "cache_creation_token_details": {"ephemeral_5m_input_tokens": 10},
            },
            (110, 0, 10, 0, 20),
        ),
        (
            {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 10}},
            (130, 0, 0, 10, 0),
        ),
        ({}, (140, 0, 0, 0, 0)),
    ],
)
def test_what_litellm_does_not_tell_apart_stays_in_the_wider_meter(
    site: Site, details_given: dict[str, object], meters: tuple[int, ...]
) -> None:
    row = spend_log(metadata=details(prompt_tokens_details=details_given))
    write_json(site.landing / "spend.jsonl", [row])
    site.ingest()
    found = site.rows(f"select {METERS} from raw.usage_event")
    assert found == [(*meters, 25, 0)]


def test_metadata_written_as_a_text_is_read_like_an_object(site: Site) -> None:
    row = spend_log("chat_2", metadata=json.dumps(R2["metadata"]), prompt_tokens=2000)
    write_json(site.landing / "spend.jsonl", [row | {"completion_tokens": 800}])
    site.ingest()
    assert site.rows(f"select {METERS} from raw.usage_event") == [(976, 1024, 0, 0, 0, 288, 512)]


def test_a_litellm_row_without_usage_says_that_it_is_missing(site: Site) -> None:
    row = spend_log(prompt_tokens=0, completion_tokens=0, metadata={"usage_object": {}})
    write_json(site.landing / "spend.jsonl", [row, R1])
    site.ingest()
    found = site.rows("select usage_quality from raw.usage_event order by line_number")
    assert found == [("missing",), ("reported",)]


def test_litellm_is_also_read_from_csv_and_parquet(site: Site) -> None:
    row = R1 | {"metadata": json.dumps(R1["metadata"])}
    write_csv(site.landing / "spend.csv", [row])
    counts = {"prompt_tokens": COUNTS, "completion_tokens": COUNTS}
    write_parquet(site.landing / "spend.parquet", [row | {"request_id": "other"}], counts)
    site.ingest()
    meters = (1000, 4000, 500, 200, 0, 180, 120)
    assert site.rows(f"select {METERS} from raw.usage_event") == [meters, meters]


def test_a_key_hash_is_found_in_any_case(site: Site) -> None:
    upper = (site.catalog / "api_keys.csv").read_text().replace(KEY_HASH, KEY_HASH.upper())
    (site.catalog / "api_keys.csv").write_text(upper)
    write_json(site.landing / "spend.jsonl", [R1])
    assert site.ingest().accepted == 1
