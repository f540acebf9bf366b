"""What each document used of each credit, never more than was granted."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0006"
down_revision = "0005"

CHECKS = {
    "id": "use_id > 0",
    "kind": "kind in ('coupon', 'promotional', 'service', 'purchased', 'committed')",
    "amount": "amount_minor > 0",
    "granted": "amount_minor <= granted_minor",
    "grant_month": "grant_month <= billing_month",
}
SAME_GRANT = "credit_id = new.credit_id and grant_month = new.grant_month"
USED_BEFORE = f"coalesce((select sum(amount_minor) from credit_use where {SAME_GRANT}), 0)"
OTHER_GRANT = (
    "exists (select 1 from credit_use where credit_id = new.credit_id and "
    "(organization_id <> new.organization_id or kind <> new.kind or currency <> new.currency "
    "or granted_minor <> new.granted_minor))"
)
LATER_USE = (
    "exists (select 1 from credit_use where credit_id = new.credit_id "
    "and billing_month > new.billing_month)"
)
GUARDS = (
    guards.Guard(
        "credit_use",
        "granted",
        "insert",
        f"new.amount_minor + {USED_BEFORE} > new.granted_minor",
        "no more of a credit can be used than was granted",
    ),
    guards.Guard(
        "credit_use",
        "same_grant",
        "insert",
        OTHER_GRANT,
        "a credit that was used keeps its owner, kind, currency and granted amount",
    ),
    guards.Guard(
        "credit_use",
        "order",
        "insert",
        LATER_USE,
        "a later month has used this credit already",
    ),
)


def upgrade() -> None:
    """Create the table and the triggers that guard it."""
    month = ["organization_id", "billing_month"]
    document = ["number", "currency"]
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "credit_use",
        sa.Column("use_id", identity, nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("credit_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("grant_month", sa.Date, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("granted_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("use_id", name="credit_use_key"),
        sa.UniqueConstraint("number", "credit_id", name="credit_use_once"),
        sa.ForeignKeyConstraint(
            month, [f"month_close.{name}" for name in month], name="credit_use_close"
        ),
        sa.ForeignKeyConstraint(
            document, [f"document.{name}" for name in document], name="credit_use_document"
        ),
        *(sa.CheckConstraint(check, name=f"credit_use_{name}") for name, check in CHECKS.items()),
    )
    dialect = op.get_context().dialect.name
    keys = [("use_id",), ("number", "credit_id")]
    for statement in guards.append_only(dialect, "credit_use", keys):
        op.execute(statement)
    for guard in GUARDS:
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
