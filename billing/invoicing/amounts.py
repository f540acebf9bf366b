"""The rounded figures of a document: lines, discounts, tax groups and totals.

Here: one mart row to the fields of one part of `invoice_render.document`. Amounts arrive
rounded; a figure that would need rounding here is refused. Keep out: who pays and which
month (`drafts`).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.errors import BooksError
from billing.invoicing.line_terms import price_per_base, term_of
from billing.invoicing.marts import Row
from billing.invoicing.wording import describe

NEVER = date(9999, 12, 31)
"""The end of what has none, as the catalog stands in the warehouse."""


def exact(amount: Decimal, digits: int) -> Decimal:
    """Write an already rounded amount with the currency's decimals; refuse to round it."""
    written = amount.quantize(Decimal(1).scaleb(-digits))
    if written != amount:
        raise BooksError(f"{amount} is not rounded to {digits} decimals.")
    return written


def trimmed(number: Decimal, digits: int = 0) -> Decimal:
    """Write a price or rate without trailing zeros, but with at least `digits` decimals."""
    shortest = number.normalize()
    scale = -min(int(shortest.as_tuple().exponent), -digits)
    return shortest.quantize(Decimal(1).scaleb(-scale))


def line(row: Row, invoice: Row) -> dict[str, Any]:
    """Show one line; its unit price is per base quantity."""
    digits = invoice["minor_digits"]
    is_usage = row["line_kind"] == "usage"
    return {
        "number": row["line_number"],
        "kind": row["line_kind"],
        "description": describe(row),
        "service_month": f"{row['service_month']:%Y-%m}",
        "period_first_day": row["period_first_date"],
        "period_last_day": row["period_last_date"],
        "model_id": row["model_id"],
        "model_name": row["model_name"] if row["model_id"] else row["plan_name"],
        "meter": row["meter"],
        "service_tier": row["service_tier"],
        "context_above_tokens": row["context_band"] if is_usage else 0,
        **{name: row[name] for name in ("region", "hours", "weekdays")},
        "off_pct": trimmed(row["off_pct"]),
        "quantity": row["charged_quantity"],
        "unit_price": trimmed(price_per_base(row), digits),
        "base_quantity": row["base_quantity"],
        "amount": exact(row["line_amount"], digits),
        "net_amount": trimmed(row["exact_net_amount"], digits),
        **_taxed(row),
        "term": term_of(row),
    }


def _taxed(row: Row) -> dict[str, Any]:
    return {"tax_category": row["tax_category"], "tax_rate": trimmed(row["tax_rate"])}


def allowance(row: Row, invoice: Row) -> dict[str, Any]:
    """Show one discount or fixed amount in one tax group."""
    digits = invoice["minor_digits"]
    return {
        "number": row["allowance_number"],
        "kind": row["discount_kind"],
        "name": row["discount_name"],
        "pct": trimmed(row["discount_pct"]),
        "base_amount": exact(row["base_amount"], digits),
        "amount": exact(row["discount_amount"], digits),
        **_taxed(row),
    }


def credit(row: Row, invoice: Row) -> dict[str, Any]:
    """Show what the document used of one credit, and its last day if it has one."""
    digits = invoice["minor_digits"]
    end: date = row["valid_to_date"]
    return {
        "kind": row["credit_kind"],
        "name": row["credit_name"],
        "repeats": row["repeats"],
        **{name: exact(row[f"{name}_amount"], digits) for name in ("available", "used", "left")},
        "last_day": None if end == NEVER else end - timedelta(days=1),
    }


def tax_group(row: Row, invoice: Row) -> dict[str, Any]:
    """Show one (category, rate)."""
    digits = invoice["minor_digits"]
    names = ("gross_amount", "discount_amount", "taxable_amount", "tax_amount")
    return {
        "category": row["tax_category"],
        "rate": trimmed(row["tax_rate"]),
        **{name: exact(row[name], digits) for name in names},
        "exemption_code": row["exemption_code"],
        "exemption_reason": row["exemption_reason"],
    }


def totals(invoice: Row) -> dict[str, Decimal]:
    """Show the totals; what is not due was paid before."""
    names = ("subtotal", "discount", "taxable", "tax", "total")
    amounts = {name: invoice[f"{name}_amount"] for name in names}
    amounts["amount_due"] = invoice["amount_due"]
    amounts["prepaid"] = amounts["total"] - amounts["amount_due"]
    return {name: exact(amount, invoice["minor_digits"]) for name, amount in amounts.items()}


def balance(rows: Sequence[Row], invoice: Row, zone: str) -> dict[str, Any]:
    """Show a prepaid balance; days are in the organization's zone, of what usage came to the last."""
    digits = invoice["minor_digits"]
    amounts = {row["entry_kind"]: exact(row["amount"], digits) for row in rows}
    return {
        "opening": amounts["opening"],
        "entries": [
            {
                "day": _day(row, invoice, zone),
                "kind": row["entry_kind"],
                "reference": row["reference"] or "",
                "amount": exact(row["amount"], digits),
            }
            for row in rows
            if row["entry_kind"] not in ("opening", "closing")
        ],
        "closing": amounts["closing"],
    }


def _day(row: Row, invoice: Row, zone: str) -> date:
    if row["entry_kind"] in ("consumption", "credit_note"):
        last_day: date = invoice["period_last_date"]
        return last_day
    at: datetime = row["entry_at"].replace(tzinfo=UTC)
    if row["entry_kind"] == "expiry":
        # A lot ends before this instant: at midnight its last day is the one before.
        at -= timedelta(microseconds=1)
    return at.astimezone(ZoneInfo(zone)).date()
