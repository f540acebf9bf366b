"""Subscriptions, their items and keys in the books.

Here: reading them, beginning and ending them, in the transaction of an act. The constraints of
the tables have the last word. Keep out: what an act means (`billing.subscriptions`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Table,
    func,
    insert,
    select,
    true,
    update,
)

from billing.books.account_tables import (
    api_key,
    subscription,
    subscription_change,
    subscription_item,
)
from billing.books.journal import Entry, log
from billing.books.tables import audit_log
from billing.errors import BooksError

ACTIONS = (
    "subscribe",
    "renew",
    "change",
    "cancel",
    "create_key",
    "regenerate_key",
    "disable_key",
    "delete_key",
    "top_up",
    "grant",
    "refund",
    "transfer",
    "overdraft",
    "rest",
)
CHANGED_FROM = "changed_from"
_is_changed_into = subscription.c.subscription_id == subscription_change.c.subscription_id


@dataclass(frozen=True)
class Subscription:
    """One bought subscription, active from `starts_at` up to `ends_at` (None: open).

    `adopted` is what the catalog's files said of it when the books took it over, else empty;
    `changed_from` the subscription that was changed into this one, which ended where it begins.
    """

    subscription_id: str
    organization_id: str
    kind: str
    plan_id: str
    currency: str
    starts_at: datetime
    ends_at: datetime | None
    adopted: str = ""
    changed_from: str = ""

    def is_active(self, at: datetime) -> bool:
        """Whether it is active at an instant."""
        return self.starts_at <= at and not self.has_ended(at)

    def has_ended(self, at: datetime) -> bool:
        """Whether it is over at an instant."""
        return self.ends_at is not None and self.ends_at <= at


@dataclass(frozen=True)
class Item:
    """One model of a custom subscription; the cap counts tokens, or generations."""

    subscription_id: str
    model_id: str
    service_tier: str
    daily_call_limit: int
    monthly_token_cap: int
    monthly_fee: Decimal


@dataclass(frozen=True)
class Key:
    """One API key by its hash, valid from `valid_from` up to `valid_to` (None: open)."""

    api_key_id: str
    organization_id: str
    project_id: str
    name: str
    masked_prefix: str
    key_sha256: str
    payer: str
    subscription_id: str | None
    valid_from: datetime
    valid_to: datetime | None = None
    end_reason: str = ""
    replaces_id: str | None = None
    adopted: str = ""

    def has_ended(self, at: datetime) -> bool:
        """Whether the key itself is over at an instant, whatever its subscription says."""
        return self.valid_to is not None and self.valid_to <= at


def subscriptions(connection: Connection, organization_id: str | None = None) -> list[Subscription]:
    """Every subscription, or one organization's, in the order they follow one another."""
    changed_from = func.coalesce(subscription_change.c.changed_from, "").label(CHANGED_FROM)
    query = (
        select(*_columns(subscription, Subscription), changed_from)
        .select_from(subscription.outerjoin(subscription_change, _is_changed_into))
        .order_by(subscription.c.organization_id, subscription.c.place)
    )
    rows = connection.execute(query.where(_of(subscription, organization_id))).all()
    return [Subscription(**row._asdict()) for row in rows]


def items(connection: Connection, organization_id: str | None = None) -> list[Item]:
    """Every item of custom subscriptions, or one organization's."""
    query = (
        select(subscription_item)
        .join(subscription)
        .order_by(subscription.c.organization_id, subscription.c.place, "model_id")
    )
    rows = connection.execute(query.where(_of(subscription, organization_id))).all()
    return [Item(**{**row._asdict(), "monthly_fee": Decimal(row.monthly_fee)}) for row in rows]


def keys(connection: Connection, organization_id: str | None = None) -> list[Key]:
    """Every key, or one organization's, oldest first."""
    query = select(*_columns(api_key, Key)).order_by(
        api_key.c.organization_id, api_key.c.valid_from, api_key.c.api_key_id
    )
    rows = connection.execute(query.where(_of(api_key, organization_id))).all()
    return [Key(**row._asdict()) for row in rows]


def begin(
    connection: Connection, new: Subscription, contents: Sequence[Item], at: datetime
) -> None:
    """Add a subscription after the last one of its organization.

    The database refuses it unless that one has ended by then.
    """
    table = subscription
    last = connection.execute(
        select(table.c.place, table.c.ends_at)
        .where(table.c.organization_id == new.organization_id)
        .order_by(table.c.place.desc())
        .limit(1)
    ).one_or_none()
    place = {"place": 1} if last is None else _after(last.place, last.ends_at)
    row = asdict(new)
    changed_from = row.pop(CHANGED_FROM)
    connection.execute(insert(table).values(**row, **place, recorded_at=at))
    if changed_from:
        change = {
            "subscription_id": new.subscription_id,
            CHANGED_FROM: changed_from,
            "organization_id": new.organization_id,
            "previous_place": place.get("previous_place", 0),
            "changed_at": new.starts_at,
        }
        connection.execute(insert(subscription_change).values(change))
    if contents:
        rows = [{**asdict(each), "monthly_fee": str(each.monthly_fee)} for each in contents]
        connection.execute(insert(subscription_item), rows)


def end_subscription(
    connection: Connection, subscription_id: str, ends_at: datetime | None
) -> None:
    """Let a subscription end at another instant, or stay open."""
    _change(
        connection,
        update(subscription)
        .where(subscription.c.subscription_id == subscription_id)
        .values(ends_at=ends_at),
    )


def issue_key(connection: Connection, key: Key, at: datetime) -> None:
    """Add a key. One that replaces another begins where that one has ended."""
    connection.execute(insert(api_key).values(**asdict(key), recorded_at=at))


def end_key(connection: Connection, api_key_id: str, valid_to: datetime, reason: str) -> None:
    """Let a key end; the database refuses to end one twice, or later than it would by itself."""
    _change(
        connection,
        update(api_key)
        .where(api_key.c.api_key_id == api_key_id)
        .values(valid_to=valid_to, end_reason=reason),
    )


def record_act(connection: Connection, entry: Entry) -> None:
    """Write the act into the audit log. Raises BooksError when the clock went back."""
    require_clock(connection, entry.at)
    log(connection, entry)


def require_clock(connection: Connection, at: datetime) -> None:
    """Raise BooksError when the books know a later act on accounts: then the clock went back."""
    last: datetime | None = connection.execute(
        select(func.max(audit_log.c.at)).where(audit_log.c.action.in_(ACTIONS))
    ).scalar_one()
    if last is not None and at < last:
        raise BooksError(
            f"The clock says {at.isoformat()}, but the books know an act of "
            f"{last.isoformat()}. Correct the clock, then run the command again."
        )


def _after(place: int, ends_at: datetime | None) -> dict[str, object]:
    return {"place": place + 1, "previous_place": place, "previous_ends_at": ends_at}


def _columns(table: Table, kind: type[Subscription] | type[Key]) -> list[Column[Any]]:
    return [table.c[field.name] for field in fields(kind) if field.name != CHANGED_FROM]


def _of(table: Table, organization_id: str | None) -> ColumnElement[bool]:
    return true() if organization_id is None else table.c.organization_id == organization_id


def _change(connection: Connection, statement: Executable) -> None:
    if connection.execute(statement).rowcount != 1:
        raise BooksError("The books have no such row any more. Run the command again.")
