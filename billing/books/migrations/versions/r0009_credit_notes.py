"""Credit notes: what they correct, never more than was billed; who billed which month; amendments."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards
from billing.books.migrations.versions.r0002_register import AMOUNTS, DOCUMENT_CHECKS
from billing.books.migrations.versions.r0003_register_guards import GUARDS as NUMBER_GUARDS

revision = "0009"
down_revision = "0008"

CORRECTS = "kind = 'credit_note' or corrects_number = ''"
CORRECTED = "select 1 from document as corrected where corrected.number = new.corrects_number"
SAME_BUYER = " and ".join(
    f"corrected.{column} = new.{column}"
    for column in ("seller_id", "organization_id", "payment_mode", "currency")
)
CORRECTS_NOTHING = (
    f"new.kind = 'credit_note' and not exists ({CORRECTED} and corrected.kind = 'invoice' "
    f"and corrected.billing_month < new.billing_month and {SAME_BUYER})"
)
GIVES_TOO_MUCH = (
    "new.kind = 'credit_note' and new.total_minor + coalesce((select sum(total_minor) "
    "from document where corrects_number = new.corrects_number), 0) > "
    "(select total_minor from document where number = new.corrects_number)"
)
BELOW_ZERO = "new.kind = 'credit_note' and new.total_minor < 0"
DOCUMENT_GUARDS = (
    guards.Guard(
        "document",
        "corrects",
        "insert",
        CORRECTS_NOTHING,
        "a credit note corrects an earlier invoice of the same customer and currency",
    ),
    guards.Guard(
        "document",
        "credited",
        "insert",
        f"{BELOW_ZERO} or {GIVES_TOO_MUCH}",
        "credit notes never give back more than their invoice billed",
    ),
)
MONTH = ("organization_id", "billing_month", "payment_mode", "kind")
DOCUMENT_KEYS = [("number",), ("seller_id", "kind", "year", "serial"), (*MONTH, "corrects_number")]
COLUMNS = (
    "number, seller_id, kind, year, serial, organization_id, billing_month, payment_mode, zone, "
    f"currency, minor_digits, {', '.join(f'{name}_minor' for name in AMOUNTS)}, issue_date, "
    "due_date, sha256, frozen"
)


def upgrade() -> None:
    """Let a month have one credit note for each invoice it corrects, and guard their sums."""
    dialect = op.get_context().dialect.name
    statements = _postgresql() if dialect == "postgresql" else _sqlite(dialect)
    for statement in statements:
        op.execute(statement)
    for guard in DOCUMENT_GUARDS:
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)
    _create_billed_month(dialect)
    _create_amendment(dialect)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _postgresql() -> Iterator[str]:
    yield "alter table document add column corrects_number varchar(60) not null default ''"
    yield f"alter table document add constraint document_corrects check ({CORRECTS})"
    yield "alter table document drop constraint document_month"
    yield (
        "alter table document add constraint document_month "
        f"unique ({', '.join(MONTH)}, corrects_number)"
    )


def _sqlite(dialect: str) -> Iterator[str]:
    """Build the table anew, for SQLite cannot change a constraint; its triggers go with it."""
    yield "pragma legacy_alter_table = on"
    _create_document("document_rebuilt")
    yield f"insert into document_rebuilt ({COLUMNS}) select {COLUMNS} from document"
    yield "drop table document"
    yield "alter table document_rebuilt rename to document"
    yield "pragma legacy_alter_table = off"
    yield from guards.append_only(dialect, "document", DOCUMENT_KEYS)
    for guard in NUMBER_GUARDS:
        if guard.table == "document":
            yield from guards.refuse(dialect, guard)


def _create_document(name: str) -> None:
    texts = {"number": 60, "seller_id": 200, "kind": 20, "organization_id": 200}
    texts |= {"payment_mode": 20, "zone": 60, "currency": 3, "sha256": 64}
    dates = {"billing_month", "issue_date", "due_date"}
    columns = [
        sa.Column(
            column,
            sa.String(texts[column])
            if column in texts
            else sa.Date()
            if column in dates
            else sa.Text()
            if column == "frozen"
            else sa.BigInteger()
            if column.endswith("_minor")
            else sa.Integer(),
            nullable=column == "due_date",
        )
        for column in COLUMNS.split(", ")
    ]
    series, month = ("seller_id", "kind", "year"), MONTH[:2]
    op.create_table(
        name,
        *columns,
        sa.Column("corrects_number", sa.String(60), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name="document_key"),
        sa.UniqueConstraint(*series, "serial", name="document_series"),
        sa.UniqueConstraint(*MONTH, "corrects_number", name="document_month"),
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
            for check_name, check in {**DOCUMENT_CHECKS, "corrects": CORRECTS}.items()
        ),
    )


def _create_billed_month(dialect: str) -> None:
    """Remember which months' usage a document bills; earlier ones are taken to bill their own."""
    op.create_table(
        "billed_month",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("service_month", sa.Date, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", "service_month", name="billed_month_key"),
        sa.ForeignKeyConstraint(["number"], ["document.number"], name="billed_month_document"),
    )
    op.execute(
        "insert into billed_month (number, service_month, amount_minor) "
        "select number, billing_month, subtotal_minor from document"
    )
    for statement in guards.append_only(dialect, "billed_month", [("number", "service_month")]):
        op.execute(statement)


def _create_amendment(dialect: str) -> None:
    """Remember which month's documents carried what an amendment changed: it is done once."""
    month = ["organization_id", "billing_month"]
    op.create_table(
        "amendment",
        sa.Column("amendment_id", sa.String(200), nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("service_month", sa.Date, nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("amendment_id", name="amendment_key"),
        sa.ForeignKeyConstraint(
            month, [f"month_close.{name}" for name in month], name="amendment_close"
        ),
        sa.CheckConstraint("service_month < billing_month", name="amendment_reaches_back"),
    )
    for statement in guards.append_only(dialect, "amendment", [("amendment_id",)]):
        op.execute(statement)
