"""Laws of amounts, periods and tax that validators let through or name without a remedy.

Here: exact sums where official rules allow up to 1.00, and rules of Peppol that hold for every
profile of ours. Add a law when a form was refused by somebody's validator. Keep out: who sells
and buys (`identities`) and repairing anything.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

from invoice_render.einvoice.terms import EInvoice, Tax

SLACK = Decimal("0.02")
PERCENT = Decimal(100)
CATEGORY_OF = {
    "VATEX-EU-AE": "AE",
    "VATEX-EU-G": "G",
    "VATEX-EU-IC": "K",
    "VATEX-EU-O": "O",
    **dict.fromkeys(("VATEX-EU-D", "VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"), "E"),
}
"""An exemption code, and the one category it may stand with (P0104 to P0111)."""


def broken_laws(invoice: EInvoice) -> tuple[str, ...]:
    """Every law that does not hold, by the rule it stands for."""
    with localcontext() as context:
        context.prec = 76
        return (
            *_sums(invoice),
            *_taxes(invoice),
            *_items(invoice),
            *_allowances(invoice),
            *_documents(invoice),
        )


def _sums(invoice: EInvoice) -> Iterator[str]:
    sums = invoice.sums
    allowances = sums.allowances or Decimal(0)
    laws = (
        ("BR-CO-10 lines", sums.lines, _sum(item.amount for item in invoice.items)),
        ("BR-CO-11 allowances", allowances, _sum(each.amount for each in invoice.allowances)),
        ("BR-CO-13 taxable", sums.taxable, sums.lines - allowances),
        ("BR-CO-14 tax", sums.tax, _sum(tax.tax_amount for tax in invoice.taxes)),
        ("BR-CO-15 total", sums.total, sums.taxable + sums.tax),
        ("BR-CO-16 due", sums.amount_due, sums.total - (sums.prepaid or Decimal(0))),
    )
    for name, stated, exact in laws:
        if stated != exact:
            yield f"{name}: {stated:f} is not {exact:f}."


def _taxes(invoice: EInvoice) -> Iterator[str]:
    for tax in invoice.taxes:
        key = _key(tax.category, tax.percent)
        lines = _sum(x.amount for x in invoice.items if _key(x.tax_category, x.tax_percent) == key)
        off = _sum(
            x.amount for x in invoice.allowances if _key(x.tax_category, x.tax_percent) == key
        )
        if tax.taxable_amount != lines - off:
            yield f"BR-S-08 taxable of {tax.category}: {tax.taxable_amount:f} is not {lines - off:f}."
        yield from _rate(tax, invoice)
    categories = {tax.category for tax in invoice.taxes}
    if "O" in categories and len(categories) > 1:
        yield "BR-O-11: outside the scope of VAT (O) stands alone on a document."


def _rate(tax: Tax, invoice: EInvoice) -> Iterator[str]:
    """A note's tax is what its invoice's falls by, so less than one minor unit off the unrounded.

    That is two roundings, each at most half a unit off, and not both upwards.
    """
    unit = Decimal(1).scaleb(int(tax.tax_amount.as_tuple().exponent))
    unrounded = tax.taxable_amount * (tax.percent or 0) / PERCENT
    exact = unrounded.quantize(unit, ROUND_HALF_UP)
    is_near = invoice.is_credit_note and abs(tax.tax_amount - unrounded) < unit
    if tax.tax_amount != exact and not is_near:
        yield f"BR-CO-17 tax of {tax.category}: {tax.tax_amount:f} is not {exact:f}."
    if tax.category != "S" and tax.percent:
        yield f"BR-{tax.category}-05: category {tax.category} has no rate of {tax.percent:f}."
    if tax.category == "S" and not tax.percent:
        yield "BR-S-05: the standard category has a rate above 0."
    code = tax.exemption_code.upper()
    if CATEGORY_OF.get(code, tax.category) != tax.category:
        yield f"PEPPOL-EN16931-P0104: {code} does not belong to category {tax.category}."
    has_reason = bool(tax.exemption_code or tax.exemption_reason)
    if has_reason == (tax.category in ("S", "Z")):
        yield f"BR-{tax.category}-10: category {tax.category} and its reason do not fit."


def _items(invoice: EInvoice) -> Iterator[str]:
    numbers = [item.number for item in invoice.items]
    if not numbers or len(set(numbers)) != len(numbers):
        yield "BR-16, BR-21: there are lines, and each has its own number."
    for item in invoice.items:
        if item.base_quantity <= 0:
            yield f"PEPPOL-EN16931-R121: line {item.number} has no base quantity above 0."
            continue
        change = (item.rounding or Decimal(0)) * (1 if item.is_charge else -1)
        exact = item.quantity * item.price / item.base_quantity + change
        if abs(item.amount - exact) > SLACK:
            yield f"PEPPOL-EN16931-R120: line {item.number} is {item.amount:f}, not {exact:f}."
        if item.price < 0:
            yield f"BR-27: the price of line {item.number} is below 0."
        if not invoice.period_start <= item.period_start <= item.period_end <= invoice.period_end:
            yield f"PEPPOL-EN16931-R110, R111: line {item.number} reaches beyond the period."


def _allowances(invoice: EInvoice) -> Iterator[str]:
    for each in invoice.allowances:
        if (each.base_amount is None) != (each.percent is None):
            yield f"PEPPOL-EN16931-R041, R042: {each.reason!r} has base and percent, or none."
        elif each.base_amount is not None and each.percent is not None:
            exact = each.base_amount * each.percent / PERCENT
            if abs(each.amount - exact) > SLACK:
                yield f"PEPPOL-EN16931-R040: {each.reason!r} is {each.amount:f}, not {exact:f}."
        if not each.reason:
            yield "BR-33: an allowance has a reason."


def _documents(invoice: EInvoice) -> Iterator[str]:
    if invoice.is_credit_note and invoice.preceding is None:
        yield "BR-55: a credit note names the invoice it corrects."
    if invoice.sums.amount_due > 0 and invoice.due_date is None and not invoice.terms:
        yield "BR-CO-25: what is due has a due date or payment terms."
    accounting = invoice.accounting
    if accounting is not None and accounting.currency == invoice.currency:
        yield "PEPPOL-EN16931-R005: the accounting currency is another one."
    if accounting is not None and accounting.amount * invoice.sums.tax < 0:
        yield "PEPPOL-EN16931-R055: tax has one sign in both currencies."


def _key(category: str, percent: Decimal | None) -> tuple[str, Decimal]:
    return category, percent or Decimal(0)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
