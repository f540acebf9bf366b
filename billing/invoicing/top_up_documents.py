"""Documents about top-ups: the invoice of each, and credit notes for what was refunded of it.

Here: one row of the mart to the fields of `invoice_render.document.Document`. Keep out: which
top-ups are due (`top_ups`), and arithmetic: amounts arrive rounded.
"""

from datetime import UTC
from decimal import Decimal
from typing import Any

from billing.invoicing.amounts import exact, trimmed
from billing.invoicing.credit_notes import NO_REQUESTS
from billing.invoicing.heads import head_of
from billing.invoicing.marts import Marts, Row

NOTE = "credit_note"
OUTSIDE_SCOPE = "O"


def top_up_document(marts: Marts, row: Row) -> dict[str, Any]:
    """Return the document of one row; a note on an invoice of the same month has no number yet."""
    digits = row["minor_digits"]
    (profile,) = marts.of("profiles", row["organization_id"])
    return {
        **head_of(marts, _as_invoice(row), profile),
        "kind": row["document_kind"],
        **_corrected(row),
        "summary": {**NO_REQUESTS, "not_billed": [], "meters": []},
        "models": [],
        "lines": [_line(row)],
        "allowances": [],
        "credits": [],
        "taxes": [_tax(row)],
        "totals": _totals(row),
        "balance": None,
        "exchange": None,
        "accounting": _accounting(row),
        "top_up": {
            "top_up_id": row["top_up_id"],
            "occurred_at": row["occurred_at"].replace(tzinfo=UTC),
            "reference": row["reference"],
            "amount": exact(row["net_amount"], digits),
            "refunds": _refunds(marts, row),
        },
    }


def _refunds(marts: Marts, row: Row) -> list[dict[str, Any]]:
    """Name the refunds that a note gives tax back for."""
    if row["document_kind"] != NOTE:
        return []
    return [
        {
            "movement_id": each["movement_id"],
            "occurred_at": each["occurred_at"].replace(tzinfo=UTC),
            "reference": each["reference"],
        }
        for each in marts.of("refunds", row["organization_id"])
        if each["top_up_id"] == row["top_up_id"]
    ]


def _as_invoice(row: Row) -> Row:
    """Name what a head asks of a row of `fct_invoices`; its period is the day of the top-up."""
    return {
        **row,
        "payment_mode": "prepaid",
        "corrects_month": row["billing_month"],
        "period_first_date": row["top_up_date"],
        "period_last_date": row["top_up_date"],
    }


def _corrected(row: Row) -> dict[str, Any]:
    if row["document_kind"] != NOTE:
        return {"corrects_month": "", "corrects_number": "", "corrects_issue_date": None}
    return {
        "corrects_month": f"{row['corrects_month']:%Y-%m}",
        "corrects_number": row["number"],
        "corrects_issue_date": row["issue_date"],
    }


def _line(row: Row) -> dict[str, Any]:
    digits = row["minor_digits"]
    what = "Refund of a top-up" if row["document_kind"] == NOTE else "Top-up"
    return {
        "number": 1,
        "kind": "top_up",
        "description": f"{what} of the prepaid balance, {row['reference']}",
        "service_month": f"{row['top_up_date']:%Y-%m}",
        "period_first_day": row["top_up_date"],
        "period_last_day": row["top_up_date"],
        "quantity": 1,
        "unit_price": exact(row["net_amount"], digits),
        "base_quantity": 1,
        "amount": exact(row["net_amount"], digits),
        "net_amount": trimmed(row["net_amount"], digits),
        "tax_category": row["tax_category"],
        "tax_rate": trimmed(row["tax_rate"]),
    }


def _tax(row: Row) -> dict[str, Any]:
    digits = row["minor_digits"]
    net = exact(row["net_amount"], digits)
    return {
        "category": row["tax_category"],
        "rate": trimmed(row["tax_rate"]),
        "gross_amount": net,
        "discount_amount": exact(Decimal(0), digits),
        "taxable_amount": net,
        "tax_amount": exact(row["tax_amount"], digits),
        "exemption_code": row["exemption_code"],
        "exemption_reason": row["exemption_reason"],
    }


def _totals(row: Row) -> dict[str, Decimal]:
    """Show the totals; what is not due was paid when the balance was topped up."""
    amounts = {
        "subtotal": row["net_amount"],
        "discount": Decimal(0),
        "taxable": row["net_amount"],
        "tax": row["tax_amount"],
        "total": row["total_amount"],
        "prepaid": row["total_amount"] - row["amount_due"],
        "amount_due": row["amount_due"],
    }
    return {name: exact(amount, row["minor_digits"]) for name, amount in amounts.items()}


def _accounting(row: Row) -> dict[str, Any] | None:
    """Show the sums in the currency of the seller's accounts, if that is another."""
    is_other = row["accounting_currency"] not in {None, row["currency"]}
    if not is_other or row["exchange_rate"] is None or row["tax_category"] == OUTSIDE_SCOPE:
        return None
    digits = row["accounting_digits"]
    return {
        "currency": row["accounting_currency"],
        "minor_digits": digits,
        "rate": trimmed(row["exchange_rate"]),
        "rate_date": row["exchange_rate_date"],
        "source": row["exchange_source"],
        **{
            name: exact(row[f"accounting_{name}_amount"], digits)
            for name in ("net", "tax", "total")
        },
    }
