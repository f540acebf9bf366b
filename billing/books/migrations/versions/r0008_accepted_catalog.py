"""What the dated rows of the catalog said when a month was finalized."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0008"
down_revision = "0006"

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
VERSION_IS_NOT_NEXT = (
    "new.version <> 1 + coalesce((select max(version) from catalog_row "
    "where table_name = new.table_name and row_key = new.row_key), 0)"
)


def upgrade() -> None:
    """Create the tables and the triggers that guard them."""
    op.create_table(
        "catalog_acceptance",
        sa.Column("acceptance_id", IDENTITY, nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("acceptance_id", name="catalog_acceptance_key"),
        sa.CheckConstraint("acceptance_id > 0", name="catalog_acceptance_id"),
        sa.CheckConstraint("length(sha256) = 64", name="catalog_acceptance_sha256"),
    )
    op.create_table(
        "catalog_row",
        sa.Column("table_name", sa.String(60), nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("acceptance_id", IDENTITY, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "row_key", "version", name="catalog_row_key"),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["catalog_acceptance.acceptance_id"], name="catalog_row_acceptance"
        ),
        sa.CheckConstraint("version > 0", name="catalog_row_version"),
        sa.CheckConstraint("length(sha256) = 64", name="catalog_row_sha256"),
    )
    dialect = op.get_context().dialect.name
    skipped = "a version may neither be skipped nor repeated"
    guard = guards.Guard("catalog_row", "next", "insert", VERSION_IS_NOT_NEXT, skipped)
    for statement in (
        *guards.append_only(dialect, "catalog_acceptance", [("acceptance_id",)]),
        *guards.append_only(dialect, "catalog_row", [("table_name", "row_key", "version")]),
        *guards.refuse(dialect, guard),
    ):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
