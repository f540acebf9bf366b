"""The register: numbers, finalized documents, prepaid balances and payments."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AMOUNTS = ("subtotal", "discount", "taxable", "tax", "total", "prepaid", "amount_due")
DOCUMENT_CHECKS = {
    "kind": "kind in ('invoice', 'statement', 'credit_note')",
    "payment_mode": "payment_mode in ('enterprise', 'prepaid', 'subscription')",
    "serial": "serial > 0",
    "minor_digits": "minor_digits between 0 and 4",
    "sha256": "length(sha256) = 64",
    "taxable": "taxable_minor = subtotal_minor - discount_minor",
    "total": "total_minor = subtotal_minor - discount_minor + tax_minor",
    "amount_due": "amount_due_minor = total_minor - prepaid_minor",
    "due_date": "kind <> 'invoice' or due_date is not null",
}
BALANCE_CHECKS = {
    "id": "entry_id > 0",
    "kind": "kind in ('top_up', 'consumption', 'remainder')",
    "remainder": "kind <> 'remainder' or amount_minor = 0",
    "top_up": "kind <> 'top_up' or amount_minor > 0",
}


def upgrade() -> None:
    """Create the tables of the register."""
    op.create_table(
        "number_series",
        sa.Column("seller_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("last_serial", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "kind", "year", name="number_series_key"),
        sa.CheckConstraint("last_serial >= 0", name="number_series_last_serial"),
    )
    op.create_table("document", *_document_columns(), *_document_constraints())
    _create_document_report()
    _create_balance_entry()
    _create_payment()


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _document_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("seller_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.Column("payment_mode", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor_digits", sa.Integer, nullable=False),
        *(sa.Column(f"{name}_minor", sa.BigInteger, nullable=False) for name in AMOUNTS),
        sa.Column("issue_date", sa.Date, nullable=False),
        sa.Column("due_date", sa.Date, nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("frozen", sa.Text, nullable=False),
    ]


def _document_constraints() -> list[sa.Constraint]:
    series = ["seller_id", "kind", "year"]
    month = ["organization_id", "billing_month"]
    return [
        sa.PrimaryKeyConstraint("number", name="document_key"),
        sa.UniqueConstraint(*series, "serial", name="document_series"),
        sa.UniqueConstraint(*month, "payment_mode", "kind", name="document_month"),
        sa.UniqueConstraint("number", "currency", name="document_currency"),
        sa.ForeignKeyConstraint(
            month, [f"month_close.{name}" for name in month], name="document_close"
        ),
        sa.ForeignKeyConstraint(
            series, [f"number_series.{name}" for name in series], name="document_number_series"
        ),
        *(
            sa.CheckConstraint(check, name=f"document_{name}")
            for name, check in DOCUMENT_CHECKS.items()
        ),
    ]


def _create_document_report() -> None:
    op.create_table(
        "document_report",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("frozen", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", "name", name="document_report_key"),
        sa.ForeignKeyConstraint(["number"], ["document.number"], name="document_report_document"),
        sa.CheckConstraint("name in ('usage', 'cost')", name="document_report_name"),
        sa.CheckConstraint("length(sha256) = 64", name="document_report_sha256"),
    )


def _create_balance_entry() -> None:
    op.create_table(
        "balance_entry",
        sa.Column("entry_id", IDENTITY, nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("billing_month", sa.Date, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("exact_remainder", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="balance_entry_key"),
        sa.UniqueConstraint("kind", "reference", name="balance_entry_reference"),
        sa.ForeignKeyConstraint(
            ["organization_id", "billing_month"],
            ["month_close.organization_id", "month_close.billing_month"],
            name="balance_entry_close",
        ),
        *(
            sa.CheckConstraint(check, name=f"balance_entry_{name}")
            for name, check in BALANCE_CHECKS.items()
        ),
    )


def _create_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("payment_id", IDENTITY, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("paid_at", INSTANT, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name="payment_key"),
        sa.UniqueConstraint("number", "reference", name="payment_reference"),
        sa.ForeignKeyConstraint(
            ["number", "currency"],
            ["document.number", "document.currency"],
            name="payment_document",
        ),
        sa.CheckConstraint("amount_minor > 0", name="payment_amount"),
        sa.CheckConstraint("payment_id > 0", name="payment_id"),
    )
