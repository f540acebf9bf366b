"""litellm's cost function, one request after the other.

Here: what a gateway does that stores a cost with each request: `litellm.cost_per_token` by
litellm's own list prices, added up by key and model. It counts in floats and knows no contract,
so its amounts are no peer's and are not compared. Keep out: comparing.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import polars as pl
from own_process import Figures

# Before litellm is imported: it would fetch today's prices, and wait where there is no network.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
_INPUT = ("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h")
COLUMNS = (
    *("request_id", "api_key_id", "model", "provider", "service_tier", *_INPUT),
    *("cache_write_unknown_ttl", "output_visible", "output_reasoning"),
)


def litellm(log: Path, terms: Path, result: Path) -> Figures:
    """Each request's cost as a float; those that litellm's list has no price for are counted."""
    del terms, result
    from litellm import cost_per_token  # noqa: PLC0415

    seen: set[str] = set()
    costs: defaultdict[tuple[str, str], float] = defaultdict(float)
    rows = unpriced = 0
    for row in pl.scan_parquet(log).select(COLUMNS).collect().iter_rows():
        rows += 1
        request_id, key, model, provider, tier, uncached, read, write_5m, write_1h, *rest = row
        write_unknown, visible, reasoning = rest
        if request_id in seen:
            continue
        seen.add(request_id)
        writes = write_5m + write_1h + write_unknown
        try:
            parts = cost_per_token(
                model=model,
                custom_llm_provider=provider,
                prompt_tokens=uncached + read + writes,
                completion_tokens=visible + reasoning,
                cache_read_input_tokens=read,
                cache_creation_input_tokens=writes,
                service_tier=tier,
            )
        except Exception:  # noqa: BLE001  # whatever it raises, this request has no cost
            unpriced += 1
            continue
        costs[key, model] += sum(parts)
    return {"rows": rows, "unpriced": unpriced, "cost": sum(costs.values())}


PEERS: dict[str, Callable[[Path, Path, Path], Figures]] = {"litellm": litellm}
