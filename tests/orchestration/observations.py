"""Rows that have versions, and what came of them.

Here: one model call as Langfuse exports it, delivering it, and reading documents back. Keep out:
facts about results.
"""

import json
from typing import Any

from tests.orchestration.installation import Installation

SONNET, GPT = "claude-sonnet-4-5-20250929", "gpt-5-2025-08-07"


def observation(
    name: str, input_tokens: int, version: int, *, model: str = SONNET, day: str = "2026-10-10"
) -> dict[str, Any]:
    """One generation in one of its versions; the newest counts."""
    counts = {"input": input_tokens, "output": 300}
    return {
        "id": name,
        "type": "GENERATION",
        "start_time": f"{day}T10:15:30.250Z",
        "end_time": f"{day}T10:15:34.750Z",
        "level": "DEFAULT",
        "provided_model_name": model,
        "provided_usage_details": counts,
        "usage_details": counts,
        "event_ts": f"{day}T10:15:{34 + version}.000Z",
    }


def deliver(
    home: Installation,
    name: str,
    *rows: dict[str, Any],
    now: str = "",
    key: str = "key_aurora_01",
) -> Any:
    """Ingest the rows as one file of one API key."""
    path = home.root / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return home.must("ingest", path, "--set", f"api_key_id={key}", "--json", now=now).json


def documents_of(
    home: Installation, month: str, organization: str = "org_aurora"
) -> dict[str, dict[str, Any]]:
    """Every filed document of one month, by number, as `show` prints it."""
    found = home.must("invoices", "--month", month, "--org", organization, "--json").json
    return {each["number"]: home.must("show", each["number"]).json for each in found["invoices"]}
