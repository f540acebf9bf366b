"""Receipts of top-ups, invoices that a balance paid, and when each balance is taxed."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards
from billing.books.migrations.versions.r0002_register import AMOUNTS
from billing.books.migrations.versions.r0003_register_guards import GUARDS as NUMBER_GUARDS
from billing.books.migrations.versions.r0009_credit_notes import COLUMNS as FIRST_COLUMNS
from billing.books.migrations.versions.r0017_top_up_documents import CHECKS as EARLIER_CHECKS
from billing.books.migrations.versions.r0017_top_up_documents import (
    CORRECTS,
    CREDITED,
    KEYS,
    MONTH,
    ONCE,
)

revision = "0019"
down_revision = "0018"

ABOUT_TOP_UPS = "kind in ('top_up_invoice', 'top_up_receipt')"
CHANGED = {
    "kind": "kind in ('invoice', 'statement', 'credit_note', 'top_up_invoice', 'top_up_receipt')",
    "top_up": f"({ABOUT_TOP_UPS}) = (top_up_id <> '')",
    "top_up_paid": f"not ({ABOUT_TOP_UPS}) or amount_due_minor = 0",
    "due_date": "kind <> 'invoice' or payment_mode = 'prepaid' or due_date is not null",
}
ADDED = {
    "receipt": "kind <> 'top_up_receipt' or tax_minor = 0",
    "balance_paid": "kind <> 'invoice' or payment_mode <> 'prepaid' or amount_due_minor = 0",
}
CHECKS = {**EARLIER_CHECKS, **CHANGED, **ADDED}
COLUMNS = f"{FIRST_COLUMNS}, corrects_number, top_up_id"


def upgrade() -> None:
    """Let documents be receipts and invoices of consumption; say when each balance is taxed."""
    dialect = op.get_context().dialect.name
    for statement in _postgresql() if dialect == "postgresql" else _sqlite(dialect):
        op.execute(statement)
    _create_balance_tax(dialect)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _postgresql() -> Iterator[str]:
    for name in CHANGED:
        yield f"alter table document drop constraint document_{name}"
    for name, check in {**CHANGED, **ADDED}.items():
        yield f"alter table document add constraint document_{name} check ({check})"


def _sqlite(dialect: str) -> Iterator[str]:
    """Build the table anew, for SQLite cannot change a constraint; its triggers go with it."""
    yield "pragma legacy_alter_table = on"
    _create_document("document_rebuilt")
    yield f"insert into document_rebuilt ({COLUMNS}) select {COLUMNS} from document"
    yield "drop table document"
    yield "alter table document_rebuilt rename to document"
    yield "pragma legacy_alter_table = off"
    for column in ("corrects_number", "top_up_id"):
        yield f"create index document_{column} on document ({column})"
    yield from guards.append_only(dialect, "document", KEYS)
    for guard in (*NUMBER_GUARDS, CREDITED, CORRECTS, ONCE):
        if guard.table == "document":
            yield from guards.refuse(dialect, guard)


def _create_document(name: str) -> None:
    month, series = MONTH[:2], ("seller_id", "kind", "year")
    op.create_table(
        name,
        *map(_column, COLUMNS.split(", ")),
        sa.PrimaryKeyConstraint("number", name="document_key"),
        sa.UniqueConstraint(*series, "serial", name="document_series"),
        sa.UniqueConstraint(*MONTH, name="document_month"),
        sa.UniqueConstraint("number", "currency", name="document_currency"),
        sa.ForeignKeyConstraint(
            month, [f"month_close.{column}" for column in month], name="document_close"
        ),
        sa.ForeignKeyConstraint(
            series,
            [f"number_series.{column}" for column in series],
            name="document_number_series",
        ),
        *(
            sa.CheckConstraint(check, name=f"document_{check_name}")
            for check_name, check in CHECKS.items()
        ),
    )


def _column(name: str) -> sa.Column[Any]:
    texts = {"number": 60, "seller_id": 200, "kind": 20, "organization_id": 200}
    texts |= {"payment_mode": 20, "zone": 60, "currency": 3, "sha256": 64}
    texts |= {"corrects_number": 60, "top_up_id": 200}
    kind: sa.types.TypeEngine[Any] = sa.Integer()
    if name in texts:
        kind = sa.String(texts[name])
    elif name in {"billing_month", "issue_date", "due_date"}:
        kind = sa.Date()
    elif name == "frozen":
        kind = sa.Text()
    elif name in {f"{amount}_minor" for amount in AMOUNTS}:
        kind = sa.BigInteger()
    default = "" if name in {"corrects_number", "top_up_id"} else None
    return sa.Column(name, kind, nullable=name == "due_date", server_default=default)


def _create_balance_tax(dialect: str) -> None:
    """Remember when a balance is taxed; what was posted before was taxed as it was paid in."""
    month = ["organization_id", "billing_month"]
    op.create_table(
        "balance_tax",
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("tax_at", sa.String(20), nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="balance_tax_key"),
        sa.ForeignKeyConstraint(
            month, [f"month_close.{name}" for name in month], name="balance_tax_close"
        ),
        sa.CheckConstraint("tax_at in ('top_up', 'consumption')", name="balance_tax_at"),
    )
    op.execute(
        "insert into balance_tax (organization_id, tax_at, billing_month) "
        "select organization_id, 'top_up', min(billing_month) from balance_entry "
        "group by organization_id"
    )
    for statement in guards.append_only(dialect, "balance_tax", [("organization_id",)]):
        op.execute(statement)
