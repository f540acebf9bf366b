"""What the books decided, as rows of the catalog's files.

Here: one function for each file, and ends that moved. Keep out: which rows there are (`in_force`).
"""

from collections.abc import Mapping
from datetime import datetime

from billing.books.accounts import Item, Key, Subscription
from billing.books.ledger import Transfer
from billing.periods import INSTANT_FORMAT
from billing.subscriptions.terms import local_day

Row = dict[str, str]


def with_end(row: Row, kept: Subscription | None, zones: Mapping[str, str]) -> Row:
    """Move the end of a row of the file to where the books put it."""
    if kept is None:
        return row
    ends = _ends(kept, zones)
    is_same_day = row["ends_date"] == ends["ends_date"]
    return row if is_same_day and row["ends_at"] in {"", ends["ends_at"]} else {**row, **ends}


def _ends(kept: Subscription, zones: Mapping[str, str]) -> Row:
    if kept.ends_at is None:
        return {"ends_date": "", "ends_at": ""}
    zone = zones.get(kept.organization_id, "UTC")
    return {
        "ends_date": local_day(kept.ends_at, zone).isoformat(),
        "ends_at": _text(kept.ends_at),
    }


def sold_row(kept: Subscription, zones: Mapping[str, str]) -> Row:
    """Return a subscription of the books as a row of subscriptions.csv."""
    zone = zones.get(kept.organization_id, "UTC")
    return {
        "subscription_id": kept.subscription_id,
        "organization_id": kept.organization_id,
        "kind": kept.kind,
        "plan_id": kept.plan_id,
        "currency": kept.currency,
        "starts_date": local_day(kept.starts_at, zone).isoformat(),
        "starts_at": _text(kept.starts_at),
        **_ends(kept, zones),
        "changed_from": kept.changed_from,
    }


def item_row(item: Item) -> Row:
    """Return an item of the books as a row of subscription_items.csv."""
    return {
        "subscription_id": item.subscription_id,
        "model_id": item.model_id,
        "service_tier": item.service_tier,
        "daily_call_limit": str(item.daily_call_limit),
        "monthly_token_cap": str(item.monthly_token_cap),
        "monthly_fee": format(item.monthly_fee, "f"),
    }


def with_key_end(row: Row, kept: Key | None) -> Row:
    """Move the end of a row of api_keys.csv to where the books put it."""
    if kept is None or kept.valid_to is None:
        return row
    return {**row, "valid_to_at": _text(kept.valid_to)}


def key_row(key: Key) -> Row:
    """Return a key of the books as a row of api_keys.csv."""
    return {
        "api_key_id": key.api_key_id,
        "organization_id": key.organization_id,
        "project_id": key.project_id,
        "name": key.name,
        "masked_prefix": key.masked_prefix,
        "key_sha256": key.key_sha256,
        "payer": key.payer,
        "subscription_id": key.subscription_id or "",
        "valid_from_at": _text(key.valid_from),
        "valid_to_at": "" if key.valid_to is None else _text(key.valid_to),
    }


def top_up_row(transfer: Transfer) -> Row:
    """Return a top-up of the books as a row of top_ups.csv."""
    return {
        "top_up_id": transfer.transfer_id,
        "organization_id": transfer.organization_id,
        "occurred_at": _text(transfer.occurred_at),
        "currency": transfer.currency,
        "amount": format(transfer.amount, "f"),
        "kind": transfer.account,
        "reference": transfer.reference,
        "expires_at": "" if transfer.expires_at is None else _text(transfer.expires_at),
        "invoiced_as": transfer.invoiced_as,
    }


def movement_row(transfer: Transfer) -> Row:
    """Return what the books took from a balance, or moved, as a row of balance_movements.csv."""
    return {
        "movement_id": transfer.transfer_id,
        "organization_id": transfer.organization_id,
        "occurred_at": _text(transfer.occurred_at),
        "kind": transfer.kind,
        "currency": transfer.currency,
        "amount": format(transfer.amount, "f"),
        "to_organization_id": transfer.to_organization_id,
        "expires_at": "" if transfer.expires_at is None else _text(transfer.expires_at),
        "reference": transfer.reference,
    }


def _text(instant: datetime) -> str:
    return instant.strftime(INSTANT_FORMAT)
