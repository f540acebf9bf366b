"""How each file of a closed month was read, so that a rebuild reads it the same way."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Keep format, source and supplied fields beside each file; unknown for earlier ones."""
    for name in ("format", "source_id", "supplied"):
        column = sa.Column(name, sa.Text, nullable=False, server_default="")
        op.add_column("file_manifest", column)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
