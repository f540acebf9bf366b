"""Drafts: documents as plain data, made of nothing but marts and catalog.

Here: the fields of `invoice_render.document.Document`, by name. The same marts give the same
draft. Keep out: numbers and dates of issue (`finalize`), reports (`reports`), arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, Literal

import duckdb

from billing.invoicing.amounts import (
    allowance,
    balance,
    credit,
    exact,
    line,
    tax_group,
    totals,
)
from billing.invoicing.conversion import accounting_of, exchange_of
from billing.invoicing.credit_notes import is_note, summary_of, usage_report_of
from billing.invoicing.heads import head_of
from billing.invoicing.marts import Marts, Row, read_marts
from billing.invoicing.reports import cost_report, costs_of, usage_report
from billing.invoicing.top_up_documents import top_up_document
from billing.invoicing.wording import METER_NAMES, describe, in_meter_order
from billing.periods import BillingMonth

ReportForm = Literal["usage", "cost"]
EXACT_PRECISION = 76
"""Digits kept while adding: Python's own 28 are fewer than DECIMAL(38, 12) has."""


@dataclass(frozen=True)
class DraftDocument:
    """One document before it has a number: `data` fits `Document`, the reports theirs.

    `rounding_amount` is document net less exact net, kept in the books for prepaid months;
    `credit_uses` are the mart rows of what it uses, to be posted. What is about a top-up, which
    has no usage, has no reports; `top_up_place` is its place among those of its organization.
    """

    organization_id: str
    payment_mode: str
    data: dict[str, Any]
    usage_report: dict[str, Any] | None
    cost_report: dict[str, Any] | None
    rounding_amount: Decimal
    credit_uses: Sequence[Row] = ()
    top_up_place: int = 0

    @property
    def name(self) -> str:
        """What it is called until it has a number; a credit note says which month it corrects.

        It names a folder, so what is about a top-up is told by its place: an id may be a path.
        """
        name = f"draft-{self.data['billing_month']}-{self.payment_mode}"
        if self.top_up_place:
            name += f"-{'refund' if self.corrects_month else 'top-up'}-{self.top_up_place}"
        return f"{name}-corrects-{self.corrects_month}" if self.corrects_month else name

    @property
    def corrects_month(self) -> str:
        """The billing month a credit note corrects; empty on other documents."""
        return str(self.data["corrects_month"])

    @property
    def top_up_id(self) -> str:
        """The top-up that it invoices or gives back of; empty on other documents."""
        top_up = self.data.get("top_up")
        return str(top_up["top_up_id"]) if top_up else ""

    @property
    def reports(self) -> dict[ReportForm, dict[str, Any]]:
        """Its reports by name."""
        both: dict[ReportForm, dict[str, Any] | None] = {
            "usage": self.usage_report,
            "cost": self.cost_report,
        }
        return {name: report for name, report in both.items() if report is not None}


def draft_documents(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth
) -> list[DraftDocument]:
    """Draft every document of `month`, by organization and way of paying."""
    marts = read_marts(connection, month)
    with localcontext(prec=EXACT_PRECISION):
        return [
            draft
            for organization_id in sorted({*marts.rows["invoices"], *marts.rows["top_ups"]})
            for draft in (
                *(_draft(marts, row) for row in marts.of("invoices", organization_id)),
                *(_about_top_up(marts, row) for row in marts.of("top_ups", organization_id)),
            )
        ]


def _about_top_up(marts: Marts, row: Row) -> DraftDocument:
    data = top_up_document(marts, row)
    return DraftDocument(
        organization_id=row["organization_id"],
        payment_mode=data["payment_mode"],
        data=data,
        usage_report=None,
        cost_report=None,
        rounding_amount=Decimal(0),
        top_up_place=row["document_place"],
    )


def _draft(marts: Marts, invoice: Row) -> DraftDocument:
    organization_id, mode = invoice["organization_id"], invoice["payment_mode"]
    profile = marts.of("profiles", organization_id)[0]
    lines = marts.of_document("lines", invoice)
    uses = marts.of_document("credits", invoice)
    data = {
        **head_of(marts, invoice, profile),
        "summary": summary_of(lines) if is_note(invoice) else _summary(marts, organization_id),
        "models": _models(marts, invoice),
        "lines": [line(row, invoice) for row in lines],
        "allowances": [allowance(row, invoice) for row in marts.of_document("discounts", invoice)],
        "credits": [credit(row, invoice) for row in uses],
        "taxes": [tax_group(row, invoice) for row in marts.of_document("taxes", invoice)],
        "totals": totals(invoice),
        "balance": (
            balance(marts.of("balance", organization_id), invoice, profile["zone"])
            if mode == "prepaid" and not is_note(invoice)
            else None
        ),
        "exchange": exchange_of(marts, invoice) if mode != "subscription" else None,
        "accounting": accounting_of(marts, invoice),
    }
    return DraftDocument(
        organization_id=organization_id,
        payment_mode=mode,
        data=data,
        usage_report=(
            usage_report_of(marts, data) if is_note(invoice) else usage_report(marts, data)
        ),
        cost_report=cost_report(marts, data, invoice),
        rounding_amount=invoice["rounding_amount"],
        credit_uses=uses,
    )


def _summary(marts: Marts, organization_id: str) -> dict[str, Any]:
    counts = {row["meter"]: row for row in marts.of("meters", organization_id)}
    requests = counts.pop("requests", {"quantity": 0, "billed": 0})
    used = [row for row in counts.values() if row["quantity"] and row["meter"] in METER_NAMES]
    return {
        "requests": requests["quantity"],
        "requests_billed": requests["billed"],
        "not_billed": _counts(marts.of("not_billed", organization_id)),
        "meters": _counts(sorted(used, key=lambda row: in_meter_order(row["meter"]))),
    }


def _counts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"meter": row["meter"], "quantity": row["quantity"]} for row in rows]


def _models(marts: Marts, invoice: Row) -> list[dict[str, Any]]:
    """Sum the lines of each model or plan; a model used without a line costs nothing.

    What a minimum still asks for belongs to no model and is a row of its own.
    """
    digits = invoice["minor_digits"]
    rows = costs_of(marts, "costs", invoice)
    costs = {(row["model_id"], ""): row for row in rows}
    names = {model: row["label"] for model, row in costs.items()}
    amounts = dict.fromkeys(costs, Decimal(0))
    lines = marts.of_document("lines", invoice)
    for row in lines:
        if row["line_kind"] == "true_up":
            continue
        model = (row["model_id"], "" if row["model_id"] else row["plan_name"])
        names.setdefault(model, row["model_name"] if row["model_id"] else row["plan_name"])
        amounts[model] = amounts.get(model, Decimal(0)) + row["line_amount"]
    models = [
        {
            "model_id": model[0],
            "display_name": names[model],
            **_used(costs.get(model)),
            "amount": exact(amount, digits),
        }
        for model, amount in sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return models + [
        {
            "kind": "true_up",
            "model_id": "",
            "display_name": describe(row),
            **_used(None),
            "amount": exact(row["line_amount"], digits),
        }
        for row in lines
        if row["line_kind"] == "true_up"
    ]


def _used(cost: Row | None) -> dict[str, int]:
    return {name: cost[name] if cost else 0 for name in ("requests", "tokens", "other_units")}
