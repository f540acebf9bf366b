"""What an allowance, a tier step or a plan has to do with a line, for documents and in English.

Here: from the columns of a line to `invoice_render.document.LineTerm`, its words and what its
price is for. Keep out: translations (`invoice_render/messages`).
"""

from decimal import Decimal
from typing import Any

from billing.invoicing.fee_days import fee_term
from billing.invoicing.marts import Row

NO_LIMIT = 9_223_372_036_854_775_807
"""The end of a schedule's last step, as the models write it."""


def term_of(line: Row) -> dict[str, Any] | None:
    """Say why a line is free, what prices it, or of how many days; None for a plain price."""
    if line["line_kind"] == "plan_overage":
        return {
            "kind": "included",
            "name": "",
            "up_to_quantity": line["included_quantity"],
            "used_quantity": line["over_used_quantity"],
        }
    if line["allowance_id"]:
        return {"kind": "free", "name": line["term_name"]}
    if not line["tier_schedule_id"]:
        return fee_term(line)
    up_to, kind = line["up_to_quantity"], line["tier_kind"]
    return {
        "kind": kind,
        "name": line["term_name"],
        "step": line["tier_step"],
        "above_quantity": line["above_quantity"],
        "up_to_quantity": None if up_to == NO_LIMIT else up_to,
        "used_quantity": line["quantity"] if kind == "package" else None,
    }


def price_per_base(line: Row) -> Decimal:
    """Return what the base quantity costs: a package has its own price."""
    price: Decimal = line["unit_price"]
    return price if line["package_size"] > 1 else price * line["base_quantity"]


def term_words(line: Row) -> str:
    """Describe the term in plain English, after a comma; empty without one."""
    term = term_of(line)
    if term is None:
        return ""
    if term["kind"] == "free":
        return f", free quantity ({term['name']})"
    if term["kind"] == "included":
        return f", {term['used_quantity']:,} used, {term['up_to_quantity']:,} included"
    words = f", {term['name']}, step {term['step']}"
    above, up_to = term["above_quantity"], term["up_to_quantity"]
    spans = [f"above {above:,}"] if above else []
    spans += [f"up to {up_to:,}"] if up_to is not None else []
    if spans:
        total = "month's total " if term["kind"] == "volume" else ""
        words += f" ({total}{' '.join(spans)})"
    if term["used_quantity"] is not None:
        words += f", packages of {line['package_size']:,} started, {line['quantity']:,} used"
    return words
