"""The head of a document as plain data: kind, period, parties and how to pay.

Here: what every document says before its lines. Keep out: lines and amounts (`drafts`).
"""

from typing import Any

from billing.invoicing.credit_notes import corrected_by, is_note
from billing.invoicing.marts import Marts, Row
from billing.taxed_balances import CONSUMPTION

PARTY = [
    "legal_name",
    "street",
    "city",
    "postal_code",
    "region",
    "country",
    "vat_id",
    "tax_number",
    "email",
    "phone",
    "contact_name",
    "website",
    "endpoint_id",
    "endpoint_scheme",
]


def head_of(marts: Marts, invoice: Row, profile: Row) -> dict[str, Any]:
    """Return everything above the lines; `invoice` is a document's row of the mart."""
    seller = marts.seller
    return {
        "kind": kind_of(invoice, profile),
        **corrected_by(invoice),
        "payment_mode": invoice["payment_mode"],
        "number": "",
        "issued_at": None,
        "issue_date": None,
        "billing_month": str(marts.month),
        "period_first_day": invoice["period_first_date"],
        "period_last_day": invoice["period_last_date"],
        "zone": profile["zone"],
        "currency": invoice["currency"],
        "minor_digits": invoice["minor_digits"],
        "locale": profile["locale"],
        "seller": _party(seller["seller_id"], seller),
        "buyer": _party(profile["organization_id"], profile),
        "buyer_reference": profile["buyer_reference"],
        "order_number": profile["order_number"],
        "payment": {
            "due_date": None,
            "payment_days": profile["payment_days"],
            "account_name": seller["legal_name"],
            **{name: seller[name] for name in ("iban", "bic", "bank_name")},
        },
        "status": "draft",
        "forms": [row["form"] for row in marts.of("forms", profile["organization_id"])],
    }


def kind_of(invoice: Row, profile: Row) -> str:
    """Name the kind of a document of usage or fees: what a balance paid is invoiced or stated."""
    if is_note(invoice):
        return "credit_note"
    is_stated = invoice["payment_mode"] == "prepaid" and profile["tax_at"] != CONSUMPTION
    return "statement" if is_stated else "invoice"


def _party(party_id: str, row: Row) -> dict[str, Any]:
    return {"party_id": party_id, **{name: row[name] for name in PARTY if name in row}}
