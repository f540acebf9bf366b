"""What a gateway has to know of each key: from when to when it is good, and for what.

Here: entitlements by key hash, and their file, which is swapped in whole. Validity is told as a
stretch of time, so that a reader that asks every few seconds is right in between. Keep out: usage.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl

from billing.books.accounts import Item, Key, Subscription
from billing.periods import INSTANT_FORMAT
from billing.subscriptions.chains import carrier_at, carriers, counted_from
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.terms import period_at

FILE = "entitlements"
INSTANT = pl.Datetime("us", "UTC")
SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "key_sha256": pl.String,
    "api_key_id": pl.String,
    "organization_id": pl.String,
    "project_id": pl.String,
    "payer": pl.String,
    "subscription_id": pl.String,
    "is_valid": pl.Boolean,
    "reason": pl.String,
    "valid_from": INSTANT,
    "valid_to": INSTANT,
    "period_starts_at": INSTANT,
    "period_ends_at": INSTANT,
    "is_limited_to_models": pl.Boolean,
    "models": pl.List(
        pl.Struct(
            {
                "model_id": pl.String,
                "service_tier": pl.String,
                "daily_call_limit": pl.Int64,
                "monthly_token_cap": pl.Int64,
            }
        )
    ),
}


@dataclass(frozen=True)
class EntitledModel:
    """A model a key may call; a tier, limit or cap of None is none."""

    model_id: str
    service_tier: str | None = None
    daily_call_limit: int | None = None
    monthly_token_cap: int | None = None


@dataclass(frozen=True)
class Entitlement:
    """What one key may do. It is good from `valid_from` up to `valid_to`, at no other time.

    `is_valid` and `reason` say so of the instant it was written for; `models` counts only where
    `is_limited_to_models`. The period is the one that monthly caps are counted in.
    """

    key_sha256: str
    api_key_id: str
    organization_id: str
    project_id: str
    payer: str
    subscription_id: str | None
    is_valid: bool
    reason: str
    valid_from: datetime
    valid_to: datetime | None
    period_starts_at: datetime | None
    period_ends_at: datetime | None
    is_limited_to_models: bool
    models: tuple[EntitledModel, ...]


def entitlements(
    files: CustomerFiles, at: datetime, end_reasons: Mapping[str, str]
) -> list[Entitlement]:
    """Every key of the catalog in force as it stands at an instant, by its hash.

    `end_reasons` says of keys, by id, why the books ended them.
    """
    found = []
    for organization_id in files.tables["organizations"]["organization_id"]:
        customer = files.customer(organization_id)
        bought = files.subscriptions(customer)
        for key in files.keys(customer):
            paid = _paid(bought, key, at)
            paying = paid.by if paid else None
            reason = _reason(key, paying, at, end_reasons.get(key.api_key_id, ""))
            found.append(_entitlement(files, customer, key, paid, reason, at))
    return sorted(found, key=lambda each: each.key_sha256)


@dataclass(frozen=True)
class _Paid:
    """What pays for a key at an instant, in what stretch, and where its periods are counted from.

    `ends_at` is the end of the last change that keeps the key.
    """

    by: Subscription
    starts_at: datetime
    ends_at: datetime | None
    counted_from: datetime


def _paid(bought: Sequence[Subscription], key: Key, at: datetime) -> _Paid | None:
    own = next((each for each in bought if each.subscription_id == key.subscription_id), None)
    if own is None:
        return None
    by = carrier_at(bought, own, at)
    last = carriers(bought, own)[-1]
    return _Paid(by, own.starts_at, last.ends_at, counted_from(bought, own))


def _reason(key: Key, subscription: Subscription | None, at: datetime, ended_by: str) -> str:
    """Why a key is not good at an instant; empty while it is."""
    if key.has_ended(at):
        return ended_by or "expired"
    if subscription is not None and subscription.has_ended(at):
        return "subscription_ended"
    if at < key.valid_from:
        return "not_yet_valid"
    if subscription is not None and at < subscription.starts_at:
        return "subscription_not_begun"
    return ""


def _entitlement(  # one row has this many sources
    files: CustomerFiles,
    customer: Customer,
    key: Key,
    paid: _Paid | None,
    reason: str,
    at: datetime,
) -> Entitlement:
    valid_from, ends = key.valid_from, [key.valid_to]
    period: tuple[datetime | None, datetime | None] = (None, None)
    if paid is not None:
        valid_from = max(valid_from, paid.starts_at)
        ends.append(paid.ends_at)
        period = period_at(paid.counted_from, customer.zone, at)
    return Entitlement(
        key.key_sha256,
        key.api_key_id,
        key.organization_id,
        key.project_id,
        key.payer,
        paid.by.subscription_id if paid else key.subscription_id,
        not reason,
        reason,
        valid_from,
        min((end for end in ends if end is not None), default=None),
        *period,
        paid is not None,
        _models(files, paid.by if paid else None),
    )


def _models(files: CustomerFiles, subscription: Subscription | None) -> tuple[EntitledModel, ...]:
    if subscription is None:
        return ()
    if subscription.kind == "plan":
        plan = files.rows_with("plan_models", "plan_id", subscription.plan_id)
        return tuple(EntitledModel(model) for model in sorted(row["model_id"] for row in plan))
    items = files.items(subscription.subscription_id)
    return tuple(_item(each) for each in sorted(items, key=lambda each: each.model_id))


def _item(item: Item) -> EntitledModel:
    return EntitledModel(
        item.model_id, item.service_tier, item.daily_call_limit, item.monthly_token_cap
    )


@contextmanager
def publishing(folder: Path) -> Iterator[None]:
    """Hold the published entitlements, so that the last to read the books is the last to write."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{FILE}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_entitlements(folder: Path, rows: Sequence[Entitlement], at: datetime) -> dict[str, Path]:
    """Swap in `entitlements.json`, an object by key hash, and `entitlements.parquet`, a row each."""
    keys = {each.key_sha256: {**asdict(each), "models": _plain(each)} for each in rows}
    text = json.dumps({"as_of": at, "keys": keys}, default=_text, ensure_ascii=False, indent=1)
    frame = pl.DataFrame([keys[each.key_sha256] for each in rows], schema=dict(SCHEMA))
    files = {kind: folder / f"{FILE}.{kind}" for kind in ("json", "parquet")}
    with _swapped(files["json"]) as fresh:
        fresh.write_text(text + "\n", encoding="utf-8")
    with _swapped(files["parquet"]) as fresh:
        frame.write_parquet(fresh)
    return files


def _plain(row: Entitlement) -> list[dict[str, object]]:
    return [asdict(model) for model in row.models]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(INSTANT_FORMAT)
    raise TypeError(value)


@contextmanager
def _swapped(path: Path) -> Iterator[Path]:
    """Write beside, then replace: a reader sees the old file or the new one, whole."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        fresh = Path(file.name)
    try:
        yield fresh
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
