"""The tables that say how far each month was closed, from which files, and who did it.

Here: SQLAlchemy Core tables as queries see them; a test holds them equal to what the
migrations build. Add a table together with its migration. Keep out: numbers, documents and
money (`register_tables`), queries (`store`) and triggers (`migrations/guards.py`).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from billing.books.columns import Identity, Instant, Month

metadata = MetaData()

month_close = Table(
    "month_close",
    metadata,
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("watermark", Integer, nullable=False),
    Column("closed_at", Instant(), nullable=False),
    PrimaryKeyConstraint("organization_id", "billing_month", name="month_close_key"),
    CheckConstraint("watermark >= 0", name="month_close_watermark"),
)

draft = Table(
    "draft",
    metadata,
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("watermark", Integer, nullable=False),
    Column("drafted_at", Instant(), nullable=False),
    PrimaryKeyConstraint("organization_id", "billing_month", name="draft_key"),
    CheckConstraint("watermark >= 0", name="draft_watermark"),
)

file_manifest = Table(
    "file_manifest",
    metadata,
    Column("ingest_sequence", Integer, nullable=False, autoincrement=False),
    Column("content_sha256", String(64), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("recorded_at", Instant(), nullable=False),
    Column("format", Text, nullable=False, server_default=""),
    Column("source_id", Text, nullable=False, server_default=""),
    Column("supplied", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("ingest_sequence", name="file_manifest_key"),
    UniqueConstraint("content_sha256", name="file_manifest_content"),
    CheckConstraint("ingest_sequence > 0", name="file_manifest_sequence"),
)

quarantine_decision = Table(
    "quarantine_decision",
    metadata,
    Column(
        "content_sha256",
        String(64),
        ForeignKey("file_manifest.content_sha256", name="quarantine_decision_file"),
        nullable=False,
    ),
    Column("line_number", BigInteger, nullable=False, autoincrement=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("content_sha256", "line_number", name="quarantine_decision_key"),
)

quarantine_discard = Table(
    "quarantine_discard",
    metadata,
    Column("content_sha256", String(64), nullable=False),
    Column("line_number", BigInteger, nullable=False, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("discarded_by", String(200), nullable=False),
    Column("discarded_at", Instant(), nullable=False),
    PrimaryKeyConstraint("content_sha256", "line_number", name="quarantine_discard_key"),
    CheckConstraint("length(content_sha256) = 64", name="quarantine_discard_content"),
    CheckConstraint("line_number > 0", name="quarantine_discard_line"),
    CheckConstraint("length(trim(because)) > 0", name="quarantine_discard_because"),
)

catalog_acceptance = Table(
    "catalog_acceptance",
    metadata,
    Column("acceptance_id", Identity, nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("accepted_at", Instant(), nullable=False),
    PrimaryKeyConstraint("acceptance_id", name="catalog_acceptance_key"),
    CheckConstraint("acceptance_id > 0", name="catalog_acceptance_id"),
    CheckConstraint("length(sha256) = 64", name="catalog_acceptance_sha256"),
)

catalog_row = Table(
    "catalog_row",
    metadata,
    Column("table_name", String(60), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("version", Integer, nullable=False, autoincrement=False),
    Column(
        "acceptance_id",
        Identity,
        ForeignKey("catalog_acceptance.acceptance_id", name="catalog_row_acceptance"),
        nullable=False,
    ),
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    PrimaryKeyConstraint("table_name", "row_key", "version", name="catalog_row_key"),
    CheckConstraint("version > 0", name="catalog_row_version"),
    CheckConstraint("length(sha256) = 64", name="catalog_row_sha256"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", Identity, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint("entry_id", name="audit_log_key"),
    CheckConstraint("entry_id > 0", name="audit_log_id"),
)
