"""What takes money from balances or moves it, ends of lots, and lots as closed months left them."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0014"
down_revision = "0013"

INSTANT = sa.DateTime(timezone=True)
IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACCOUNTS = {
    "top_up": ("cash", "purchased"),
    "grant": ("promotion", "promotional"),
    "refund": ("purchased", "cash"),
    "transfer": ("purchased", "purchased"),
    "overdraft": ("loss", "purchased"),
    "rest": ("purchased", "gain"),
}
TRANSFER_CHECKS = {
    "amount": "amount_minor > 0",
    "digits": "minor_digits between 0 and 4",
    "named": "length(trim(client_reference)) > 0",
    "accounts": " or ".join(
        f"(kind = '{kind}' and debit_account = '{debit}' and credit_account = '{credit}')"
        for kind, (debit, credit) in ACCOUNTS.items()
    ),
    "sides": (
        "(kind = 'transfer') = (to_organization_id <> '') and to_organization_id <> organization_id"
    ),
    "end": (
        "expires_at is null "
        "or (kind in ('top_up', 'grant', 'transfer') and expires_at > occurred_at)"
    ),
}
ENTRY_CHECKS = {
    "id": "entry_id > 0",
    "kind": (
        "kind in ('top_up', 'transfer_in', 'consumption', 'remainder', 'refund', 'transfer_out', "
        "'write_off', 'expiry')"
    ),
    "remainder": "kind <> 'remainder' or amount_minor = 0",
    "top_up": "kind not in ('top_up', 'transfer_in') or amount_minor > 0",
    "taken": "kind not in ('refund', 'transfer_out', 'expiry') or amount_minor < 0",
    "write_off": "kind <> 'write_off' or amount_minor <> 0",
}
LOT_CHECKS = {
    "kind": "kind in ('promotional', 'purchased')",
    "named": "lot_id <> ''",
    "amount": "amount_minor > 0",
    "end": "expires_at is null or expires_at > occurred_at",
}
LOT_ENTRY_CHECKS = {
    "id": "entry_id > 0",
    "kind": ("kind in ('granted', 'consumption', 'refund', 'transfer_out', 'write_off', 'expiry')"),
    "granted": "lot_id = '' or kind <> 'granted' or amount_minor > 0",
    "taken": "lot_id = '' or kind = 'granted' or amount_minor <= 0",
}
LOT_GUARDS = (
    guards.Guard(
        "lot_entry",
        "known",
        "insert",
        "new.lot_id <> '' and not exists (select 1 from balance_lot where lot_id = new.lot_id "
        "and organization_id = new.organization_id and currency = new.currency)",
        "an entry is of a lot of the same customer and currency",
    ),
    guards.Guard(
        "lot_entry",
        "left",
        "insert",
        "new.lot_id <> '' and new.amount_minor + coalesce((select sum(amount_minor) "
        "from lot_entry where lot_id = new.lot_id), 0) < 0",
        "no more can be taken from a lot than is left of it",
    ),
    guards.Guard(
        "lot_entry",
        "order",
        "insert",
        "exists (select 1 from lot_entry where organization_id = new.organization_id "
        "and billing_month > new.billing_month)",
        "a later month has posted its lots already",
    ),
)
ENTRY_KEYS = [("entry_id",), ("kind", "reference")]
TRANSFER_KEYS = [("transfer_id",), ("organization_id", "client_reference")]


def upgrade() -> None:
    """Let balances know more kinds, and keep their lots."""
    dialect = op.get_context().dialect.name
    for statement in _postgresql() if dialect == "postgresql" else _sqlite(dialect):
        op.execute(statement)
    _create_lots(dialect)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _postgresql() -> Iterator[str]:
    yield "alter table ledger_transfer add column to_organization_id varchar(200) not null default ''"
    yield "alter table ledger_transfer add column expires_at timestamp with time zone"
    yield "alter table ledger_transfer drop constraint ledger_transfer_accounts"
    for name in ("accounts", "sides", "end"):
        check = TRANSFER_CHECKS[name]
        yield f"alter table ledger_transfer add constraint ledger_transfer_{name} check ({check})"
    for name in ("kind", "top_up"):
        yield f"alter table balance_entry drop constraint balance_entry_{name}"
    for name in ("kind", "top_up", "taken", "write_off"):
        check = ENTRY_CHECKS[name]
        yield f"alter table balance_entry add constraint balance_entry_{name} check ({check})"


def _sqlite(dialect: str) -> Iterator[str]:
    """Build the tables anew, for SQLite cannot change a constraint; triggers go with them."""
    yield "pragma legacy_alter_table = on"
    for table, create, keys in (
        ("ledger_transfer", _create_transfer, TRANSFER_KEYS),
        ("balance_entry", _create_entry, ENTRY_KEYS),
    ):
        columns = create(f"{table}_rebuilt")
        yield f"insert into {table}_rebuilt ({columns}) select {columns} from {table}"
        yield f"drop table {table}"
        yield f"alter table {table}_rebuilt rename to {table}"
        yield from guards.append_only(dialect, table, keys)
    yield "pragma legacy_alter_table = off"
    yield (
        "create index balance_entry_organization on balance_entry (organization_id, billing_month)"
    )


def _checks(table: str, checks: dict[str, str]) -> list[sa.Constraint]:
    return [sa.CheckConstraint(check, name=f"{table}_{name}") for name, check in checks.items()]


def _create_transfer(name: str) -> str:
    texts = {"transfer_id": 200, "organization_id": 200, "kind": 20}
    texts |= {"debit_account": 20, "credit_account": 20}
    columns: list[sa.Column[Any]] = [
        *(sa.Column(column, sa.String(size), nullable=False) for column, size in texts.items()),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("minor_digits", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("client_reference", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
    ]
    kept = ", ".join(column.name for column in columns)
    op.create_table(
        name,
        *columns,
        sa.Column("to_organization_id", sa.String(200), nullable=False, server_default=""),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("transfer_id", name="ledger_transfer_key"),
        sa.UniqueConstraint("organization_id", "client_reference", name="ledger_transfer_once"),
        *_checks("ledger_transfer", TRANSFER_CHECKS),
    )
    return kept


def _create_entry(name: str) -> str:
    columns: list[sa.Column[Any]] = [
        sa.Column("entry_id", IDENTITY, nullable=False),
        *_month_columns(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        *_amount_columns(),
    ]
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint("entry_id", name="balance_entry_key"),
        sa.UniqueConstraint("kind", "reference", name="balance_entry_reference"),
        _of_month("balance_entry"),
        *_checks("balance_entry", ENTRY_CHECKS),
    )
    return ", ".join(column.name for column in columns)


def _month_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
    ]


def _amount_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("exact_remainder", sa.Text, nullable=False),
    ]


def _of_month(table: str) -> sa.Constraint:
    month = ["organization_id", "billing_month"]
    return sa.ForeignKeyConstraint(
        month, [f"month_close.{column}" for column in month], name=f"{table}_close"
    )


def _create_lots(dialect: str) -> None:
    op.create_table(
        "balance_lot",
        sa.Column("lot_id", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", name="balance_lot_key"),
        *_checks("balance_lot", LOT_CHECKS),
    )
    op.create_table(
        "lot_entry",
        sa.Column("entry_id", IDENTITY, nullable=False),
        *_month_columns(),
        sa.Column("lot_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        *_amount_columns(),
        sa.PrimaryKeyConstraint("entry_id", name="lot_entry_key"),
        sa.UniqueConstraint(
            "organization_id", "lot_id", "billing_month", "kind", name="lot_entry_once"
        ),
        _of_month("lot_entry"),
        *_checks("lot_entry", LOT_ENTRY_CHECKS),
    )
    op.create_index("lot_entry_lot", "lot_entry", ["lot_id"])
    once = ("organization_id", "lot_id", "billing_month", "kind")
    for table, keys in (("balance_lot", [("lot_id",)]), ("lot_entry", [("entry_id",), once])):
        for statement in guards.append_only(dialect, table, keys):
            op.execute(statement)
    for guard in LOT_GUARDS:
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)
