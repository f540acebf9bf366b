"""Whether the sums of a document hold: the last look before it takes any form.

Here: the exact laws BR-CO-10 to 17, BR-S-08 and the balance of a statement. A credit note's tax
is what the tax of its invoice falls by, so it may be one minor unit off its own rounding. Add a
law when validators let an error through. Keep out: repairing anything.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

from invoice_render.document import CREDITS, Document, TaxGroup

Law = tuple[str, Decimal, Decimal]
PAYMENTS = {"purchased", "committed"}


def violations(document: Document) -> tuple[str, ...]:
    """Every law that does not hold, with both numbers; empty for a sound document."""
    with localcontext() as context:
        context.prec = 76
        laws = [
            *_totals(document),
            *_groups(document),
            *_credits(document),
            *_balance(document),
            *_accounting(document),
        ]
        texts = [
            f"{name}: {left:f} is not {right:f}" for name, left, right in laws if left != right
        ]
    numbers = [line.number for line in document.lines]
    if len(set(numbers)) != len(numbers):
        texts.append("line numbers repeat")
    return tuple(texts)


def _totals(document: Document) -> Iterator[Law]:
    sums = document.totals
    yield "BR-CO-10 subtotal", sums.subtotal, _sum(line.amount for line in document.lines)
    yield "BR-CO-11 discount", sums.discount, _sum(item.amount for item in document.allowances)
    yield "BR-CO-13 taxable", sums.taxable, sums.subtotal - sums.discount
    yield "BR-CO-14 tax", sums.tax, _sum(group.tax_amount for group in document.taxes)
    yield "BR-CO-15 total", sums.total, sums.taxable + sums.tax
    if document.kind != "statement":
        yield "BR-CO-16 amount due", sums.amount_due, sums.total - sums.prepaid
    else:
        yield "statement amount due", sums.amount_due, Decimal(0)


def _groups(document: Document) -> Iterator[Law]:
    groups = {(group.category, group.rate) for group in document.taxes}
    used = {(line.tax_category, line.tax_rate) for line in document.lines}
    used |= {(item.tax_category, item.tax_rate) for item in document.allowances}
    yield "tax groups", Decimal(len(groups)), Decimal(len(document.taxes))
    yield "tax groups without a breakdown", Decimal(len(used - groups)), Decimal(0)
    for group in document.taxes:
        yield from _group(group, document)


def _group(group: TaxGroup, document: Document) -> Iterator[Law]:
    key, name = (group.category, group.rate), f"{group.category} {group.rate:f}"
    lines = (line for line in document.lines if (line.tax_category, line.tax_rate) == key)
    items = (item for item in document.allowances if (item.tax_category, item.tax_rate) == key)
    unit = Decimal(1).scaleb(-document.minor_digits)
    tax = (group.taxable_amount * group.rate).quantize(unit, rounding=ROUND_HALF_UP)
    yield f"gross of {name}", group.gross_amount, _sum(line.amount for line in lines)
    yield f"discount of {name}", group.discount_amount, _sum(item.amount for item in items)
    base = group.gross_amount - group.discount_amount
    yield f"BR-S-08 taxable of {name}", group.taxable_amount, base
    is_note = document.kind == "credit_note"
    if not is_note or abs(group.tax_amount - tax) > unit:
        yield f"BR-CO-17 tax of {name}", group.tax_amount, tax


def _credits(document: Document) -> Iterator[Law]:
    """What was used of credits is what allowances take and what was paid before."""
    payments = [use for use in document.credits if use.kind in PAYMENTS]
    taken = _sum(use.used for use in document.credits if use.kind not in PAYMENTS)
    fixed = (item for item in document.allowances if item.kind in CREDITS)
    yield "use of credits", taken, _sum(item.amount for item in fixed)
    is_note = document.kind == "credit_note"
    if document.is_usage_of_balance or (document.top_up is not None and not is_note):
        yield "paid before", document.totals.prepaid, document.totals.total
    if payments:
        yield "use of balances", _sum(use.used for use in payments), document.totals.prepaid


def _balance(document: Document) -> Iterator[Law]:
    balance = document.balance
    if balance is not None:
        moved = _sum(entry.amount for entry in balance.entries)
        yield "closing balance", balance.closing, balance.opening + moved


def _accounting(document: Document) -> Iterator[Law]:
    accounting = document.accounting
    if accounting is not None:
        yield "total in accounts", accounting.total, accounting.net + accounting.tax


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
