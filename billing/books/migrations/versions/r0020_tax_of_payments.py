"""By which rule each payment was to be taxed when it was recorded."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0020"
down_revision = "0019"

KEY = ("organization_id", "top_up_id")


def upgrade() -> None:
    """Remember it from now on; what closed months posted is in `balance_tax`."""
    op.create_table(
        "top_up_tax",
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("top_up_id", sa.String(200), nullable=False),
        sa.Column("tax_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name="top_up_tax_key"),
        sa.CheckConstraint("tax_at in ('top_up', 'consumption')", name="top_up_tax_at"),
    )
    for statement in guards.append_only(op.get_context().dialect.name, "top_up_tax", [KEY]):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
