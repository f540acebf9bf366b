"""Indices for what the guards look up: they read the whole table for each row that was filed."""

from alembic import op

revision = "0011"
down_revision = "0010"

INDICES = {
    "credit_use_credit": ("credit_use", ["credit_id"]),
    "document_corrects_number": ("document", ["corrects_number"]),
    "balance_entry_organization": ("balance_entry", ["organization_id", "billing_month"]),
}


def upgrade() -> None:
    """Create the indices."""
    for name, (table, columns) in INDICES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
