"""The tables of prepaid balances: what people did, and what closed months posted, lot by lot.

Here: the SQLAlchemy Core tables as queries see them, on the same metadata as `tables`. A row of
the ledger moves one amount from one account to another, so debits and credits are equal by
construction; of a transfer both legs are one row. What usage takes and what expires is no row
there: the warehouse derives it, and a closed month posts it lot by lot. Keep out: queries and
triggers.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from billing.books.columns import Identity, Instant, Month
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
    Column("to_organization_id", String(200), nullable=False, server_default=""),
    Column("expires_at", Instant(), nullable=True),
    Column("invoiced_as", String(200), nullable=False, server_default=""),
    PrimaryKeyConstraint("transfer_id", name="ledger_transfer_key"),
    UniqueConstraint("organization_id", "client_reference", name="ledger_transfer_once"),
    CheckConstraint("amount_minor > 0", name="ledger_transfer_amount"),
    CheckConstraint("minor_digits between 0 and 4", name="ledger_transfer_digits"),
    CheckConstraint("length(trim(client_reference)) > 0", name="ledger_transfer_named"),
    CheckConstraint(
        "(kind = 'top_up' and debit_account = 'cash' and credit_account = 'purchased') "
        "or (kind = 'grant' and debit_account = 'promotion' and credit_account = 'promotional') "
        "or (kind = 'refund' and debit_account = 'purchased' and credit_account = 'cash') "
        "or (kind = 'transfer' and debit_account = 'purchased' and credit_account = 'purchased') "
        "or (kind = 'overdraft' and debit_account = 'loss' and credit_account = 'purchased') "
        "or (kind = 'rest' and debit_account = 'purchased' and credit_account = 'gain')",
        name="ledger_transfer_accounts",
    ),
    CheckConstraint(
        "(kind = 'transfer') = (to_organization_id <> '') "
        "and to_organization_id <> organization_id",
        name="ledger_transfer_sides",
    ),
    CheckConstraint(
        "expires_at is null "
        "or (kind in ('top_up', 'grant', 'transfer') and expires_at > occurred_at)",
        name="ledger_transfer_end",
    ),
    CheckConstraint("invoiced_as = '' or kind = 'top_up'", name="ledger_transfer_invoiced"),
)

balance_entry = Table(
    "balance_entry",
    metadata,
    Column("entry_id", Identity, nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("exact_remainder", Text, nullable=False),
    PrimaryKeyConstraint("entry_id", name="balance_entry_key"),
    Index("balance_entry_organization", "organization_id", "billing_month"),
    CheckConstraint("entry_id > 0", name="balance_entry_id"),
    UniqueConstraint("kind", "reference", name="balance_entry_reference"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="balance_entry_close",
    ),
    CheckConstraint(
        "kind in ('top_up', 'transfer_in', 'consumption', 'remainder', 'refund', 'transfer_out', "
        "'write_off', 'expiry')",
        name="balance_entry_kind",
    ),
    CheckConstraint("kind <> 'remainder' or amount_minor = 0", name="balance_entry_remainder"),
    CheckConstraint(
        "kind not in ('top_up', 'transfer_in') or amount_minor > 0", name="balance_entry_top_up"
    ),
    CheckConstraint(
        "kind not in ('refund', 'transfer_out', 'expiry') or amount_minor < 0",
        name="balance_entry_taken",
    ),
    CheckConstraint("kind <> 'write_off' or amount_minor <> 0", name="balance_entry_write_off"),
)

balance_lot = Table(
    "balance_lot",
    metadata,
    Column("lot_id", String(200), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("occurred_at", Instant(), nullable=False),
    Column("expires_at", Instant(), nullable=True),
    Column("reference", String(200), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    PrimaryKeyConstraint("lot_id", name="balance_lot_key"),
    CheckConstraint("kind in ('promotional', 'purchased')", name="balance_lot_kind"),
    CheckConstraint("lot_id <> ''", name="balance_lot_named"),
    CheckConstraint("amount_minor > 0", name="balance_lot_amount"),
    CheckConstraint("expires_at is null or expires_at > occurred_at", name="balance_lot_end"),
)

lot_entry = Table(
    "lot_entry",
    metadata,
    Column("entry_id", Identity, nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("lot_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("exact_remainder", Text, nullable=False),
    PrimaryKeyConstraint("entry_id", name="lot_entry_key"),
    UniqueConstraint("organization_id", "lot_id", "billing_month", "kind", name="lot_entry_once"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="lot_entry_close",
    ),
    Index("lot_entry_lot", "lot_id"),
    CheckConstraint("entry_id > 0", name="lot_entry_id"),
    CheckConstraint(
        "kind in ('granted', 'consumption', 'refund', 'transfer_out', 'write_off', 'expiry')",
        name="lot_entry_kind",
    ),
    CheckConstraint(
        "lot_id = '' or kind <> 'granted' or amount_minor > 0", name="lot_entry_granted"
    ),
    CheckConstraint("lot_id = '' or kind = 'granted' or amount_minor <= 0", name="lot_entry_taken"),
)

balance_tax = Table(
    "balance_tax",
    metadata,
    Column("organization_id", String(200), nullable=False),
    Column("tax_at", String(20), nullable=False),
    Column("billing_month", Month(), nullable=False),
    PrimaryKeyConstraint("organization_id", name="balance_tax_key"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="balance_tax_close",
    ),
    CheckConstraint("tax_at in ('top_up', 'consumption')", name="balance_tax_at"),
)

top_up_tax = Table(
    "top_up_tax",
    metadata,
    Column("organization_id", String(200), nullable=False),
    Column("top_up_id", String(200), nullable=False),
    Column("tax_at", String(20), nullable=False),
    PrimaryKeyConstraint("organization_id", "top_up_id", name="top_up_tax_key"),
    CheckConstraint("tax_at in ('top_up', 'consumption')", name="top_up_tax_at"),
)
