"""What people put on prepaid balances: one amount from one account to another."""

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table and the triggers that guard it."""
    op.create_table(
        "ledger_transfer",
        sa.Column("transfer_id", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("debit_account", sa.String(20), nullable=False),
        sa.Column("credit_account", sa.String(20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("minor_digits", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_reference", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", name="ledger_transfer_key"),
        sa.UniqueConstraint("organization_id", "client_reference", name="ledger_transfer_once"),
        sa.CheckConstraint("amount_minor > 0", name="ledger_transfer_amount"),
        sa.CheckConstraint("minor_digits between 0 and 4", name="ledger_transfer_digits"),
        sa.CheckConstraint("length(trim(client_reference)) > 0", name="ledger_transfer_named"),
        sa.CheckConstraint(
            "(kind = 'top_up' and debit_account = 'cash' and credit_account = 'purchased') "
            "or (kind = 'grant' and debit_account = 'promotion' "
            "and credit_account = 'promotional')",
            name="ledger_transfer_accounts",
        ),
    )
    keys = [("transfer_id",), ("organization_id", "client_reference")]
    for statement in guards.append_only(op.get_context().dialect.name, "ledger_transfer", keys):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
