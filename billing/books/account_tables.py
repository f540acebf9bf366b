"""The tables of what customers subscribed to and of their keys.

Here: SQLAlchemy Core tables as queries see them, on the same metadata as `tables`; a test
holds them equal to what the migrations build. Only the ends of rows ever change. Keep out:
queries, triggers, and the plain text of a key, which is kept nowhere.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from billing.books.columns import Instant
from billing.books.tables import metadata

subscription = Table(
    "subscription",
    metadata,
    Column("subscription_id", String(200), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("place", Integer, nullable=False),
    Column("previous_place", Integer, nullable=True),
    Column("previous_ends_at", Instant(), nullable=True),
    Column("kind", String(20), nullable=False),
    Column("plan_id", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("starts_at", Instant(), nullable=False),
    Column("ends_at", Instant(), nullable=True),
    Column("adopted", Text, nullable=False),
    Column("recorded_at", Instant(), nullable=False),
    PrimaryKeyConstraint("subscription_id", name="subscription_key"),
    UniqueConstraint("organization_id", "place", name="subscription_place"),
    UniqueConstraint("organization_id", "place", "ends_at", name="subscription_end"),
    UniqueConstraint("subscription_id", "organization_id", "kind", name="subscription_payer"),
    ForeignKeyConstraint(
        ["organization_id", "previous_place", "previous_ends_at"],
        ["subscription.organization_id", "subscription.place", "subscription.ends_at"],
        name="subscription_previous",
        onupdate="CASCADE",
    ),
    CheckConstraint("kind in ('plan', 'custom')", name="subscription_kind"),
    CheckConstraint("(kind = 'plan') = (plan_id <> '')", name="subscription_plan"),
    CheckConstraint("ends_at is null or ends_at > starts_at", name="subscription_window"),
    CheckConstraint(
        "place > 0 and (place = 1) = (previous_place is null) "
        "and (place = 1) = (previous_ends_at is null) "
        "and (previous_place is null or previous_place = place - 1)",
        name="subscription_chain",
    ),
    CheckConstraint(
        "previous_ends_at is null or previous_ends_at <= starts_at", name="subscription_one_active"
    ),
)
"""Each row follows the row before it of its organization, which must have ended by then: that
two are active at once cannot be written down."""

subscription_change = Table(
    "subscription_change",
    metadata,
    Column(
        "subscription_id",
        String(200),
        ForeignKey("subscription.subscription_id", name="subscription_change_subscription"),
        nullable=False,
    ),
    Column(
        "changed_from",
        String(200),
        ForeignKey("subscription.subscription_id", name="subscription_change_from"),
        nullable=False,
    ),
    Column("organization_id", String(200), nullable=False),
    Column("previous_place", Integer, nullable=False),
    Column("changed_at", Instant(), nullable=False),
    PrimaryKeyConstraint("subscription_id", name="subscription_change_key"),
    UniqueConstraint("changed_from", name="subscription_change_once"),
    ForeignKeyConstraint(
        ["organization_id", "previous_place", "changed_at"],
        ["subscription.organization_id", "subscription.place", "subscription.ends_at"],
        name="subscription_change_end",
    ),
)
"""A subscription that another was changed into: its end cannot move any more, and a guard holds
that the two follow one another without a gap."""

subscription_item = Table(
    "subscription_item",
    metadata,
    Column(
        "subscription_id",
        String(200),
        ForeignKey("subscription.subscription_id", name="subscription_item_subscription"),
        nullable=False,
    ),
    Column("model_id", String(200), nullable=False),
    Column("service_tier", String(20), nullable=False),
    Column("daily_call_limit", BigInteger, nullable=False),
    Column("monthly_token_cap", BigInteger, nullable=False),
    Column("monthly_fee", String(40), nullable=False),
    PrimaryKeyConstraint("subscription_id", "model_id", name="subscription_item_key"),
    CheckConstraint(
        "service_tier in ('basic', 'stable', 'enterprise')", name="subscription_item_tier"
    ),
    CheckConstraint("daily_call_limit > 0", name="subscription_item_daily"),
    CheckConstraint("monthly_token_cap > 0", name="subscription_item_monthly"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("api_key_id", String(200), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("project_id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("masked_prefix", String(40), nullable=False),
    Column("key_sha256", String(64), nullable=False),
    Column("payer", String(20), nullable=False),
    Column("subscription_id", String(200), nullable=True),
    Column("valid_from", Instant(), nullable=False),
    Column("valid_to", Instant(), nullable=True),
    Column("end_reason", String(20), nullable=False),
    Column("replaces_id", String(200), nullable=True),
    Column("adopted", Text, nullable=False),
    Column("recorded_at", Instant(), nullable=False),
    PrimaryKeyConstraint("api_key_id", name="api_key_key"),
    UniqueConstraint("key_sha256", name="api_key_hash"),
    UniqueConstraint("replaces_id", name="api_key_replaced_once"),
    UniqueConstraint("api_key_id", "organization_id", "valid_to", name="api_key_end"),
    ForeignKeyConstraint(
        ["subscription_id", "organization_id", "payer"],
        ["subscription.subscription_id", "subscription.organization_id", "subscription.kind"],
        name="api_key_subscription",
    ),
    ForeignKeyConstraint(
        ["replaces_id", "organization_id", "valid_from"],
        ["api_key.api_key_id", "api_key.organization_id", "api_key.valid_to"],
        name="api_key_replaces",
    ),
    CheckConstraint("payer in ('balance', 'plan', 'custom', 'contract')", name="api_key_payer"),
    CheckConstraint(
        "(payer in ('plan', 'custom')) = (subscription_id is not null)", name="api_key_pays"
    ),
    CheckConstraint("length(key_sha256) = 64", name="api_key_sha256"),
    CheckConstraint("valid_to is null or valid_to > valid_from", name="api_key_window"),
    CheckConstraint(
        "end_reason in ('', 'regenerated', 'disabled', 'deleted')", name="api_key_end_reason"
    ),
    CheckConstraint("end_reason = '' or valid_to is not null", name="api_key_ended"),
    Index("api_key_organization", "organization_id"),
)
"""A key that replaces another begins at the very instant at which that one ends."""
