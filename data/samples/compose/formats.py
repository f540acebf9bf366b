"""Writes a request as the gateways would: flat native rows and LiteLLM SpendLogs.

Add a log format here. Keep out files, order and faults.
"""

import datetime as dt
import json

from usage import INPUTS, METERS, Request

Row = dict[str, object]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# What the proxy believed a model costs, in USD per billion tokens: uncached input, cache read,
# cache write for 5 minutes and for an hour, output. Its `spend` is never anybody's price.
SPEND_RATES = {
    "claude-haiku-4-5": (1000, 100, 1250, 2000, 5000),
    "mistral-medium": (1500, 150, 0, 0, 7500),
    "gpt-5-mini": (250, 25, 0, 0, 2000),
    "gpt-5-nano": (50, 5, 0, 0, 400),
    "gpt-4.1": (2000, 500, 0, 0, 8000),
    "deepseek-chat": (280, 28, 0, 0, 420),
    "gemini-2.5-flash": (300, 30, 0, 0, 2500),
}

NATIVE_COLUMNS = (
    "request_id",
    "started_at",
    "completed_at",
    "organization_id",
    "project_id",
    "api_key_id",
    "requested_model",
    "model",
    "provider",
    "region",
    "service_tier",
    "service_tier_served",
    "is_byok",
    "status",
    "outcome",
    "throttle_cause",
    "latency_ms",
    "input_tokens",
    "output_tokens",
    *METERS,
    "images",
    "web_searches",
    "usage_quality",
)


def rfc3339(ms: int) -> str:
    """An instant with milliseconds, in UTC."""
    seconds, rest = divmod(ms, 1000)
    whole = EPOCH + dt.timedelta(seconds=seconds)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def who_and_what(request: Request) -> Row:
    """Whose request it was, when, and of which model."""
    return {
        "request_id": f"req_{request.request_id}",
        "started_at": rfc3339(request.started),
        "completed_at": rfc3339(request.completed),
        "organization_id": request.key.organization_id,
        "project_id": request.key.project_id,
        "api_key_id": request.key.api_key_id,
        "requested_model": request.requested,
        "model": request.answered,
        "provider": request.provider,
        "region": request.region,
        "service_tier": request.tier_asked,
        "service_tier_served": request.tier,
        "is_byok": request.is_byok,
        "status": request.status,
        "outcome": request.outcome,
    }


def native(request: Request) -> Row:
    """The native row; meters that are zero are left out."""
    row = who_and_what(request) | {
        "latency_ms": request.completed - request.started,
        "input_tokens": sum(request.meters[:INPUTS]),
        "output_tokens": sum(request.meters[INPUTS:]),
        "usage_quality": request.quality,
    }
    row |= {name: count for name, count in zip(METERS, request.meters, strict=True) if count}
    if request.images:
        row["images"] = request.images
    if request.searches:
        row["web_searches"] = request.searches
    if request.throttle:
        row["throttle_cause"] = request.throttle
    return row


def spend_of(request: Request) -> float:
    """The proxy's own idea of the cost, a float as it writes it."""
    if request.outcome == "gateway_cache_hit":
        return 0.0
    uncached, read, write_5m, write_1h, _, visible, reasoning = request.meters
    rates = SPEND_RATES[request.model_id]
    counts = (uncached, read, write_5m, write_1h, visible + reasoning)
    return sum(rate * count for rate, count in zip(rates, counts, strict=True)) / 1_000_000_000


def litellm_id(request: Request) -> str:
    """The proxy's id; it marks an answer from its own cache with the time."""
    plain = f"chatcmpl-{request.request_id}"
    if request.outcome != "gateway_cache_hit":
        return plain
    seconds, rest = divmod(request.completed, 1000)
    return f"{plain}_cache_hit{seconds}.{rest // 10:02d}"


def usage_object(request: Request) -> Row:
    """Token counts as LiteLLM reports them: the prompt holds what was cached and written."""
    uncached, read, write_5m, write_1h, _, visible, reasoning = request.meters
    prompt = uncached + read + write_5m + write_1h
    details: Row = {"cached_tokens": read}
    if write_5m or write_1h:
        details["cache_creation_tokens"] = write_5m + write_1h
        details["cache_creation_token_details"] = {
            "ephemeral_5m_input_tokens": write_5m,
            "ephemeral_1h_input_tokens": write_1h,
        }
    return {
        "prompt_tokens": prompt,
        "completion_tokens": visible + reasoning,
        "total_tokens": prompt + visible + reasoning,
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": reasoning, "text_tokens": visible},
    }


def metadata(request: Request, usage: Row) -> Row:
    """The nested part of a SpendLogs row."""
    key, failed = request.key, request.status not in (200, 499)
    row: Row = {
        "user_api_key": key.sha256,
        "user_api_key_team_id": key.project_id,
        "user_api_key_org_id": key.organization_id,
        "status": "failure" if failed else "success",
        "usage_object": usage,
    }
    if failed:
        row["error_information"] = {"error_code": str(request.status)}
    return row


def spend_log(request: Request) -> Row:
    """The LiteLLM SpendLogs row."""
    usage = usage_object(request) if any(request.meters) else {}
    nested = metadata(request, usage)
    return {
        "request_id": litellm_id(request),
        "call_type": "acompletion",
        "api_key": request.key.sha256,
        "spend": spend_of(request),
        "total_tokens": sum(request.meters),
        "prompt_tokens": sum(request.meters[:INPUTS]),
        "completion_tokens": sum(request.meters[INPUTS:]),
        "startTime": rfc3339(request.started),
        "endTime": rfc3339(request.completed),
        "request_duration_ms": request.completed - request.started,
        "model": request.answered,
        "model_group": request.requested,
        "custom_llm_provider": request.provider,
        "metadata": nested,
        "cache_hit": "True" if request.outcome == "gateway_cache_hit" else "False",
        "team_id": request.key.project_id,
        "organization_id": request.key.organization_id,
        "status": nested["status"],
        "messages": {},
        "response": {},
        "session_id": f"sess-{request.request_id[:6]}",
    }


def as_json(row: Row) -> str:
    """One line of a JSON lines file, without its end."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))
