"""The first books: months closed, drafts, files, quarantine decisions and the audit log."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PREVIOUS_MONTH = {
    "sqlite": "date(new.billing_month, '-1 month')",
    "postgresql": "cast(new.billing_month - interval '1 month' as date)",
}
LATER_SAW_MORE = (
    "exists (select 1 from month_close as later "
    "where later.organization_id = new.organization_id "
    "and later.billing_month > new.billing_month and later.watermark > new.watermark)"
)
LEAVES_A_GAP = (
    "exists (select 1 from month_close as earlier "
    "where earlier.organization_id = new.organization_id "
    "and earlier.billing_month < new.billing_month) "
    "and not exists (select 1 from month_close as previous "
    "where previous.organization_id = new.organization_id "
    "and previous.billing_month = {previous_month})"
)


def upgrade() -> None:
    """Create the tables and the triggers that guard them."""
    for table, instant in (("month_close", "closed_at"), ("draft", "drafted_at")):
        op.create_table(
            table,
            sa.Column("organization_id", sa.String(200), nullable=False),
            sa.Column("billing_month", sa.Date, nullable=False),
            sa.Column("watermark", sa.Integer, nullable=False),
            sa.Column(instant, INSTANT, nullable=False),
            sa.PrimaryKeyConstraint("organization_id", "billing_month", name=f"{table}_key"),
            sa.CheckConstraint("watermark >= 0", name=f"{table}_watermark"),
        )
    _create_file_manifest()
    _create_quarantine_decision()
    _create_audit_log()
    _guard(op.get_context().dialect.name)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _create_file_manifest() -> None:
    op.create_table(
        "file_manifest",
        sa.Column("ingest_sequence", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ingest_sequence", name="file_manifest_key"),
        sa.UniqueConstraint("content_sha256", name="file_manifest_content"),
        sa.CheckConstraint("ingest_sequence > 0", name="file_manifest_sequence"),
    )


def _create_quarantine_decision() -> None:
    op.create_table(
        "quarantine_decision",
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("line_number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("content_sha256", "line_number", name="quarantine_decision_key"),
        sa.ForeignKeyConstraint(
            ["content_sha256"], ["file_manifest.content_sha256"], name="quarantine_decision_file"
        ),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("entry_id", IDENTITY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="audit_log_key"),
        sa.CheckConstraint("entry_id > 0", name="audit_log_id"),
    )


def _guard(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(guards.POSTGRESQL_REFUSAL)
    gap = LEAVES_A_GAP.format(previous_month=PREVIOUS_MONTH[dialect])
    order = (LATER_SAW_MORE, "a later month was closed at a higher watermark")
    statements = (
        *guards.append_only(dialect, "month_close", [("organization_id", "billing_month")]),
        *guards.append_only(dialect, "file_manifest", [("ingest_sequence",), ("content_sha256",)]),
        *guards.append_only(dialect, "quarantine_decision", [("content_sha256", "line_number")]),
        *guards.append_only(dialect, "audit_log", [("entry_id",)]),
        *guards.refuse(dialect, guards.Guard("month_close", "order", "insert", *order)),
        *guards.refuse(
            dialect,
            guards.Guard("month_close", "gap", "insert", gap, "the month before is not closed"),
        ),
    )
    for statement in statements:
        op.execute(statement)
