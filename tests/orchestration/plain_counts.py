"""Use of keys and subscriptions counted from accepted requests, one by one, in Python.

Here: reading requests and adding them up. Keep out: SQL that counts, and what was expected.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from billing.audit.usage import MAIN_METERS

SERVED = {"success", "client_aborted", "gateway_cache_hit"}
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """An accepted request, or what takes one back."""

    sequence: int
    key: str
    model: str
    at: datetime
    served: bool
    throttled: bool
    cause: str
    requests: int
    tokens: int

    @property
    def minute(self) -> datetime:
        """The UTC minute it completed in."""
        return self.at.replace(second=0, microsecond=0)

    @property
    def quarter_hour(self) -> datetime:
        """The quarter hour it completed in."""
        return self.minute - timedelta(minutes=self.at.minute % 15)


def rows_of(catalog: Path, name: str) -> list[dict[str, str]]:
    with (catalog / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else NEVER


def requests_of(warehouse: Path, catalog: Path) -> list[Request]:
    """Every request on a key that was valid, whose subscription, if it has one, was active."""
    aliases = {row["alias"]: row["model_id"] for row in rows_of(catalog, "model_aliases")}
    keys = {row["api_key_id"]: row for row in rows_of(catalog, "api_keys")}
    bought = {row["subscription_id"]: row for row in rows_of(catalog, "subscriptions")}
    zones = {row["organization_id"]: row["zone"] for row in rows_of(catalog, "billing_profiles")}
    meters = ", ".join(f"{meter}_tokens" for meter in MAIN_METERS)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select ingest_sequence, api_key_id, requested_model, completed_at, outcome, "
            f"throttle_cause, kind, {meters} from raw.usage_event"
        ).fetchall()
    found = []
    for sequence, key, model, completed_at, outcome, cause, kind, *tokens in rows:
        at = completed_at.replace(tzinfo=UTC)
        if not is_good(keys[key], bought, zones, at):
            continue
        sign = -1 if kind == "reversal" else 1
        found.append(
            Request(
                sequence,
                key,
                aliases.get(model, model),
                at,
                outcome in SERVED,
                outcome == "rate_limited",
                cause or "unknown",
                sign,
                sign * sum(tokens),
            )
        )
    return found


def is_good(
    key: dict[str, str], bought: dict[str, dict[str, str]], zones: dict[str, str], at: datetime
) -> bool:
    """Whether a key was valid at an instant, and what pays for it active."""
    if not instant(key["valid_from_at"]) <= at < instant(key["valid_to_at"]):
        return False
    if not key["subscription_id"]:
        return True
    row = bought[key["subscription_id"]]
    zone = ZoneInfo(zones[key["organization_id"]])
    starts, ends = (
        instant(f"{row[day]}T00:00:00").replace(tzinfo=zone) if row[day] else NEVER
        for day in ("starts_date", "ends_date")
    )
    return starts <= at < ends


def busiest(
    requests: Iterable[Request],
    count: Callable[[Request], int],
    slot: Callable[[Request], datetime],
) -> tuple[int, datetime | None]:
    """The most that any slot has, and the first slot with as much."""
    sums: Counter[datetime] = Counter()
    for request in requests:
        sums[slot(request)] += count(request)
    if not sums or max(sums.values()) <= 0:
        return 0, None
    most = max(sums.values())
    return most, min(at for at, used in sums.items() if used == most)


def causes(requests: Iterable[Request]) -> str:
    """429s by cause, the most frequent first."""
    counted = Counter(request.cause for request in requests if request.throttled)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{cause}: {number}" for cause, number in ordered)


def crossings(
    requests: Iterable[Request], count: Callable[[Request], int], limit: int
) -> Iterator[tuple[int, datetime, int]]:
    """Percent, quarter hour and file of each threshold crossed, as the first file showed it."""
    by_file: defaultdict[int, list[Request]] = defaultdict(list)
    for request in requests:
        by_file[request.sequence].append(request)
    for percent in (80, 90, 100):
        known: Counter[datetime] = Counter()
        for sequence in sorted(by_file):
            for request in by_file[sequence]:
                known[request.quarter_hour] += count(request)
            if sum(known.values()) * 100 >= limit * percent:
                used = 0
                for quarter_hour in sorted(known):
                    used += known[quarter_hour]
                    if used * 100 >= limit * percent:
                        yield percent, quarter_hour, sequence
                        break
                break
