"""What customers subscribed to, and their keys: only ends ever change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)
FIXED = {
    "subscription": (
        "subscription_id",
        "organization_id",
        "place",
        "kind",
        "plan_id",
        "currency",
        "starts_at",
        "adopted",
        "recorded_at",
    ),
    "api_key": (
        "api_key_id",
        "organization_id",
        "project_id",
        "name",
        "masked_prefix",
        "key_sha256",
        "payer",
        "valid_from",
        "adopted",
        "recorded_at",
    ),
}
"""What an update may not touch; `place` fixes `previous_place`."""
KEYS: dict[str, Sequence[Sequence[str]]] = {
    "subscription": [("subscription_id",), ("organization_id", "place")],
    "api_key": [("api_key_id",), ("key_sha256",), ("replaces_id",)],
}


def upgrade() -> None:
    """Create the tables and the triggers that guard them."""
    _subscriptions()
    _items()
    _keys()
    dialect = op.get_context().dialect.name
    for statement in guards.append_only(
        dialect, "subscription_item", [("subscription_id", "model_id")]
    ):
        op.execute(statement)
    for guard in _guards():
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)
    for table, keys in KEYS.items():
        for statement in guards.no_replacing(dialect, table, keys):
            op.execute(statement)


def _guards() -> list[guards.Guard]:
    found = [
        guards.Guard(
            table,
            "fixed",
            "update",
            " or ".join(f"new.{column} <> old.{column}" for column in columns),
            "of this row only its end may change",
        )
        for table, columns in FIXED.items()
    ]
    found += [
        guards.Guard(table, "kept", "delete", "1 = 1", "the books keep what was decided")
        for table in FIXED
    ]
    found.append(
        guards.Guard(
            "api_key",
            "end_stays",
            "update",
            "old.valid_to is not null and (new.valid_to is null or new.valid_to > old.valid_to "
            "or old.end_reason <> '' and (new.valid_to <> old.valid_to "
            "or new.end_reason <> old.end_reason))",
            "a key that ended does not come back",
        )
    )
    found.append(
        guards.Guard(
            "api_key",
            "origin_stays",
            "update",
            "coalesce(new.replaces_id, '') <> coalesce(old.replaces_id, '') "
            "or coalesce(new.subscription_id, '') <> coalesce(old.subscription_id, '')",
            "a key is charged to what it was made for",
        )
    )
    return found


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("subscription_id", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("previous_place", sa.Integer, nullable=True),
        sa.Column("previous_ends_at", INSTANT, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("plan_id", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("adopted", sa.Text, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name="subscription_key"),
        sa.UniqueConstraint("organization_id", "place", name="subscription_place"),
        sa.UniqueConstraint("organization_id", "place", "ends_at", name="subscription_end"),
        sa.UniqueConstraint(
            "subscription_id", "organization_id", "kind", name="subscription_payer"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "previous_place", "previous_ends_at"],
            ["subscription.organization_id", "subscription.place", "subscription.ends_at"],
            name="subscription_previous",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("kind in ('plan', 'custom')", name="subscription_kind"),
        sa.CheckConstraint("(kind = 'plan') = (plan_id <> '')", name="subscription_plan"),
        sa.CheckConstraint("ends_at is null or ends_at > starts_at", name="subscription_window"),
        sa.CheckConstraint(
            "place > 0 and (place = 1) = (previous_place is null) "
            "and (place = 1) = (previous_ends_at is null) "
            "and (previous_place is null or previous_place = place - 1)",
            name="subscription_chain",
        ),
        sa.CheckConstraint(
            "previous_ends_at is null or previous_ends_at <= starts_at",
            name="subscription_one_active",
        ),
    )


def _items() -> None:
    op.create_table(
        "subscription_item",
        sa.Column("subscription_id", sa.String(200), nullable=False),
        sa.Column("model_id", sa.String(200), nullable=False),
        sa.Column("service_tier", sa.String(20), nullable=False),
        sa.Column("daily_call_limit", sa.BigInteger, nullable=False),
        sa.Column("monthly_token_cap", sa.BigInteger, nullable=False),
        sa.Column("monthly_fee", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "model_id", name="subscription_item_key"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.subscription_id"],
            name="subscription_item_subscription",
        ),
        sa.CheckConstraint(
            "service_tier in ('basic', 'stable', 'enterprise')", name="subscription_item_tier"
        ),
        sa.CheckConstraint("daily_call_limit > 0", name="subscription_item_daily"),
        sa.CheckConstraint("monthly_token_cap > 0", name="subscription_item_monthly"),
    )


def _keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("api_key_id", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("project_id", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("masked_prefix", sa.String(40), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("payer", sa.String(20), nullable=False),
        sa.Column("subscription_id", sa.String(200), nullable=True),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("valid_to", INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=False),
        sa.Column("replaces_id", sa.String(200), nullable=True),
        sa.Column("adopted", sa.Text, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", name="api_key_key"),
        sa.UniqueConstraint("key_sha256", name="api_key_hash"),
        sa.UniqueConstraint("replaces_id", name="api_key_replaced_once"),
        sa.UniqueConstraint("api_key_id", "organization_id", "valid_to", name="api_key_end"),
        sa.ForeignKeyConstraint(
            ["subscription_id", "organization_id", "payer"],
            ["subscription.subscription_id", "subscription.organization_id", "subscription.kind"],
            name="api_key_subscription",
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id", "organization_id", "valid_from"],
            ["api_key.api_key_id", "api_key.organization_id", "api_key.valid_to"],
            name="api_key_replaces",
        ),
        sa.CheckConstraint(
            "payer in ('balance', 'plan', 'custom', 'contract')", name="api_key_payer"
        ),
        sa.CheckConstraint(
            "(payer in ('plan', 'custom')) = (subscription_id is not null)", name="api_key_pays"
        ),
        sa.CheckConstraint("length(key_sha256) = 64", name="api_key_sha256"),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="api_key_window"),
        sa.CheckConstraint(
            "end_reason in ('', 'regenerated', 'disabled', 'deleted')", name="api_key_end_reason"
        ),
        sa.CheckConstraint("end_reason = '' or valid_to is not null", name="api_key_ended"),
    )
    op.create_index("api_key_organization", "api_key", ["organization_id"])


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
