"""Rows of top-ups of one customer, as October's marts have them, and filing them.

Here: what tests of invoices of top-ups share. Keep out: what they expect.
"""

from datetime import datetime
from decimal import Decimal

import duckdb

from billing.books import Books
from billing.clock import Clock
from billing.invoicing.drafts import draft_documents
from billing.invoicing.finalize import finalize_organization
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, closing_of

Warehouse = duckdb.DuckDBPyConnection
NOVEMBER = OCTOBER.next
CUSTOMER = "org_fjord"
DECEMBER_5 = Clock(datetime.fromisoformat("2026-12-05T06:00:00Z"))
TOP_1 = ("top_1", "2026-09-14 08:12:40", "2026-09-14", "100.00", "19.00")
TOP_2 = ("top_2", "2026-10-02 22:45:11", "2026-10-03", "50.00", "9.50")


def document(
    warehouse: Warehouse,
    place: int,
    top_up: tuple[str, str, str, str, str],
    kind: str = "top_up_invoice",
    **changed: object,
) -> None:
    """A row of the mart, as October makes it."""
    top_up_id, at, day, net, tax = top_up
    total = str(Decimal(net) + Decimal(tax))
    values = {
        "organization_id": CUSTOMER,
        "billing_month": "2026-10-01",
        "document_kind": kind,
        "top_up_id": top_up_id,
        "document_place": place,
        "corrects_month": "2026-10-01",
        "occurred_at": at,
        "top_up_date": day,
        "reference": "Card 9",
        "currency": "USD",
        "minor_digits": 2,
        "tax_category": "S",
        "tax_rate": "0.19",
        "net_amount": net,
        "tax_amount": tax,
        "total_amount": total,
        "amount_due": total if kind == "credit_note" else "0",
    }
    insert(warehouse, "finance.fct_top_up_documents", **{**values, **changed})


def finalize(books: Books, warehouse: Warehouse) -> tuple[str, ...]:
    own = [each for each in draft_documents(warehouse, OCTOBER) if each.organization_id == CUSTOMER]
    return finalize_organization(books, closing_of(warehouse, books), CUSTOMER, 3, own).numbers
