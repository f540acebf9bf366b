"""What the books decided, copied into the warehouse for dbt to read.

Here: the one way to write the schema `books` of the warehouse. Add a table when a model needs
another decision. Keep out: planning (`watermarks`, `amending`) and anything dbt could compute.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from billing.books import Books
from billing.boundaries import reached
from billing.invoicing.corrected import corrected_rows, rows_left
from billing.invoicing.watermarks import WatermarkPlan
from billing.money import minor_digits
from billing.periods import BillingMonth

AMENDED = (
    "billing_month date not null, organization_id varchar not null, "
    "payment_mode varchar not null, service_month date not null, model_id varchar not null, "
    "meter varchar not null, service_tier varchar not null, tax_category varchar not null, "
    "tax_rate decimal(9, 6) not null, net_amount decimal(38, 12) not null"
)
"""What an amended month came to, line by line: as filed, and as today's catalog rates it."""
CORRECTED = (
    "organization_id varchar not null, payment_mode varchar not null, "
    "billing_month date not null, corrects_month date not null"
)
TABLES = {
    "month_watermark": (
        "organization_id varchar not null, billing_month date not null, "
        "watermark integer not null, is_finalized boolean not null"
    ),
    "late_route": (
        "organization_id varchar not null, service_month date not null, "
        "after_sequence integer not null, up_to_sequence integer not null, "
        "billing_month date not null"
    ),
    "opening_balance": (
        "organization_id varchar not null, billing_month date not null, "
        "opening_amount decimal(28, 3) not null"
    ),
    "corrected_document": (
        "organization_id varchar not null, payer varchar not null, service_month date not null, "
        "billing_month date not null, corrects_month date not null, number varchar not null, "
        "issue_date date not null, left_amount decimal(28, 3) not null, notes integer not null"
    ),
    "corrected_tax": (
        f"{CORRECTED}, tax_category varchar not null, tax_rate decimal(9, 6) not null, "
        "taxable_left_amount decimal(28, 3) not null, tax_left_amount decimal(28, 3) not null"
    ),
    "corrected_allowance": (
        f"{CORRECTED}, allowance_kind varchar not null, left_amount decimal(28, 3) not null"
    ),
    "amendment": (
        "amendment_id varchar not null, organization_id varchar not null, "
        "service_month date not null, billing_month date not null, reason varchar not null"
    ),
    "billed_line": f"number varchar not null, {AMENDED}",
    "rerated_line": f"rated_month date not null, {AMENDED}",
    "credit_used": (
        "organization_id varchar not null, billing_month date not null, "
        "credit_id varchar not null, grant_month date not null, "
        "granted_amount decimal(28, 3) not null, used_amount decimal(28, 3) not null"
    ),
    "billed_net": (
        "organization_id varchar not null, billing_month date not null, "
        "billed_month date not null, net_amount decimal(28, 3) not null"
    ),
}
AMENDING = ("amendment", "billed_line", "rerated_line")
"""What `amending` fills where an amendment is due."""
TOP_UPS = """
select top_ups.organization_id, top_ups.top_up_id, top_ups.amount, top_ups.occurred_at,
    top_ups.currency, billing_profiles.zone
from catalog.top_ups
inner join catalog.billing_profiles
    on top_ups.organization_id = billing_profiles.organization_id
order by top_ups.organization_id, top_ups.top_up_id
"""


@dataclass(frozen=True)
class TopUp:
    """A top-up of the catalog, seen from a month that starts at `month_start`."""

    organization_id: str
    top_up_id: str
    amount: Decimal
    occurred_at: datetime
    month_start: datetime
    is_posted: bool
    currency: str

    @property
    def minor(self) -> int:
        """The amount in minor units; the catalog refuses one with more decimals."""
        return int(self.amount.scaleb(minor_digits(self.currency)))


