"""Alerts that were raised and top-ups that were asked for, each crossing once."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0015"
down_revision = "0014"

ONCE = ("alert_kind", "subject_kind", "subject_id", "rule_id", "crossing")


def upgrade() -> None:
    """Create the table and the triggers that guard it."""
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("alert_kind", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.String(200), nullable=False),
        sa.Column("rule_id", sa.String(200), nullable=False),
        sa.Column("threshold", sa.String(60), nullable=False),
        sa.Column("crossing", sa.String(200), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="alert_key"),
        sa.UniqueConstraint(*ONCE, name="alert_once"),
        sa.CheckConstraint(
            "subject_kind in ('organization', 'project', 'subscription', 'subscription_item', "
            "'api_key')",
            name="alert_subject",
        ),
        sa.CheckConstraint(
            "length(alert_id) > 0 and length(alert_kind) > 0 and length(organization_id) > 0 "
            "and length(subject_id) > 0 and length(rule_id) > 0 and length(crossing) > 0",
            name="alert_named",
        ),
    )
    op.create_index("alert_by_organization", "alert", ["organization_id", "raised_at"])
    for statement in guards.append_only(
        op.get_context().dialect.name, "alert", [["alert_id"], ONCE]
    ):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
