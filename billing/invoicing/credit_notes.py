"""What a credit note says beside its lines: what it corrects, and what it gives back.

Here: the parts of a draft that speak of the note alone and not of the month's usage. Keep out:
whether it may be issued (`crediting`) and everything it shares with invoices (`drafts`).
"""

from collections.abc import Sequence
from typing import Any

from billing.invoicing.marts import Marts, Row
from billing.invoicing.reports import report_head
from billing.invoicing.wording import in_meter_order

NO_REQUESTS = {"requests": 0, "requests_billed": 0}
TOKENS_PER_PRICE = 1_000_000


def is_note(invoice: Row) -> bool:
    """Tell whether a row of `fct_invoices` is a credit note: only those correct another month."""
    return bool(invoice["corrects_month"] < invoice["billing_month"])


def corrected_by(invoice: Row) -> dict[str, Any]:
    """Name the invoice that is corrected; nothing on other documents."""
    if not is_note(invoice):
        return {"corrects_month": "", "corrects_number": "", "corrects_issue_date": None}
    return {
        "corrects_month": f"{invoice['corrects_month']:%Y-%m}",
        "corrects_number": invoice["corrects_number"] or "",
        "corrects_issue_date": invoice["corrects_issue_date"],
    }


def summary_of(lines: Sequence[Row]) -> dict[str, Any]:
    """Sum up what usage the note gives back; requests are counted on other documents."""
    return {**NO_REQUESTS, "not_billed": [], "meters": _meters(lines)}


def usage_report_of(marts: Marts, data: dict[str, Any]) -> dict[str, Any]:
    """Report what the note gives back, by model."""
    models: dict[str, dict[str, Any]] = {}
    for line in data["lines"]:
        if line["kind"] != "usage":
            continue
        empty = {"input_tokens": 0, "output_tokens": 0, "other_units": 0}
        used = models.setdefault(
            line["model_id"], {"label": line["model_name"], **NO_REQUESTS, **empty}
        )
        used[_measure(line)] += line["quantity"]
    return {
        **report_head(marts, data),
        **NO_REQUESTS,
        "zone": data["zone"],
        "meters": data["summary"]["meters"],
        "outcomes": [],
        "by_model": [models[model_id] for model_id in sorted(models)],
        **dict.fromkeys(("by_project", "by_key", "by_day"), ()),
    }


def _meters(lines: Sequence[Row]) -> list[dict[str, Any]]:
    quantities: dict[str, int] = {}
    for line in lines:
        if line["line_kind"] != "usage":
            continue
        quantities[line["meter"]] = quantities.get(line["meter"], 0) + line["quantity"]
    return [
        {"meter": meter, "quantity": quantities[meter]}
        for meter in sorted(quantities, key=in_meter_order)
    ]


def _measure(line: dict[str, Any]) -> str:
    if line["base_quantity"] != TOKENS_PER_PRICE:
        return "other_units"
    return "output_tokens" if line["meter"].startswith("output") else "input_tokens"