def write_snapshot(
    connection: duckdb.DuckDBPyConnection, books: Books, plan: WatermarkPlan
) -> None:
    """Replace the schema `books` by what `plan` and the posted balances say.

    Reads catalog.billing_profiles and catalog.top_ups, so the catalog is loaded before.
    """
    watermarks = [
        (each.organization_id, each.billing_month.first_day, each.sequence, each.is_finalized)
        for each in plan.watermarks
    ]
    routes = [
        (
            route.organization_id,
            route.service_month.first_day,
            route.after_sequence,
            route.up_to_sequence,
            route.billing_month.first_day,
        )
        for route in plan.routes()
    ]
    corrected = books.corrected_documents(plan.month)
    connection.begin()
    try:
        connection.execute("create schema if not exists books")
        replace_table(connection, "month_watermark", watermarks)
        replace_table(connection, "late_route", routes)
        replace_table(connection, "opening_balance", _opening_balances(connection, books, plan))
        replace_table(connection, "credit_used", _credits_used(books, plan.month))
        replace_table(connection, "billed_net", _billed_nets(books, plan.month))
        replace_table(connection, "corrected_document", corrected_rows(corrected, plan.month))
        for table, rows in rows_left(corrected, plan.month).items():
            replace_table(connection, table, rows)
        for table in AMENDING:
            replace_table(connection, table, [])
    except BaseException:
        connection.rollback()
        raise
    reached("snapshot.before_commit")
    connection.commit()
    reached("snapshot.after_commit")


def replace_table(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Replace one table of schema `books`."""
    connection.execute(f"create or replace table books.{table} ({TABLES[table]})")
    if rows:
        # As one text: DuckDB asks of each value it is handed whether it is pandas', 0.1 ms each.
        text = json.dumps([[None if cell is None else str(cell) for cell in row] for row in rows])
        cells = ", ".join(f"cells[{place}]" for place in range(1, len(rows[0]) + 1))
        connection.execute(
            f"insert into books.{table} select {cells} "
            """from (select unnest(from_json(?, '[["VARCHAR"]]')) as cells)""",
            [text],
        )


def _credits_used(books: Books, month: BillingMonth) -> list[tuple[object, ...]]:
    """Return what earlier months used of each grant: the rest is there for `month`."""
    day = month.first_day
    return [
        (row.organization_id, day, row.credit_id, row.grant_month, str(row.granted), str(row.used))
        for row in books.credits_used(month)
    ]


def _billed_nets(books: Books, month: BillingMonth) -> list[tuple[object, ...]]:
    """Return what earlier months billed: what a commitment over a term counts."""
    day = month.first_day
    return [
        (row.organization_id, day, row.billed_month, str(row.net))
        for row in books.billed_nets(month)
    ]


def _opening_balances(
    connection: duckdb.DuckDBPyConnection, books: Books, plan: WatermarkPlan
) -> list[tuple[str, date, str]]:
    """Return the posted balance of each organization plus earlier top-ups nobody posted yet.

    Those are top-ups from before the first closed month, or dated into a month after it was
    closed: money that came in is never lost, and is posted with the month being closed.
    """
    month = plan.month
    watermarks = plan.of_month()
    posted = books.posted_closing_balances(month.shift(-1))
    opening = {each: posted.get(each, Decimal(0)) for each in watermarks}
    for top_up in unposted_top_ups(connection, books, month):
        watermark = watermarks.get(top_up.organization_id)
        if watermark is None or top_up.occurred_at >= top_up.month_start:
            continue
        if top_up.is_posted or not watermark.is_finalized:
            opening[top_up.organization_id] += top_up.amount
    return [(each, month.first_day, str(amount)) for each, amount in sorted(opening.items())]


def unposted_top_ups(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[TopUp]:
    """List the top-ups up to the end of `month` that no other closed month has posted."""
    posted = books.posted_top_ups()
    top_ups = []
    for organization_id, top_up_id, amount, occurred_at, currency, zone in connection.execute(
        TOP_UPS
    ).fetchall():
        start, end = month.bounds(zone)
        at = occurred_at.replace(tzinfo=UTC)
        if at < end and posted.get(top_up_id, month) == month:
            is_posted = top_up_id in posted
            top_ups.append(
                TopUp(organization_id, top_up_id, amount, at, start, is_posted, currency)
            )
    return top_ups
