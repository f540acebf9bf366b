"""The reports that accompany a document, as plain data.

Here: the fields of `invoice_render.report`, by name. A cost report shows what its document
charges: its totals are the document's, spread over rows by largest remainder. Keep out:
amounts in the usage report; keys, users and request ids in the cost report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.invoicing.marts import Marts, Row
from billing.invoicing.spreading import spread
from billing.money import round_half_up

USED = ("label", "requests", "requests_billed", "input_tokens", "output_tokens", "other_units")
AMOUNTS = ("list_amount", "contracted_amount", "discount_amount", "net_amount")
SOLD = ("plan_fee", "plan_overage", "item_fee", "adjustment")
"""Kinds of lines that no usage of the month's costs is behind."""
NOTHING = Decimal(0)


@dataclass(frozen=True)
class _Cost:
    """One row: rounded list and contracted amounts, and the exact discount it caused."""

    label: str
    requests: int
    listed: Decimal
    contracted: Decimal
    exact_discount: Decimal
    is_true_up: bool = False


def usage_report(marts: Marts, data: dict[str, Any]) -> dict[str, Any]:
    """Report the usage of a draft's organization, by model, project, key and day."""
    organization_id = data["buyer"]["party_id"]
    summary = data["summary"]
    return {
        **report_head(marts, data),
        "zone": data["zone"],
        "requests": summary["requests"],
        "requests_billed": summary["requests_billed"],
        "meters": summary["meters"],
        "outcomes": [
            {"meter": row["meter"], "quantity": row["quantity"]}
            for row in marts.of("outcomes", organization_id)
        ],
        **{
            name: [{field: row[field] for field in USED} for row in marts.of(name, organization_id)]
            for name in ("by_model", "by_project", "by_key", "by_day")
        },
    }


def costs_of(marts: Marts, query: str, invoice: Row) -> list[Row]:
    """Return what usage on a document cost; a note on fees gives back none of it."""
    is_of_fees = invoice["payment_mode"] == "subscription"
    if is_of_fees and invoice["corrects_month"] < invoice["billing_month"]:
        return []
    return marts.of(query, invoice["organization_id"], invoice["corrects_month"])


def cost_report(marts: Marts, data: dict[str, Any], invoice: Row) -> dict[str, Any]:
    """Report what a draft costs, by model and by project; by project, fees are own rows.

    `invoice` is its row of the mart, which tells a credit note's costs from those of its month.
    """
    costs = costs_of(marts, "costs", invoice)
    project_costs = costs_of(marts, "project_costs", invoice)
    by_model = _rows(_by_model(costs, data), data)
    return {
        **report_head(marts, data),
        "currency": data["currency"],
        "minor_digits": data["minor_digits"],
        "by_model": by_model,
        "by_project": _rows(_by_project(costs, project_costs, data), data),
        "total": {
            "label": "",
            "requests": data["summary"]["requests"],
            **{name: sum((row[name] for row in by_model), NOTHING) for name in AMOUNTS},
        },
    }


def _by_model(costs: Sequence[Row], data: dict[str, Any]) -> list[_Cost]:
    """Return the document's own model rows: what it shows per model is not rounded again."""
    listed = dict(
        zip((row["model_id"] for row in costs), _spread_list(costs, costs, data), strict=True)
    )
    discounted = {row["model_id"]: row["discount_amount"] for row in costs}
    for fee in _lines_of(data, *SOLD):
        listed[fee["model_id"]] = listed.get(fee["model_id"], NOTHING) + fee["amount"]
    return [
        _Cost(
            model["display_name"],
            model["requests"],
            listed[model["model_id"]] if model["model_id"] else model["amount"],
            model["amount"],
            discounted.get(model["model_id"], NOTHING),
        )
        for model in data["models"]
        if model.get("kind") != "true_up"
    ] + [_own(line) for line in _lines_of(data, "true_up")]


def _by_project(models: Sequence[Row], costs: Sequence[Row], data: dict[str, Any]) -> list[_Cost]:
    fees = _lines_of(data, *SOLD, "true_up")
    listed = _spread_list(models, costs, data)
    usage = data["totals"]["subtotal"] - sum((fee["amount"] for fee in fees), NOTHING)
    exact = [row["contracted_amount"] for row in costs]
    contracted = spread(usage, exact, data["minor_digits"])
    projects = [
        _Cost(row["label"], row["requests"], listed[i], contracted[i], row["discount_amount"])
        for i, row in enumerate(costs)
    ]
    return projects + [_own(fee) for fee in fees]


def _spread_list(models: Sequence[Row], rows: Sequence[Row], data: dict[str, Any]) -> list[Decimal]:
    """Spread the rounded list price of all usage over rows."""
    digits = data["minor_digits"]
    total = round_half_up(sum((row["list_amount"] for row in models), NOTHING), digits)
    return spread(total, [row["list_amount"] for row in rows], digits)


def _rows(costs: Sequence[_Cost], data: dict[str, Any]) -> list[dict[str, Any]]:
    """Spread percent discounts by exact discount or else by amount, then fixed ones by the rest.

    What a minimum asks for comes after all discounts and bears none.
    """
    digits = data["minor_digits"]
    fixed = [row["amount"] for row in data["allowances"] if row.get("kind", "percent") != "percent"]
    off = sum(fixed, NOTHING)
    weights = [cost.exact_discount for cost in costs]
    if not any(weights):
        weights = [NOTHING if cost.is_true_up else cost.contracted for cost in costs]
    percents = spread(data["totals"]["discount"] - off, weights, digits)
    rests = [
        NOTHING if cost.is_true_up else max(cost.contracted - percent, NOTHING)
        for cost, percent in zip(costs, percents, strict=True)
    ]
    shares = zip(percents, spread(off, rests, digits), strict=True)
    discounts = [percent + share for percent, share in shares]
    return [
        {
            "label": cost.label,
            "requests": cost.requests,
            "list_amount": cost.listed,
            "contracted_amount": cost.contracted,
            "discount_amount": discount,
            "net_amount": cost.contracted - discount,
        }
        for cost, discount in zip(costs, discounts, strict=True)
    ]


def _lines_of(data: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [line for line in data["lines"] if line["kind"] in kinds]


def _own(line: dict[str, Any]) -> _Cost:
    """Show a line that is no usage as a row of its own."""
    is_true_up = line["kind"] == "true_up"
    return _Cost(line["description"], 0, line["amount"], line["amount"], NOTHING, is_true_up)


def report_head(marts: Marts, data: dict[str, Any]) -> dict[str, Any]:
    """Show whose report it is, and of which month."""
    organization_id = data["buyer"]["party_id"]
    profile = marts.of("profiles", organization_id)[0]
    return {
        "organization_id": organization_id,
        "organization_name": profile["organization_name"],
        **{
            name: data[name]
            for name in ("billing_month", "period_first_day", "period_last_day", "locale")
        },
    }
