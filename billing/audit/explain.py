"""Explaining a document: from its total down to the requests behind a line.

Here: the structured explanation that `meterbook explain --json` prints. Keys are only added,
never renamed. Keep out: words (`explain_text`) and any arithmetic on money: every amount
comes from the document or the warehouse.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from billing.audit.currency_basis import currency_basis
from billing.audit.fee_basis import fee_basis
from billing.audit.line_basis import adjustment_basis, usage_basis
from billing.audit.overage_basis import overage_basis
from billing.audit.plain_rows import PlainRow, plain_rows
from billing.audit.terms_basis import terms_basis
from billing.audit.top_up_basis import top_up_basis
from billing.audit.trace import sources_of
from billing.audit.traced_usage import Bounds, traced_usage
from billing.errors import MeterbookError

Explanation = dict[str, Any]

_LINES = """
select organization_id, billing_month, payment_mode, corrects_month, line_number, line_kind,
       service_month, terms_from_at, model_id, meter, service_tier, context_band, price_id, contract_price_id,
       allowance_id, tier_schedule_id, tier_step, plan_id, quantity, charged_quantity, unit_price,
       base_quantity, exact_amount, line_amount, tax_category, tax_rate, currency, uplift_id,
       adjustment_id, subscription_id, period_first_date, period_last_date
from finance.fct_invoice_lines
where organization_id = ? and billing_month = ? and payment_mode = ? and corrects_month = ?
order by line_number
"""
_HEAD = (
    "kind",
    "number",
    "billing_month",
    "payment_mode",
    "currency",
    "status",
    "issue_date",
    "corrects_number",
    "corrects_month",
)
_SHOWN = (
    "number",
    "kind",
    "description",
    "service_month",
    "period_first_day",
    "period_last_day",
    "quantity",
    "unit_price",
    "base_quantity",
    "amount",
)


def explain(
    connection: duckdb.DuckDBPyConnection,
    document: Mapping[str, Any],
    line: int | None = None,
    bounds: Bounds | None = None,
) -> Explanation:
    """Explain a finalized or draft document, given as its JSON data.

    Without `line` every line names its price and contract rows; with it, that line is
    followed to charges, quarter hours, files and requests. Raises MeterbookError when there
    is no such line, or the warehouse holds other amounts than the document.
    """
    head = {
        "document": {name: document.get(name) for name in _HEAD},
        "organization_id": document["buyer"]["party_id"],
        "totals": document["totals"],
        "taxes": document["taxes"],
        "exchange": document.get("exchange"),
        "balance": document.get("balance"),
    }
    if document.get("top_up"):
        return {**head, **top_up_basis(connection, document), "lines": _paid(document, line)}
    rows = _warehouse_lines(connection, document)
    deep = None if line is None else bounds or Bounds()
    return {
        **head,
        **terms_basis(connection, document),
        **currency_basis(connection, document),
        "lines": [
            _line(connection, own, _same(document, own, rows), deep)
            for own in _chosen(document, line)
        ],
    }


def _paid(document: Mapping[str, Any], line: int | None) -> list[dict[str, Any]]:
    """Return the line of a top-up: there is no usage behind it."""
    return [
        {**{name: own.get(name) for name in _SHOWN}, "exact_amount": own["net_amount"]}
        for own in _chosen(document, line)
    ]


def _chosen(document: Mapping[str, Any], line: int | None) -> list[Mapping[str, Any]]:
    chosen = [own for own in document["lines"] if line is None or own["number"] == line]
    if not chosen and line is not None:
        raise MeterbookError(
            f"There is no line {line}: the document has {len(document['lines'])} lines."
        )
    return chosen


def _warehouse_lines(
    connection: duckdb.DuckDBPyConnection, document: Mapping[str, Any]
) -> dict[int, PlainRow]:
    first_day = f"{document['billing_month']}-01"
    corrects = f"{document.get('corrects_month') or document['billing_month']}-01"
    key = [document["buyer"]["party_id"], first_day, document["payment_mode"], corrects]
    return {row["line_number"]: row for row in plain_rows(connection, _LINES, key)}


def _same(
    document: Mapping[str, Any], own: Mapping[str, Any], rows: Mapping[int, PlainRow]
) -> PlainRow:
    """Return the warehouse's row of a document line, which must say the same."""
    row = rows.get(own["number"])
    name = document["number"] or "the draft"
    if row is None:
        raise MeterbookError(
            f"Line {own['number']} of {name} is not in the warehouse. "
            f"Ingest the files and close {document['billing_month']} again."
        )
    here = (own["quantity"], Decimal(own["amount"]))
    there = (row["charged_quantity"], Decimal(row["line_amount"]))
    if here != there:
        raise MeterbookError(
            f"Line {own['number']} of {name} has {here[0]} units for {own['amount']}, the "
            f"warehouse {there[0]} for {row['line_amount']}. "
            f"Close {document['billing_month']} again."
        )
    return row


def _line(
    connection: duckdb.DuckDBPyConnection,
    own: Mapping[str, Any],
    row: PlainRow,
    bounds: Bounds | None,
) -> dict[str, Any]:
    """Explain one line; `bounds` asks for its usage too."""
    shown = {name: own.get(name) for name in _SHOWN}
    shown["exact_amount"] = row["exact_amount"]
    shown["model_id"] = row["model_id"]
    shown["meter"] = row["meter"]
    if row["line_kind"] == "adjustment":
        return {**shown, **adjustment_basis(connection, row)}
    shown["used_quantity"] = row["quantity"]
    if row["line_kind"] == "true_up":
        return shown
    if row["line_kind"] == "plan_overage":
        return {**shown, **overage_basis(connection, row, bounds)}
    if row["line_kind"] != "usage":
        return {**shown, **fee_basis(connection, row)}
    shown |= usage_basis(connection, row)
    if bounds is not None:
        sources = sources_of(connection, row)
        traced = traced_usage(connection, row, sources, bounds)
        shown["usage"] = {**traced, "is_shared": any(source.is_shared for source in sources)}
    return shown
