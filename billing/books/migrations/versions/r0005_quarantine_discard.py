"""Rows of the quarantine that somebody discarded."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table and the triggers that guard it."""
    op.create_table(
        "quarantine_discard",
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("line_number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("discarded_by", sa.String(200), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("content_sha256", "line_number", name="quarantine_discard_key"),
        sa.CheckConstraint("length(content_sha256) = 64", name="quarantine_discard_content"),
        sa.CheckConstraint("line_number > 0", name="quarantine_discard_line"),
        sa.CheckConstraint("length(trim(because)) > 0", name="quarantine_discard_because"),
    )
    dialect = op.get_context().dialect.name
    keys = [("content_sha256", "line_number")]
    for statement in guards.append_only(dialect, "quarantine_discard", keys):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
