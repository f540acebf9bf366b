"""What the books decided in earlier months, as the warehouse was told.

Here: opening balances, credits used and nets billed, read once per month. Add a reader when a
month starts from another decision. Keep out: windows of files (`windows`).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import duckdb

from billing.audit.lines import MODE_OF_PAYER

InvoiceKey = tuple[str, str, date]
LOTS = """
select organization_id, lot_id, lot_kind, occurred_at, expires_at, opening_amount
from books.opening_lot where billing_month = ? order by organization_id, lot_id
"""
LATE = """
select organization_id, movement_id, entry_kind from books.late_movement where billing_month = ?
"""
DUE = "select organization_id, top_up_id from books.top_up_due where billing_month = ?"
TOP_UPS = """
select organization_id, top_up_id, occurred_at, corrects_month, tax_category, tax_rate,
    taxable_left_amount, tax_left_amount
from books.top_up_invoice where billing_month = ? order by organization_id, top_up_id
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What earlier months used of one grant, and what was granted."""

    granted: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True)
class LotLeft:
    """What earlier months left of one lot of a prepaid balance."""

    lot_id: str
    kind: str
    occurred_at: datetime
    expires_at: datetime | None
    left: Decimal


@dataclass(frozen=True)
class InvoiceLeft:
    """What `notes` earlier credit notes left of an invoice.

    `taxes` is taxable amount and tax by (category, rate); `allowances` is what lay above a
    `maximum` and what a `credit` covered.
    """

    notes: int = 0
    taxes: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = field(default_factory=dict)
    allowances: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopUpLeft:
    """What earlier credit notes left of the invoice of a top-up."""

    top_up_id: str
    occurred_at: datetime
    billed_month: date
    category: str
    rate: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Snapshot:
    """What a month starts from.

    Balances and lots by organization, movements that come late, uses by (credit, grant month),
    nets by organization and month, what is left of invoices by organization, way of paying and
    billing month; top-ups that are to be invoiced, and what is left of earlier ones' invoices.
    """

    openings: dict[str, Decimal] = field(default_factory=dict)
    credits: dict[tuple[str, date], Used] = field(default_factory=dict)
    nets: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    left: dict[InvoiceKey, InvoiceLeft] = field(default_factory=dict)
    lots: dict[str, list[LotLeft]] = field(default_factory=dict)
    late: set[tuple[str, str, str]] = field(default_factory=set)
    due: set[tuple[str, str]] = field(default_factory=set)
    top_ups: dict[str, list[TopUpLeft]] = field(default_factory=dict)


def read_snapshot(connection: duckdb.DuckDBPyConnection, month: date) -> Snapshot:
    """Read what `month` starts from."""
    openings = """
        select organization_id, opening_amount from books.opening_balance where billing_month = ?
    """
    credits_used = """
        select credit_id, grant_month, granted_amount, used_amount
        from books.credit_used where billing_month = ?
    """
    billed = """
        select organization_id, billed_month, net_amount
        from books.billed_net where billing_month = ?
    """
    nets: dict[str, dict[date, Decimal]] = {}
    for organization_id, billed_month, net in connection.execute(billed, [month]).fetchall():
        nets.setdefault(organization_id, {})[billed_month] = net
    return Snapshot(
        dict(connection.execute(openings, [month]).fetchall()),
        {
            (credit_id, grant_month): Used(granted, used)
            for credit_id, grant_month, granted, used in connection.execute(
                credits_used, [month]
            ).fetchall()
        },
        nets,
        _invoices_left(connection, month),
        _lots_left(connection, month),
        set(connection.execute(LATE, [month]).fetchall()),
        set(connection.execute(DUE, [month]).fetchall()),
        _top_ups_left(connection, month),
    )


def _top_ups_left(connection: duckdb.DuckDBPyConnection, month: date) -> dict[str, list[TopUpLeft]]:
    found: dict[str, list[TopUpLeft]] = {}
    for organization_id, *values in connection.execute(TOP_UPS, [month]).fetchall():
        found.setdefault(organization_id, []).append(TopUpLeft(*values))
    return found


def _lots_left(connection: duckdb.DuckDBPyConnection, month: date) -> dict[str, list[LotLeft]]:
    found: dict[str, list[LotLeft]] = {}
    for organization_id, lot_id, kind, at, ends, left in connection.execute(
        LOTS, [month]
    ).fetchall():
        found.setdefault(organization_id, []).append(LotLeft(lot_id, kind, at, ends, left))
    return found


def _invoices_left(
    connection: duckdb.DuckDBPyConnection, month: date
) -> dict[InvoiceKey, InvoiceLeft]:
    corrected = """
        select distinct organization_id, payer, corrects_month, notes
        from books.corrected_document where billing_month = ?
    """
    taxes = """
        select organization_id, payment_mode, corrects_month, tax_category, tax_rate,
            taxable_left_amount, tax_left_amount
        from books.corrected_tax where billing_month = ?
    """
    allowances = """
        select organization_id, payment_mode, corrects_month, allowance_kind, left_amount
        from books.corrected_allowance where billing_month = ?
    """
    left = {
        (owner, MODE_OF_PAYER.get(payer, payer), corrects): InvoiceLeft(notes)
        for owner, payer, corrects, notes in connection.execute(corrected, [month]).fetchall()
    }
    for owner, mode, corrects, category, rate, *amounts in connection.execute(
        taxes, [month]
    ).fetchall():
        left[owner, mode, corrects].taxes[category, rate] = (amounts[0], amounts[1])
    for owner, mode, corrects, kind, amount in connection.execute(allowances, [month]).fetchall():
        left[owner, mode, corrects].allowances[kind] = amount
    return left
