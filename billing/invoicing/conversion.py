"""The currencies of a document: the rate of its prices, and its sums in the seller's accounts.

Here: rows of charges and of the accounting mart to fields of `invoice_render.document`. Keep
out: converting anything; amounts arrive converted and rounded.
"""

from collections.abc import Mapping
from typing import Any

from billing.invoicing.amounts import exact, trimmed
from billing.invoicing.marts import Marts, Row


def exchange_of(marts: Marts, invoice: Row) -> Mapping[str, Any] | None:
    """Return the rate of the newest service month, what most lines were converted at.

    Of daily rates it is that of the last day; a document that has both rules names that one.
    """
    rows = marts.of("exchange", invoice["organization_id"], invoice["corrects_month"])
    if not rows:
        return None
    return {
        "base_currency": rows[0]["price_currency"],
        "quote_currency": rows[0]["currency"],
        "rate": trimmed(rows[0]["exchange_rate"]),
        "rate_date": rows[0]["exchange_rate_date"],
        "source": rows[0]["exchange_source"],
        "date_rule": rows[0]["date_rule"],
    }


def accounting_of(marts: Marts, invoice: Row) -> Mapping[str, Any] | None:
    """Return an invoice's sums in the currency of the seller's accounts, if that is another."""
    rows = marts.of_document("accounting", invoice)
    if not rows:
        return None
    row = rows[0]
    digits = row["accounting_digits"]
    names = ("net", "tax", "total")
    return {
        "currency": row["accounting_currency"],
        "minor_digits": digits,
        "rate": trimmed(row["exchange_rate"]),
        "rate_date": row["exchange_rate_date"],
        "source": row["exchange_source"],
        **{name: exact(row[f"{name}_amount"], digits) for name in names},
    }
