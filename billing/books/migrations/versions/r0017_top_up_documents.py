"""Invoices of top-ups: many in a month, one for each top-up ever, and credit notes on them."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards
from billing.books.migrations.versions.r0002_register import AMOUNTS, DOCUMENT_CHECKS
from billing.books.migrations.versions.r0003_register_guards import GUARDS as NUMBER_GUARDS
from billing.books.migrations.versions.r0009_credit_notes import (
    COLUMNS,
    CORRECTED,
    DOCUMENT_GUARDS,
    SAME_BUYER,
)

revision = "0017"
down_revision = "0016"

KIND = "kind in ('invoice', 'statement', 'credit_note', 'top_up_invoice')"
CHECKS = {
    **DOCUMENT_CHECKS,
    "kind": KIND,
    "corrects": "kind = 'credit_note' or corrects_number = ''",
    "top_up": "(kind = 'top_up_invoice') = (top_up_id <> '')",
    "top_up_paid": "kind <> 'top_up_invoice' or amount_due_minor = 0",
}
MONTH = ("organization_id", "billing_month", "payment_mode", "kind", "corrects_number", "top_up_id")
KEYS = [("number",), ("seller_id", "kind", "year", "serial"), MONTH]
CORRECTS = guards.Guard(
    "document",
    "corrects",
    "insert",
    f"new.kind = 'credit_note' and not exists ({CORRECTED} and {SAME_BUYER} and "
    "((corrected.kind = 'invoice' and corrected.billing_month < new.billing_month) or "
    "(corrected.kind = 'top_up_invoice' and corrected.billing_month <= new.billing_month)))",
    "a credit note corrects an earlier invoice of the same customer and currency",
)
ONCE = guards.Guard(
    "document",
    "top_up_once",
    "insert",
    "new.top_up_id <> '' and exists "
    "(select 1 from document as other where other.top_up_id = new.top_up_id)",
    "a top-up has one document",
)
CREDITED = next(guard for guard in DOCUMENT_GUARDS if guard.name == "credited")


def upgrade() -> None:
    """Let a month have one document for each top-up, and each top-up one document."""
    dialect = op.get_context().dialect.name
    for statement in _postgresql() if dialect == "postgresql" else _sqlite(dialect):
        op.execute(statement)
    op.create_index("document_top_up_id", "document", ["top_up_id"])
    for guard in (CORRECTS, ONCE):
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _postgresql() -> Iterator[str]:
    yield "alter table document add column top_up_id varchar(200) not null default ''"
    for name in ("month", "kind"):
        yield f"alter table document drop constraint document_{name}"
    yield f"alter table document add constraint document_month unique ({', '.join(MONTH)})"
    for name in ("kind", "top_up", "top_up_paid"):
        yield f"alter table document add constraint document_{name} check ({CHECKS[name]})"
    yield f"drop trigger {CORRECTS.trigger} on document"
    yield f"drop function {CORRECTS.trigger}()"


def _sqlite(dialect: str) -> Iterator[str]:
    """Build the table anew, for SQLite cannot change a constraint; its triggers go with it."""
    columns = f"{COLUMNS}, corrects_number"
    yield "pragma legacy_alter_table = on"
    _create_document("document_rebuilt")
    yield f"insert into document_rebuilt ({columns}) select {columns} from document"
    yield "drop table document"
    yield "alter table document_rebuilt rename to document"
    yield "pragma legacy_alter_table = off"
    yield "create index document_corrects_number on document (corrects_number)"
    yield from guards.append_only(dialect, "document", KEYS)
    for guard in (*NUMBER_GUARDS, CREDITED):
        if guard.table == "document":
            yield from guards.refuse(dialect, guard)


def _create_document(name: str) -> None:
    month, series = MONTH[:2], ("seller_id", "kind", "year")
    op.create_table(
        name,
        *map(_column, COLUMNS.split(", ")),
        sa.Column("corrects_number", sa.String(60), nullable=False, server_default=""),
        sa.Column("top_up_id", sa.String(200), nullable=False, server_default=""),
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
    kind: sa.types.TypeEngine[Any] = sa.Integer()
    if name in texts:
        kind = sa.String(texts[name])
    elif name in {"billing_month", "issue_date", "due_date"}:
        kind = sa.Date()
    elif name == "frozen":
        kind = sa.Text()
    elif name in {f"{amount}_minor" for amount in AMOUNTS}:
        kind = sa.BigInteger()
    return sa.Column(name, kind, nullable=name == "due_date")
