"""What the books decided, copied into the warehouse for dbt to read.

Here: the one way to write the schema `books` of the warehouse. Add a table when a model needs
another decision. Keep out: planning (`watermarks`, `amending`) and anything dbt could compute.
"""

import json
from collections.abc import Sequence

import duckdb

from billing.books import Books
from billing.boundaries import reached
from billing.invoicing.corrected import corrected_rows, rows_left
from billing.invoicing.opening import opening_of
from billing.invoicing.top_ups import TOP_UP_DUE, TOP_UP_INVOICE, top_ups_of
from billing.invoicing.watermarks import WatermarkPlan
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
    "opening_lot": (
        "organization_id varchar not null, billing_month date not null, lot_id varchar not null, "
        "lot_kind varchar not null, occurred_at timestamp not null, expires_at timestamp, "
        "reference varchar not null, opening_amount decimal(28, 3) not null"
    ),
    "late_movement": (
        "organization_id varchar not null, billing_month date not null, "
        "movement_id varchar not null, entry_kind varchar not null"
    ),
    "top_up_due": TOP_UP_DUE,
    "top_up_invoice": TOP_UP_INVOICE,
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


def write_snapshot(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    plan: WatermarkPlan,
    *,
    from_built: bool = False,
) -> None:
    """Replace the schema `books` by what `plan` and the posted balances say.

    Reads profiles, top-ups and movements of the catalog, so that is loaded before. `from_built`
    is for balances between two closes (`opening_of`).
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
        for route in plan.routes(_first_covered(connection) or plan.month)
    ]
    corrected = books.corrected_documents(plan.month)
    opening = opening_of(connection, books, plan, from_built=from_built)
    top_ups = top_ups_of(connection, books, plan)
    connection.begin()
    try:
        connection.execute("create schema if not exists books")
        replace_table(connection, "month_watermark", watermarks)
        replace_table(connection, "late_route", routes)
        replace_table(connection, "opening_balance", opening.balances)
        replace_table(connection, "opening_lot", opening.lots)
        replace_table(connection, "late_movement", opening.late)
        replace_table(connection, "top_up_due", top_ups.due)
        replace_table(connection, "top_up_invoice", top_ups.invoices)
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


def _first_covered(connection: duckdb.DuckDBPyConnection) -> BillingMonth | None:
    """The first month that the loaded catalog covers, which no row to bill is before."""
    rows = connection.sql("select min(service_month) from catalog.rating_slice").fetchall()
    return BillingMonth.of(rows[0][0]) if rows[0][0] else None


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
