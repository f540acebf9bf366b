"""The tables of what customers paid, what was paid back, and which invoices it settles.

Here: SQLAlchemy Core tables as queries see them, on the same metadata as `tables`. Amounts are
BIGINT minor units of the row's currency. Keep out: queries (`receivables`) and triggers.
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

from billing.books.columns import Identity, Instant
from billing.books.tables import metadata

receivable_act = Table(
    "receivable_act",
    metadata,
    Column("act_id", Identity, nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("minor_digits", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("account_minor", BigInteger, nullable=False),
    Column("occurred_at", Instant(), nullable=False),
    Column("recorded_at", Instant(), nullable=False),
    Column("client_reference", String(200), nullable=True),
    Column("reverses", Identity, nullable=True),
    Column("because", Text, nullable=False),
    PrimaryKeyConstraint("act_id", name="receivable_act_key"),
    UniqueConstraint(
        "organization_id", "currency", "client_reference", name="receivable_act_reference"
    ),
    UniqueConstraint("reverses", name="receivable_act_reversed_once"),
    ForeignKeyConstraint(["reverses"], ["receivable_act.act_id"], name="receivable_act_reversed"),
    CheckConstraint("act_id > 0", name="receivable_act_id"),
    CheckConstraint(
        "kind in ('payment', 'refund', 'write_off', 'settling', 'reversal')",
        name="receivable_act_kind",
    ),
    CheckConstraint(
        "amount_minor > 0 or (kind = 'settling' and amount_minor = 0)",
        name="receivable_act_amount",
    ),
    CheckConstraint(
        "account_minor = case kind when 'payment' then amount_minor when 'refund' then "
        "-amount_minor when 'reversal' then account_minor else 0 end",
        name="receivable_act_account",
    ),
    CheckConstraint(
        "account_minor in (amount_minor, -amount_minor, 0)", name="receivable_act_of_amount"
    ),
    CheckConstraint("(kind = 'reversal') = (reverses is not null)", name="receivable_act_reverses"),
    CheckConstraint(
        "(kind in ('payment', 'refund')) = (client_reference is not null)",
        name="receivable_act_named",
    ),
    CheckConstraint(
        "kind not in ('write_off', 'reversal') or length(trim(because)) > 0",
        name="receivable_act_because",
    ),
    CheckConstraint("minor_digits between 0 and 4", name="receivable_act_minor_digits"),
    Index("receivable_act_organization", "organization_id", "currency"),
)

settlement = Table(
    "settlement",
    metadata,
    Column("act_id", Identity, nullable=False, autoincrement=False),
    Column("number", String(60), nullable=False),
    Column("source", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("act_id", "number", "source", name="settlement_key"),
    ForeignKeyConstraint(["act_id"], ["receivable_act.act_id"], name="settlement_act"),
    ForeignKeyConstraint(
        ["number", "currency"],
        ["document.number", "document.currency"],
        name="settlement_document",
    ),
    CheckConstraint("source in ('money', 'write_off')", name="settlement_source"),
    CheckConstraint("amount_minor <> 0", name="settlement_amount"),
    Index("settlement_number", "number"),
)
