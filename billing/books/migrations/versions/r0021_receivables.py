"""What customers paid and which invoices it settles; single payments of invoices become this."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from billing.books.migrations import guards

revision = "0021"
down_revision = "0020"

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OWN = "{table}organization_id = {row}.organization_id and {table}currency = {row}.currency"
CREDITED = (
    "(select coalesce(sum(n.total_minor), 0) from document as n where n.kind = 'credit_note' "
    "and n.corrects_number = d.number)"
)
GIVEN_BACK = (
    f"(select coalesce(sum(case when {CREDITED} > d.amount_due_minor then {CREDITED} - "
    "d.amount_due_minor else 0 end), 0) from document as d where d.kind = 'invoice' "
    "and d.payment_mode <> 'prepaid' and {own})"
)
PAID_IN = "(select coalesce(sum(a.account_minor), 0) from receivable_act as a where {own})"
USED = (
    "(select coalesce(sum(s.amount_minor), 0) from settlement as s join receivable_act as a "
    "on a.act_id = s.act_id where s.source = 'money' and {own})"
)
SAME_CUSTOMER = (
    "{table}currency = new.currency and {table}organization_id = "
    "(select organization_id from receivable_act where act_id = new.act_id)"
)


def _there(own: str) -> str:
    """SQL: what is on the account of a customer, who is `own` with `{table}` before his columns."""
    paid_in, used = (each.format(own=own.format(table="a.", row="new")) for each in (PAID_IN, USED))
    given_back = GIVEN_BACK.format(own=own.format(table="d.", row="new"))
    return f"{paid_in} + {given_back} - {used}"


SETTLED = "(select coalesce(sum(amount_minor), 0) from settlement where number = new.number{also})"
OWED = (
    "(select amount_due_minor from document where number = new.number) - (select "
    "coalesce(sum(total_minor), 0) from document where kind = 'credit_note' "
    "and corrects_number = new.number)"
)
ACT_OVERDRAWS = f"new.account_minor < 0 and new.account_minor + {_there(OWN)} < 0"
SETTLEMENT_OVERDRAWS = (
    f"new.amount_minor > 0 and new.source = 'money' and new.amount_minor > {_there(SAME_CUSTOMER)}"
)
NOT_ITS_OPPOSITE = (
    "new.kind = 'reversal' and not exists (select 1 from receivable_act as a where "
    "a.act_id = new.reverses and a.organization_id = new.organization_id and "
    "a.currency = new.currency and a.amount_minor = new.amount_minor and "
    "a.account_minor = -new.account_minor and a.kind in ('payment', 'refund', 'write_off'))"
)
NOT_HIS_INVOICE = (
    "not exists (select 1 from document join receivable_act on document.organization_id = "
    "receivable_act.organization_id and document.currency = receivable_act.currency "
    "where document.number = new.number and receivable_act.act_id = new.act_id "
    "and document.kind = 'invoice' and document.payment_mode <> 'prepaid')"
)
TOO_MUCH = f"new.amount_minor > 0 and new.amount_minor + {SETTLED.format(also='')} > {OWED}"
TOO_LITTLE = f"new.amount_minor + {SETTLED.format(also=' and source = new.source')} < 0"
MORE_THAN_THERE_IS = "more than the customer has on account"
GUARDS = (
    guards.Guard(
        "receivable_act",
        "opposite",
        "insert",
        NOT_ITS_OPPOSITE,
        "a reversal is the opposite of a payment, refund or write-off of the same customer",
    ),
    guards.Guard("receivable_act", "on_account", "insert", ACT_OVERDRAWS, MORE_THAN_THERE_IS),
    guards.Guard("settlement", "on_account", "insert", SETTLEMENT_OVERDRAWS, MORE_THAN_THERE_IS),
    guards.Guard(
        "settlement", "his", "insert", NOT_HIS_INVOICE, "no payable invoice of this customer"
    ),
    guards.Guard("settlement", "open", "insert", TOO_MUCH, "more than is open of the invoice"),
    guards.Guard(
        "settlement", "taken_back", "insert", TOO_LITTLE, "more than was settled of the invoice"
    ),
)
ACTS = """
insert into receivable_act (organization_id, kind, currency, minor_digits, amount_minor,
    account_minor, occurred_at, recorded_at, client_reference, because)
