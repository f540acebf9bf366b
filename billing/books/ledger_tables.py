"""The table of what people did to prepaid balances.

Here: the SQLAlchemy Core table as queries see it, on the same metadata as `tables`. A row moves one
amount from one account to another, so debits and credits are equal by construction. What usage
takes from a balance is no row: the warehouse derives it. Keep out: queries and triggers.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from billing.books.columns import Instant
from billing.books.tables import metadata

ledger_transfer = Table(
    "ledger_transfer",
    metadata,
    Column("transfer_id", String(200), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("debit_account", String(20), nullable=False),
    Column("credit_account", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("minor_digits", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("occurred_at", Instant(), nullable=False),
    Column("client_reference", String(200), nullable=False),
    Column("reference", String(200), nullable=False),
    PrimaryKeyConstraint("transfer_id", name="ledger_transfer_key"),
    UniqueConstraint("organization_id", "client_reference", name="ledger_transfer_once"),
    CheckConstraint("amount_minor > 0", name="ledger_transfer_amount"),
    CheckConstraint("minor_digits between 0 and 4", name="ledger_transfer_digits"),
    CheckConstraint("length(trim(client_reference)) > 0", name="ledger_transfer_named"),
    CheckConstraint(
        "(kind = 'top_up' and debit_account = 'cash' and credit_account = 'purchased') "
        "or (kind = 'grant' and debit_account = 'promotion' and credit_account = 'promotional')",
        name="ledger_transfer_accounts",
    ),
)
