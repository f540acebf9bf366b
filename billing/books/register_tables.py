"""The tables of numbers, finalized documents, prepaid balances and credits.

Here: SQLAlchemy Core tables as queries see them, on the same metadata as `tables`; a test
holds them equal to what the migrations build. Amounts are BIGINT minor units of the row's
currency. Add a table together with its migration. Keep out: queries and triggers.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from billing.books.columns import Identity, Month
from billing.books.tables import metadata

number_series = Table(
    "number_series",
    metadata,
    Column("seller_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("year", Integer, nullable=False, autoincrement=False),
    Column("last_serial", Integer, nullable=False),
    PrimaryKeyConstraint("seller_id", "kind", "year", name="number_series_key"),
    CheckConstraint("last_serial >= 0", name="number_series_last_serial"),
)

document = Table(
    "document",
    metadata,
    Column("number", String(60), nullable=False),
    Column("seller_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("payment_mode", String(20), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("minor_digits", Integer, nullable=False),
    Column("subtotal_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("taxable_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("prepaid_minor", BigInteger, nullable=False),
    Column("amount_due_minor", BigInteger, nullable=False),
    Column("issue_date", Date, nullable=False),
    Column("due_date", Date, nullable=True),
    Column("sha256", String(64), nullable=False),
    Column("frozen", Text, nullable=False),
    Column("corrects_number", String(60), nullable=False, server_default=""),
    Column("top_up_id", String(200), nullable=False, server_default=""),
    PrimaryKeyConstraint("number", name="document_key"),
    UniqueConstraint("seller_id", "kind", "year", "serial", name="document_series"),
    UniqueConstraint(
        "organization_id",
        "billing_month",
        "payment_mode",
        "kind",
        "corrects_number",
        "top_up_id",
        name="document_month",
    ),
    UniqueConstraint("number", "currency", name="document_currency"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="document_close",
    ),
    ForeignKeyConstraint(
        ["seller_id", "kind", "year"],
        ["number_series.seller_id", "number_series.kind", "number_series.year"],
        name="document_number_series",
    ),
    CheckConstraint(
        "kind in ('invoice', 'statement', 'credit_note', 'top_up_invoice', 'top_up_receipt')",
        name="document_kind",
    ),
    CheckConstraint(
        "payment_mode in ('enterprise', 'prepaid', 'subscription')", name="document_payment_mode"
    ),
    CheckConstraint("serial > 0", name="document_serial"),
    CheckConstraint("minor_digits between 0 and 4", name="document_minor_digits"),
    CheckConstraint("length(sha256) = 64", name="document_sha256"),
    CheckConstraint("taxable_minor = subtotal_minor - discount_minor", name="document_taxable"),
    CheckConstraint(
        "total_minor = subtotal_minor - discount_minor + tax_minor", name="document_total"
    ),
    CheckConstraint("amount_due_minor = total_minor - prepaid_minor", name="document_amount_due"),
    CheckConstraint(
        "kind <> 'invoice' or payment_mode = 'prepaid' or due_date is not null",
        name="document_due_date",
    ),
    CheckConstraint("kind = 'credit_note' or corrects_number = ''", name="document_corrects"),
    CheckConstraint(
        "(kind in ('top_up_invoice', 'top_up_receipt')) = (top_up_id <> '')",
        name="document_top_up",
    ),
    CheckConstraint(
        "not (kind in ('top_up_invoice', 'top_up_receipt')) or amount_due_minor = 0",
        name="document_top_up_paid",
    ),
    CheckConstraint("kind <> 'top_up_receipt' or tax_minor = 0", name="document_receipt"),
    CheckConstraint(
        "kind <> 'invoice' or payment_mode <> 'prepaid' or amount_due_minor = 0",
        name="document_balance_paid",
    ),
    Index("document_corrects_number", "corrects_number"),
    Index("document_top_up_id", "top_up_id"),
)

document_report = Table(
    "document_report",
    metadata,
    Column(
        "number",
        String(60),
        ForeignKey("document.number", name="document_report_document"),
        nullable=False,
    ),
    Column("name", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("frozen", Text, nullable=False),
    PrimaryKeyConstraint("number", "name", name="document_report_key"),
    CheckConstraint("name in ('usage', 'cost')", name="document_report_name"),
    CheckConstraint("length(sha256) = 64", name="document_report_sha256"),
)

billed_month = Table(
    "billed_month",
    metadata,
    Column("number", String(60), nullable=False),
    Column("service_month", Month(), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("number", "service_month", name="billed_month_key"),
    ForeignKeyConstraint(["number"], ["document.number"], name="billed_month_document"),
)

document_tax = Table(
    "document_tax",
    metadata,
    Column("number", String(60), nullable=False),
    Column("category", String(10), nullable=False),
    Column("rate", String(20), nullable=False),
    Column("taxable_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("number", "category", "rate", name="document_tax_key"),
    ForeignKeyConstraint(["number"], ["document.number"], name="document_tax_document"),
)

document_allowance = Table(
    "document_allowance",
    metadata,
    Column("number", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("number", "kind", name="document_allowance_key"),
    ForeignKeyConstraint(["number"], ["document.number"], name="document_allowance_document"),
    CheckConstraint("kind in ('maximum', 'credit')", name="document_allowance_kind"),
    CheckConstraint("amount_minor > 0", name="document_allowance_amount"),
)

amendment = Table(
    "amendment",
    metadata,
    Column("amendment_id", String(200), nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("service_month", Month(), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("amendment_id", name="amendment_key"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="amendment_close",
    ),
    CheckConstraint("service_month < billing_month", name="amendment_reaches_back"),
)

credit_use = Table(
    "credit_use",
    metadata,
    Column("use_id", Identity, nullable=False),
    Column("organization_id", String(200), nullable=False),
    Column("billing_month", Month(), nullable=False),
    Column("number", String(60), nullable=False),
    Column("credit_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("grant_month", Month(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("granted_minor", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("use_id", name="credit_use_key"),
    Index("credit_use_credit", "credit_id"),
    UniqueConstraint("number", "credit_id", name="credit_use_once"),
    ForeignKeyConstraint(
        ["organization_id", "billing_month"],
        ["month_close.organization_id", "month_close.billing_month"],
        name="credit_use_close",
    ),
    ForeignKeyConstraint(
        ["number", "currency"],
        ["document.number", "document.currency"],
        name="credit_use_document",
    ),
    CheckConstraint("use_id > 0", name="credit_use_id"),
    CheckConstraint(
        "kind in ('coupon', 'promotional', 'service', 'purchased', 'committed')",
        name="credit_use_kind",
    ),
    CheckConstraint("amount_minor > 0", name="credit_use_amount"),
    CheckConstraint("amount_minor <= granted_minor", name="credit_use_granted"),
    CheckConstraint("grant_month <= billing_month", name="credit_use_grant_month"),
)
