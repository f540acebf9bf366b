"""The laws every document keeps, checked on its JSON alone.

Here: additions and roundings of `Decimal`, written for the tests. Keep out: where the amounts
come from.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Document = dict[str, Any]
Group = tuple[str, str]


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Round half away from zero to so many decimals."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def check(document: Document) -> None:
    """Assert all laws of one document."""
    totals = {name: Decimal(text) for name, text in document["totals"].items()}
    lines = [Decimal(line["amount"]) for line in document["lines"]]
    allowances = [Decimal(row["amount"]) for row in document["allowances"]]
    assert totals["subtotal"] == sum(lines)
    assert totals["discount"] == sum(allowances)
    assert totals["taxable"] == totals["subtotal"] - totals["discount"]
    assert totals["total"] == totals["taxable"] + totals["tax"]
    assert totals["amount_due"] == totals["total"] - totals["prepaid"]
    _check_groups(document, totals)
    _check_accounting(document)
    for line in document["lines"]:
        _check_line(line, document["minor_digits"])


def _check_groups(document: Document, totals: dict[str, Decimal]) -> None:
    digits = document["minor_digits"]
    gross: dict[Group, Decimal] = defaultdict(Decimal)
    taken: dict[Group, Decimal] = defaultdict(Decimal)
    for line in document["lines"]:
        gross[_group(line)] += Decimal(line["amount"])
    for row in document["allowances"]:
        taken[_group(row)] += Decimal(row["amount"])
    taxes = {(row["category"], row["rate"]): row for row in document["taxes"]}
    assert set(gross) | set(taken) == set(taxes)
    for group, row in taxes.items():
        taxable = gross[group] - taken[group]
        assert Decimal(row["taxable_amount"]) == taxable
        assert Decimal(row["tax_amount"]) == rounded(taxable * Decimal(group[1]), digits)
    assert totals["tax"] == sum(Decimal(row["tax_amount"]) for row in taxes.values())


def _check_accounting(document: Document) -> None:
    """Each tax group's net and tax is converted alone; the total is their sum."""
    accounting = document["accounting"]
    if accounting is None:
        return
    rate, digits = Decimal(accounting["rate"]), accounting["minor_digits"]
    for name, of_group in (("net", "taxable_amount"), ("tax", "tax_amount")):
        amounts = [rounded(Decimal(row[of_group]) * rate, digits) for row in document["taxes"]]
        assert Decimal(accounting[name]) == sum(amounts)
    parts = (Decimal(accounting["net"]), Decimal(accounting["tax"]))
    assert Decimal(accounting["total"]) == sum(parts)


def _group(row: Document) -> Group:
    return row["tax_category"], row["tax_rate"]


def _check_line(line: Document, digits: int) -> None:
    """A line shows its exact amount to less than one minor unit: the spread moves no more."""
    exact = line["quantity"] * Decimal(line["unit_price"]) / line["base_quantity"]
    assert abs(Decimal(line["amount"]) - exact) < Decimal(1).scaleb(-digits)
