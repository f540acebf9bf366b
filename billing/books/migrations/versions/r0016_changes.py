"""Which subscription was changed into which: one goes on where the other ends."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0016"
down_revision = "0015"

FOLLOWS = (
    "not exists (select 1 from subscription as later "
    "inner join subscription as earlier on earlier.organization_id = later.organization_id "
    "and earlier.place = later.previous_place "
    "where later.subscription_id = new.subscription_id "
    "and earlier.subscription_id = new.changed_from "
    "and later.organization_id = new.organization_id "
    "and later.previous_place = new.previous_place "
    "and later.starts_at = new.changed_at and earlier.ends_at = new.changed_at)"
)


def upgrade() -> None:
    """Create the table and the triggers that guard it."""
    op.create_table(
        "subscription_change",
        sa.Column("subscription_id", sa.String(200), nullable=False),
        sa.Column("changed_from", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("previous_place", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name="subscription_change_key"),
        sa.UniqueConstraint("changed_from", name="subscription_change_once"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.subscription_id"],
            name="subscription_change_subscription",
        ),
        sa.ForeignKeyConstraint(
            ["changed_from"], ["subscription.subscription_id"], name="subscription_change_from"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "previous_place", "changed_at"],
            ["subscription.organization_id", "subscription.place", "subscription.ends_at"],
            name="subscription_change_end",
        ),
    )
    dialect = op.get_context().dialect.name
    keys = [("subscription_id",), ("changed_from",)]
    for statement in guards.append_only(dialect, "subscription_change", keys):
        op.execute(statement)
    follows = guards.Guard(
        "subscription_change",
        "follows",
        "insert",
        FOLLOWS,
        "a change goes on where the subscription before it ends",
    )
    for statement in guards.refuse(dialect, follows):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
