"""What the composer reads of the catalog: keys with their zones and validity, models, aliases.

Add a file here when what the sample holds depends on it. Keep out prices: the sample is usage,
and its books must not know what usage costs.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Key:
    """An API key with all that decides where its usage counts. Instants in epoch ms."""

    api_key_id: str
    organization_id: str
    project_id: str
    sha256: str
    payer: str
    number: int
    zone: ZoneInfo
    valid_from: int
    valid_to: int
    paid_from: int
    paid_to: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """Keys by id, provider of each model, and the dated names of those that have one."""

    keys: Mapping[str, Key]
    providers: Mapping[str, str]
    dated_names: Mapping[str, str]

    def answered_name(self, model_id: str) -> str:
        """The name a model answers with."""
        return self.dated_names.get(model_id, model_id)


def epoch_ms(instant: dt.datetime) -> int:
    """Milliseconds since 1970 of an aware instant, without a float on the way."""
    since = instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(milliseconds=1)


def local_midnight(date: str, zone: ZoneInfo) -> int:
    """The instant a local day starts."""
    return epoch_ms(dt.datetime.fromisoformat(date).replace(tzinfo=zone))


def rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """Yields the rows of one catalog file."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def instant(text: str, otherwise: int) -> int:
    """Epoch ms of an RFC 3339 text, or `otherwise` where it is empty."""
    return epoch_ms(dt.datetime.fromisoformat(text)) if text else otherwise


def read_keys(folder: Path) -> dict[str, Key]:
    """The API keys; `paid_*` is the life of the subscription behind a key."""
    zones = {r["organization_id"]: ZoneInfo(r["zone"]) for r in rows(folder, "billing_profiles")}
    subscriptions = {r["subscription_id"]: r for r in rows(folder, "subscriptions")}
    keys = {}
    for row in rows(folder, "api_keys"):
        zone = zones[row["organization_id"]]
        paid = subscriptions.get(row["subscription_id"])
        keys[row["api_key_id"]] = Key(
            row["api_key_id"],
            row["organization_id"],
            row["project_id"],
            row["key_sha256"],
            row["payer"],
            int(row["api_key_id"].rsplit("_", 1)[1]),
            zone,
            instant(row["valid_from_at"], 0),
            instant(row["valid_to_at"], FOREVER),
            local_midnight(paid["starts_date"], zone) if paid else 0,
            local_midnight(paid["ends_date"], zone) if paid and paid["ends_date"] else FOREVER,
        )
    return keys


def read_catalog(folder: Path) -> Catalog:
    """Reads the catalog files; an alias that is the model id and a date is the answered name."""
    dated = {
        row["model_id"]: row["alias"]
        for row in rows(folder, "model_aliases")
        if row["alias"].startswith(row["model_id"] + "-20")
    }
    providers = {row["model_id"]: row["provider"] for row in rows(folder, "models")}
    return Catalog(read_keys(folder), providers, dated)