select d.organization_id, 'payment', p.currency, d.minor_digits, sum(p.amount_minor),
    sum(p.amount_minor), min(p.paid_at), min(p.paid_at), p.reference, ''
from payment as p join document as d on d.number = p.number
group by d.organization_id, p.currency, d.minor_digits, p.reference
order by min(p.payment_id)
"""
SETTLEMENTS = """
insert into settlement (act_id, number, source, currency, amount_minor)
select a.act_id, p.number, 'money', p.currency, p.amount_minor
from payment as p join document as d on d.number = p.number
join receivable_act as a on a.organization_id = d.organization_id
    and a.currency = p.currency and a.client_reference = p.reference
where d.amount_due_minor > 0
"""
REFERENCE = ("organization_id", "currency", "client_reference")


def upgrade() -> None:
    """Create the tables, take over the payments that are there, and guard them."""
    _create_acts()
    _create_settlements()
    for statement in (ACTS, SETTLEMENTS, "drop table payment"):
        op.execute(statement)
    dialect = op.get_context().dialect.name
    keys: dict[str, Sequence[Sequence[str]]] = {
        "receivable_act": [("act_id",), REFERENCE, ("reverses",)],
        "settlement": [("act_id", "number", "source")],
    }
    for guard in GUARDS:
        for statement in guards.refuse(dialect, guard):
            op.execute(statement)
    for table, own in keys.items():
        for statement in guards.append_only(dialect, table, own):
            op.execute(statement)


def downgrade() -> None:
    """Refuse: there is no way back."""
    raise NotImplementedError("The books do not unlearn decisions.")


def _create_acts() -> None:
    checks = {
        "id": "act_id > 0",
        "kind": "kind in ('payment', 'refund', 'write_off', 'settling', 'reversal')",
        "amount": "amount_minor > 0 or (kind = 'settling' and amount_minor = 0)",
        "account": "account_minor = case kind when 'payment' then amount_minor when 'refund' then "
        "-amount_minor when 'reversal' then account_minor else 0 end",
        "of_amount": "account_minor in (amount_minor, -amount_minor, 0)",
        "reverses": "(kind = 'reversal') = (reverses is not null)",
        "named": "(kind in ('payment', 'refund')) = (client_reference is not null)",
        "because": "kind not in ('write_off', 'reversal') or length(trim(because)) > 0",
        "minor_digits": "minor_digits between 0 and 4",
    }
    op.create_table(
        "receivable_act",
        sa.Column("act_id", IDENTITY, nullable=False),
        sa.Column("organization_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor_digits", sa.Integer, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("account_minor", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_reference", sa.String(200), nullable=True),
        sa.Column("reverses", IDENTITY, nullable=True),
        sa.Column("because", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("act_id", name="receivable_act_key"),
        sa.UniqueConstraint(*REFERENCE, name="receivable_act_reference"),
        sa.UniqueConstraint("reverses", name="receivable_act_reversed_once"),
        sa.ForeignKeyConstraint(
            ["reverses"], ["receivable_act.act_id"], name="receivable_act_reversed"
        ),
        *(
            sa.CheckConstraint(check, name=f"receivable_act_{name}")
            for name, check in checks.items()
        ),
    )
    op.create_index(
        "receivable_act_organization", "receivable_act", ["organization_id", "currency"]
    )


def _create_settlements() -> None:
    document = ["number", "currency"]
    op.create_table(
        "settlement",
        sa.Column("act_id", IDENTITY, nullable=False, autoincrement=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("act_id", "number", "source", name="settlement_key"),
        sa.ForeignKeyConstraint(["act_id"], ["receivable_act.act_id"], name="settlement_act"),
        sa.ForeignKeyConstraint(
            document, [f"document.{name}" for name in document], name="settlement_document"
        ),
        sa.CheckConstraint("source in ('money', 'write_off')", name="settlement_source"),
        sa.CheckConstraint("amount_minor <> 0", name="settlement_amount"),
    )
    op.create_index("settlement_number", "settlement", ["number"])
