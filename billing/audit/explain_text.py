"""An explanation in plain words, line by line of text.

Here: how each part of an explanation reads. Add words when `explain` gains a key. Keep out:
colours and widths, which the command line adds, and any arithmetic.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.audit.explain_currency_text import conversion_text, exchange_text, tax_text
from billing.audit.explain_overage_text import overage_text
from billing.audit.explain_price_text import price_text, scope, validity
from billing.audit.explain_terms_text import terms_text
from billing.audit.explain_usage_text import usage_text
from billing.audit.explain_volume_text import volume_text
from billing.audit.percents import percent
from billing.audit.rounding import to_minor

Part = Mapping[str, Any]
INDENT = "    "


def explanation_text(explanation: Part) -> list[str]:
    """Return an explanation as lines of text, the total first."""
    head, totals = explanation["document"], explanation["totals"]
    currency = head["currency"]
    name = head["number"] or f"draft {head['kind']}"
    return [
        f"{name} of {explanation['organization_id']} for {head['billing_month']}",
        *_corrects(explanation, head),
        *_top_up(explanation.get("top_up"), totals),
        _total(totals, currency),
        *_due(head, totals, is_about_top_up="top_up" in explanation),
        *(_discount(row, currency) for row in explanation["discounts"]),
        *terms_text(explanation, currency),
        *tax_text(explanation, currency),
        *_balance(explanation.get("balance"), currency),
        *exchange_text(explanation),
        *(text for line in explanation["lines"] for text in ("", *_line(line, currency))),
    ]


def _corrects(explanation: Part, head: Part) -> Iterator[str]:
    if head["kind"] == "credit_note" and "top_up" in explanation:
        yield f"Gives back of {head['corrects_number']} of {head['corrects_month']}"
    elif head["kind"] == "credit_note":
        yield (
            f"Gives back what {head['corrects_number']} of {head['corrects_month']} billed too "
            "much; its amounts are positive, the charges behind them below zero."
        )


def _top_up(row: Part | None, totals: Part) -> Iterator[str]:
    """Say which payment it was, the day that decides its tax, and what a note gives back."""
    if row is None:
        return
    currency = row["currency"]
    for refund in row.get("refunds", ()):
        yield f"Refund {refund['movement_id']}, {refund['reference']!r}, at {refund['occurred_at']}"
    tax = f"its tax is that of the local day {row['top_up_date']}"
    if row["kind"] == "top_up_receipt":
        tax = "no supply, so untaxed: tax is invoiced with what is used"
    yield f"Top-up {row['top_up_id']}, {row['reference']!r}, at {row['occurred_at']}; {tax}"
    if row["kind"] == "credit_note":
        taken = Decimal(row["lot_refunded_amount"] or 0)
        of_lot = min(taken, Decimal(totals["taxable"])).quantize(Decimal(totals["taxable"]))
        yield (
            f"Refunded: {totals['taxable']} {currency}, of them {of_lot} {currency} out of its "
            f"lot; the tax of its invoice falls by {totals['tax']} {currency}"
        )


def _total(totals: Part, currency: str) -> str:
    return (
        f"Total {totals['total']} {currency} = subtotal {totals['subtotal']} "
        f"- discounts {totals['discount']} + tax {totals['tax']}"
    )


def _due(head: Part, totals: Part, *, is_about_top_up: bool) -> Iterator[str]:
    is_of_balance = head["payment_mode"] == "prepaid" and not is_about_top_up
    if is_of_balance and head["kind"] == "credit_note":
        yield f"Given back {totals['total']} {head['currency']} to the prepaid balance"
    elif is_of_balance:
        yield "Nothing is payable: the total was taken from the prepaid balance."
    elif head["kind"] in ("top_up_invoice", "top_up_receipt"):
        yield f"Nothing is payable: {totals['prepaid']} {head['currency']} was paid before."
    elif head["kind"] == "credit_note":
        yield f"Given back {totals['amount_due']} {head['currency']}"
    else:
        paid = Decimal(totals["prepaid"])
        before = f" after {totals['prepaid']} paid from balances" if paid else ""
        yield f"Amount due {totals['amount_due']} {head['currency']}{before}"


WITHHELD = {
    "maximum": "never billed, for it lay above the maximum",
    "minimum": "due all the same, as the minimum asks",
    "credited": "never paid, for credits covered it",
    "rounding": "by which rounded parts exceed the whole",
}
"""Why a credit note gives back less than its lines; such an allowance has its kind for an id."""


def _discount(row: Part, currency: str) -> str:
    if row.get("kind", "percent") != "percent":
        is_of_note = row["discount_id"] == row["kind"]
        why = WITHHELD[row["kind"]] if is_of_note else f"{row['kind']}, {row['discount_id']}"
        return (
            f"Allowance {row['name']!r} ({why}): {row['amount']} "
            f"{currency} of {row['base_amount']} at {percent(row['tax_rate'])}"
        )
    return (
        f"Discount {row['name']!r}: {percent(row['pct'])} of {row['base_amount']} "
        f"= {row['amount']} {currency} (rounded once per tax rate, {percent(row['tax_rate'])})"
    )


def _balance(balance: Part | None, currency: str) -> Iterator[str]:
    if balance is not None:
        entries = "".join(
            f", {row['kind'].replace('_', '-')} {row['amount']}" for row in balance["entries"]
        )
        yield (
            f"Balance: opening {balance['opening']}{entries}, closing {balance['closing']} "
            f"{currency}"
        )


def _line(line: Part, currency: str) -> Iterator[str]:
    yield f"Line {line['number']}: {line['description']}, {_period(line)}"
    yield (
        f"{INDENT}{line['quantity']:,} x {line['unit_price']} {currency}"
        f"{_per(line['base_quantity'])} = {line['exact_amount']} exactly, "
        f"shown as {line['amount']} {currency}{_spreading(line)}"
    )
    if line["kind"] == "adjustment":
        yield from (f"{INDENT}{text}" for text in _adjustment(line, currency))
        return
    if line["kind"] == "top_up":
        return
    if line["kind"] == "plan_overage":
        yield from overage_text(line)
        return
    if line["kind"] == "true_up":
        yield f"{INDENT}What the invoice is below its minimum spend"
        return
    if line["kind"] != "usage":
        yield from _subscription(line.get("subscription"))
        yield from (f"{INDENT}{text}" for text in _days(line))
        return
    yield from price_text(line)
    yield from volume_text(line)
    yield from conversion_text(line)
    yield from (f"{INDENT}{_charge(row, currency)}" for row in line["charges"])
    yield from (f"{INDENT}{_step(row, currency)}" for row in line["discounts"])
    yield from usage_text(line)


def _adjustment(line: Part, currency: str) -> Iterator[str]:
    """Say which amendments made it, and what was held against what; net after discounts."""
    if not line["amendments"]:
        yield "What was compared stands in the warehouse for the month closed last: close again."
    for row in line["amendments"]:
        yield f"Amendment {row['amendment_id']}: {row['reason']}"
    for row in line["filed"]:
        yield f"Filed on {row['number']}: net {row['net_amount']} {currency}"
    for row in line["rerated"]:
        yield (
            f"Rated again as {row['rated_month'][:7]} billed it: net {row['net_amount']} {currency}"
        )


def _spreading(line: Part) -> str:
    """Say why a line shows another amount than its own rounding."""
    digits = len(line["amount"].partition(".")[2])
    own, shown = (to_minor(Decimal(line[name]), digits) for name in ("exact_amount", "amount"))
    return "" if own == shown else " (lines share the rounded sum by largest remainder)"


def _period(line: Part) -> str:
    first, last = line["period_first_day"], line["period_last_day"]
    if line["kind"] == "top_up":
        return str(first)
    return f"{first} to {last}, usage of {line['service_month']}"


def _per(base_quantity: int) -> str:
    return f" per {base_quantity:,}" if base_quantity != 1 else ""


def _subscription(row: Part | None) -> Iterator[str]:
    if row is not None:
        what = row.get("plan_id") or f"{row['model_id']}, tier {row['service_tier']}"
        yield (
            f"{INDENT}Subscription {row['subscription_id']} ({what}): monthly fee "
            f"{row['monthly_fee']} {row['currency']}, running since {row['starts_date']}"
        )


def _days(line: Part) -> Iterator[str]:
    """Say for how many days of its period a fee is, where it is not for all of them."""
    days, sold = line.get("days"), line.get("subscription")
    if days is None or sold is None:
        return
    period = (
        f"{days['period_days']} days from {days['period_first_day']} to {days['period_last_day']}"
    )
    part = f"{sold['monthly_fee']} x {{}} / {days['period_days']}".format
    if days["kept_days"] is not None:
        yield (
            f"Changed on {sold['changed_date']}: of the {period} {days['charged_days']} were "
            f"charged in advance, {part(days['charged_days'])}; {days['kept_days']} stay, "
            f"{part(days['kept_days'])}; the difference of both, rounded, is given back"
        )
    elif days["charged_days"] < days["period_days"]:
        yield f"For {days['charged_days']} of the {period}: {part(days['charged_days'])}, rounded"


def _charge(row: Part, currency: str) -> str:
    region = f", region {row['region']}" if row["region"] else ""
    rate = ""
    if row["agreed_currency"] not in {row["currency"], row["price_currency"]}:
        rate = f" (converted from {row['agreed_currency']})"
    elif row["agreed_currency"] != row["currency"]:
        rate = (
            f" (at {row['exchange_rate']} {row['currency']} per {row['price_currency']}, "
            f"{row['exchange_source']} of {row['exchange_rate_date']})"
        )
    counted, size = row["quantity"], row["package_size"]
    if size > 1:
        counted = row["charged_quantity"] // size
        region += f", {row['quantity']:,} units in started packages of {size:,}"
    return (
        f"Project {row['project_id']}{region}: {counted:,} x {row['unit_price']}{rate} "
        f"= {row['contracted_amount']}, after discounts {row['net_amount']} {currency}"
    )


def _step(row: Part, currency: str) -> str:
    return (
        f"Discount {row['name']!r}{scope(row)}: {percent(row['discount_pct'])} of "
        f"{row['base_amount']} = {row['discount_amount']} {currency} exactly, "
        f"{validity(row, 'date')} ({row['discount_id']})"
    )
