"""Which invoice another system made of a top-up by command."""

from alembic import op

revision = "0018"
down_revision = "0017"

INVOICED_AS = (
    "alter table ledger_transfer add column invoiced_as varchar(200) not null default '' "
    "constraint ledger_transfer_invoiced check (invoiced_as = '' or kind = 'top_up')"
)


def upgrade() -> None:
    """Let a top-up name an invoice; none of those before does."""
    op.execute(INVOICED_AS)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")
