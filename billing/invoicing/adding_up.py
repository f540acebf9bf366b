"""The last look at a document before it is filed: its amounts must add up.

Here: sums over the frozen JSON itself, so that what is checked is what is hashed. Keep out:
prices, percentages and tax rates; the audit recomputes those.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing.errors import BooksError

Json = Mapping[str, Any]
CREDITS = ("coupon", "promotional", "service")
PAYMENTS = ("purchased", "committed")
PAID_BEFORE = ("top_up_invoice", "top_up_receipt")


def require_sums(document: Json) -> None:
    """Raise BooksError, naming both numbers, where a document's amounts do not add up."""
    totals = {name: Decimal(text) for name, text in document["totals"].items()}
    lines, allowances = document["lines"], document["allowances"]
    expected = {
        "subtotal": _sum(lines, "amount"),
        "discount": _sum(allowances, "amount"),
        "taxable": totals["subtotal"] - totals["discount"],
        "tax": _sum(document["taxes"], "tax_amount"),
        "total": totals["taxable"] + totals["tax"],
        "amount_due": totals["total"] - totals["prepaid"],
    }
    for name, amount in expected.items():
        _require(document, name, totals[name], amount)
    if not document.get("top_up"):
        models = _sum(document["models"], "amount")
        _require(document, "sum of models", models, totals["subtotal"])
    _require_tax_groups(document)
    _require_numbering(document)
    _require_credits(document, totals)
    if document["balance"] is not None:
        _require_balance(document, document["balance"], totals["total"])


def _require_tax_groups(document: Json) -> None:
    groups = {(tax["category"], tax["rate"]): tax for tax in document["taxes"]}
    used = {_group(row) for row in (*document["lines"], *document["allowances"])}
    if len(groups) != len(document["taxes"]) or used != set(groups):
        raise BooksError(f"{_name(document)}: lines are in {used}, taxes are for {set(groups)}.")
    for group, tax in groups.items():
        lines = [line for line in document["lines"] if _group(line) == group]
        allowances = [row for row in document["allowances"] if _group(row) == group]
        gross, discount = Decimal(tax["gross_amount"]), Decimal(tax["discount_amount"])
        label = f"of {group[0]} at {group[1]}"
        _require(document, f"gross {label}", gross, _sum(lines, "amount"))
        _require(document, f"discount {label}", discount, _sum(allowances, "amount"))
        _require(document, f"taxable {label}", Decimal(tax["taxable_amount"]), gross - discount)


def _require_numbering(document: Json) -> None:
    for name in ("lines", "allowances"):
        numbers = [row["number"] for row in document[name]]
        if numbers != list(range(1, len(numbers) + 1)):
            raise BooksError(f"{_name(document)}: its {name} are numbered {numbers}.")


def _require_credits(document: Json, totals: Mapping[str, Decimal]) -> None:
    """Hold what was used of credits against the allowances and payments it makes."""
    uses = document["credits"]
    payments = [row for row in uses if row["kind"] in PAYMENTS]
    allowances = [row for row in document["allowances"] if row["kind"] in CREDITS]
    taken = _sum([row for row in uses if row["kind"] in CREDITS], "used")
    _require(document, "use of credits", taken, _sum(allowances, "amount"))
    is_of_balance = document["payment_mode"] == "prepaid" and not document.get("top_up")
    if is_of_balance or document["kind"] in PAID_BEFORE:
        _require(document, "paid", totals["prepaid"], totals["total"])
    else:
        _require(document, "use of balances", _sum(payments, "used"), totals["prepaid"])
    for row in uses:
        rest = Decimal(row["available"]) - Decimal(row["used"])
        expected = rest if row["repeats"] == "once" else Decimal(0)
        _require(document, f"rest of {row['name']}", Decimal(row["left"]), expected)


def _require_balance(document: Json, balance: Json, total: Decimal) -> None:
    entries = balance["entries"]
    closing = Decimal(balance["opening"]) + _sum(entries, "amount")
    _require(document, "closing balance", Decimal(balance["closing"]), closing)
    consumed = _sum([row for row in entries if row["kind"] == "consumption"], "amount")
    _require(document, "consumption", consumed, -total)


def _require(document: Json, what: str, shown: Decimal, summed: Decimal) -> None:
    if shown != summed:
        raise BooksError(f"{_name(document)}: {what} is {shown}, its parts make {summed}.")
    digits = document["minor_digits"]
    if shown != shown.quantize(Decimal(1).scaleb(-digits)):
        raise BooksError(f"{_name(document)}: {what} {shown} has more than {digits} decimals.")


def _sum(rows: Iterable[Json], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def _group(row: Json) -> tuple[str, str]:
    return row["tax_category"], row["tax_rate"]


def _name(document: Json) -> str:
    return f"The document of {document['buyer']['party_id']} for {document['billing_month']}"
