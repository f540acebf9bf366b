"""What a document taxed in each group, and what lay above a maximum or was covered by credits."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0010"
down_revision = "0009"

Content = Mapping[str, Any]
KINDS = {"maximum": "maximum", "coupon": "credit", "promotional": "credit", "service": "credit"}
TAX = ("number", "category", "rate", "taxable_minor", "tax_minor")
ALLOWANCE = ("number", "kind", "amount_minor")


def upgrade() -> None:
    """Keep beside each document what a credit note on it has to know, and fill it."""
    dialect = op.get_context().dialect.name
    tax = op.create_table(
        "document_tax",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("category", sa.String(10), nullable=False),
        sa.Column("rate", sa.String(20), nullable=False),
        sa.Column("taxable_minor", sa.BigInteger, nullable=False),
        sa.Column("tax_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", "category", "rate", name="document_tax_key"),
        sa.ForeignKeyConstraint(["number"], ["document.number"], name="document_tax_document"),
    )
    allowance = op.create_table(
        "document_allowance",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", "kind", name="document_allowance_key"),
        sa.ForeignKeyConstraint(
            ["number"], ["document.number"], name="document_allowance_document"
        ),
        sa.CheckConstraint("kind in ('maximum', 'credit')", name="document_allowance_kind"),
        sa.CheckConstraint("amount_minor > 0", name="document_allowance_amount"),
    )
    if not op.get_context().as_sql:
        _fill(tax, allowance)
    keys = {"document_tax": TAX[:3], "document_allowance": ALLOWANCE[:2]}
    for table, key in keys.items():
        for statement in guards.append_only(dialect, table, [key]):
            op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _fill(tax: sa.Table, allowance: sa.Table) -> None:
    filed = op.get_bind().execute(sa.text("select number, frozen from document")).all()
    documents = [(str(row.number), json.loads(row.frozen)) for row in filed]
    taxes = [row for number, content in documents for row in _taxes(number, content)]
    allowances = [row for number, content in documents for row in _allowances(number, content)]
    for table, names, rows in ((tax, TAX, taxes), (allowance, ALLOWANCE, allowances)):
        op.bulk_insert(table, [dict(zip(names, row, strict=True)) for row in rows])


def _taxes(number: str, content: Content) -> Iterator[tuple[object, ...]]:
    for group in content.get("taxes", ()):
        amounts = (_minor(group[name], content) for name in ("taxable_amount", "tax_amount"))
        yield number, group["category"], group["rate"], *amounts


def _allowances(number: str, content: Content) -> Iterator[tuple[object, ...]]:
    sums: dict[str, int] = {}
    for row in content.get("allowances", ()):
        kind = KINDS.get(row["kind"], "")
        sums[kind] = sums.get(kind, 0) + _minor(row["amount"], content)
    for kind, amount in sums.items():
        if kind and amount > 0:
            yield number, kind, amount


def _minor(amount: str, content: Content) -> int:
    return int(Decimal(amount).scaleb(content["minor_digits"]))
