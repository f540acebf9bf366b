"""The table of alerts that were raised, and of top-ups that were asked for.

Here: the SQLAlchemy Core table as queries see it, on the same metadata as `tables`. A row says
what was crossed, and `crossing` which time it was: each time is one row. Keep out: queries,
triggers and deciding what is a crossing (`billing.prepaid.alerting`).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from billing.books.columns import Instant
from billing.books.tables import metadata

SUBJECT_KINDS = ("organization", "project", "subscription", "subscription_item", "api_key")

alert = Table(
    "alert",
    metadata,
    Column("alert_id", String(64), nullable=False),
    Column("alert_kind", String(40), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("subject_kind", String(40), nullable=False),
    Column("subject_id", String(200), nullable=False),
    Column("rule_id", String(200), nullable=False),
    Column("threshold", String(60), nullable=False),
    Column("crossing", String(200), nullable=False),
    Column("as_of", Instant(), nullable=False),
    Column("raised_at", Instant(), nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("alert_id", name="alert_key"),
    UniqueConstraint(
        "alert_kind", "subject_kind", "subject_id", "rule_id", "crossing", name="alert_once"
    ),
    Index("alert_by_organization", "organization_id", "raised_at"),
    CheckConstraint(
        f"subject_kind in ({', '.join(repr(kind) for kind in SUBJECT_KINDS)})",
        name="alert_subject",
    ),
    CheckConstraint(
        "length(alert_id) > 0 and length(alert_kind) > 0 and length(organization_id) > 0 "
        "and length(subject_id) > 0 and length(rule_id) > 0 and length(crossing) > 0",
        name="alert_named",
    ),
)
