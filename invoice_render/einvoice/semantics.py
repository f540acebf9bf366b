"""From a frozen document to the business terms of EN 16931 under one profile.

Here: what the norm asks for and the page does not: codes, the widest period, and the rounding
residue of whole-amount currencies. Keep out: amounts of its own; it hands on frozen ones, and
how a syntax writes them.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import partial

from invoice_render import document as frozen
from invoice_render.conversion import Accounting
from invoice_render.document import Document
from invoice_render.einvoice import terms
from invoice_render.einvoice.paying import due_date_of, payment_of, payment_words
from invoice_render.einvoice.profiles import Profile
from invoice_render.einvoice.traders import trader_of
from invoice_render.errors import RenderError
from invoice_render.formatting import minor, percent_number, shortest
from invoice_render.text import plain

OUTSIDE_SCOPE, WITHIN_EU = "O", "K"
MOST_DIGITS = 2
TYPES = {
    "invoice": terms.INVOICE,
    "top_up_invoice": terms.INVOICE,
    "credit_note": terms.CREDIT_NOTE,
}
_CENT = Decimal("0.01")


def has_form(document: Document) -> bool:
    """Whether this is an electronic invoice at all: finalized, and no statement or receipt."""
    return document.status != "draft" and may_have_form(document)


def may_have_form(document: Document) -> bool:
    """Whether it will be one once it is finalized; one without lines is none (BR-16, BR-CO-18)."""
    fits = all(digits <= MOST_DIGITS for _, digits in _currencies(document))
    return document.kind in TYPES and bool(document.lines) and fits


def einvoice_of(document: Document, profile: Profile) -> terms.EInvoice:
    """The terms of a finalized document. Raises RenderError for what EN 16931 has no form for."""
    _refuse_what_has_no_form(document)
    digits, chose = document.minor_digits, bool(document.forms)
    trader = partial(trader_of, profile=profile, is_taxed=_has_vat_ids(document), is_compact=chose)
    starts = [line.period_first_day for line in document.lines]
    ends = [line.period_last_day for line in document.lines]
    return terms.EInvoice(
        process=profile.process,
        customization=profile.customization,
        number=_text(document.number),
        issue_date=document.issue_date or document.period_last_day,
        due_date=due_date_of(document),
        type_code=TYPES[document.kind],
        currency=document.currency,
        notes=_notes(document, profile),
        tax_point=document.period_first_day if document.kind == "top_up_invoice" else None,
        buyer_reference=_text(document.buyer_reference),
        order_number=_text(document.order_number),
        period_start=min(starts, default=document.period_first_day),
        period_end=max(ends, default=document.period_last_day),
        preceding=_preceding(document),
        seller=trader(document.seller, sells=True),
        buyer=trader(document.buyer, sells=False),
        payment=payment_of(document, profile),
        terms=payment_words(document),
        delivery=_delivery(document),
        allowances=tuple(_allowance(each, digits) for each in document.allowances),
        taxes=tuple(_tax(each, digits, profile) for each in document.taxes),
        accounting=_accounting(document.accounting),
        sums=_sums(document),
        items=tuple(_item(line, digits) for line in document.lines),
    )


def _currencies(document: Document) -> list[tuple[str, int]]:
    """The currencies of its amounts, each with its decimals."""
    found = [(document.currency, document.minor_digits)]
    if document.accounting is not None:
        found.append((document.accounting.currency, document.accounting.minor_digits))
    return found


def _refuse_what_has_no_form(document: Document) -> None:
    name = document.number or "A draft"
    if document.kind not in TYPES:
        raise RenderError(f"{name} is a {document.kind}. Only invoices have this electronic form.")
    if document.status == "draft" or not document.number or document.issue_date is None:
        raise RenderError(f"{name} has no electronic form. Finalize it first.")
    if not document.lines:
        raise RenderError(f"{name} has no lines, and EN 16931 asks for one. Send PDF or HTML.")
    if not has_form(document):
        currency, digits = max(_currencies(document), key=lambda each: each[1])
        raise RenderError(
            f"{name} has amounts in {currency}, which has {digits} decimals; "
            "EN 16931 allows two. Send PDF or HTML."
        )


def _has_vat_ids(document: Document) -> bool:
    return all(group.category != OUTSIDE_SCOPE for group in document.taxes)


def _delivery(document: Document) -> terms.Delivery | None:
    if all(group.category != WITHIN_EU for group in document.taxes):
        return None
    buyer = document.buyer
    return terms.Delivery(_text(buyer.city), _text(buyer.postal_code), buyer.country)


def _notes(document: Document, profile: Profile) -> tuple[str, ...]:
    notes = tuple(note for note in map(_text, document.notes) if note)
    return (" ".join(notes),) if notes and profile.one_note else notes


def _preceding(document: Document) -> terms.Preceding | None:
    number = _text(document.corrects_number)
    return terms.Preceding(number, document.corrects_issue_date) if number else None


def _item(line: frozen.Line, digits: int) -> terms.Item:
    residue = _residue(line) if digits == 0 else Decimal(0)
    return terms.Item(
        number=line.number,
        name=_text(line.description) or _text(line.model_name) or str(line.number),
        item_id=_text(line.model_id),
        quantity=line.quantity,
        price=shortest(line.unit_price),
        base_quantity=line.base_quantity,
        amount=minor(line.amount, digits),
        period_start=line.period_first_day,
        period_end=line.period_last_day,
        tax_category=line.tax_category,
        tax_percent=_percent(line.tax_category, line.tax_rate),
        rounding=abs(residue) if residue else None,
        is_charge=residue > 0,
    )


def _residue(line: frozen.Line) -> Decimal:
    """What a whole amount differs from quantity x price, in hundredths."""
    with localcontext() as context:
        context.prec = 76
        exact = line.quantity * line.unit_price / line.base_quantity
        return line.amount - exact.quantize(_CENT, rounding=ROUND_HALF_UP)


def _allowance(allowance: frozen.Allowance, digits: int) -> terms.Allowance:
    has_base = digits > 0 and allowance.kind == "percent"
    return terms.Allowance(
        reason=_text(allowance.name),
        amount=minor(allowance.amount, digits),
        base_amount=minor(allowance.base_amount, digits) if has_base else None,
        percent=percent_number(allowance.pct) if has_base else None,
        tax_category=allowance.tax_category,
        tax_percent=_percent(allowance.tax_category, allowance.tax_rate),
    )


def _tax(group: frozen.TaxGroup, digits: int, profile: Profile) -> terms.Tax:
    percent = _percent(group.category, group.rate)
    return terms.Tax(
        category=group.category,
        percent=Decimal(0) if percent is None and profile.rate_always else percent,
        taxable_amount=minor(group.taxable_amount, digits),
        tax_amount=minor(group.tax_amount, digits),
        exemption_code=_text(group.exemption_code),
        exemption_reason=_text(group.exemption_reason),
    )


def _sums(document: Document) -> terms.Sums:
    sums = {name: minor(amount, document.minor_digits) for name, amount in document.totals}
    return terms.Sums(
        lines=sums["subtotal"],
        allowances=sums["discount"] if document.allowances else None,
        taxable=sums["taxable"],
        tax=sums["tax"],
        total=sums["total"],
        prepaid=sums["prepaid"] or None,
        amount_due=sums["amount_due"],
    )


def _accounting(accounting: Accounting | None) -> terms.AccountingTax | None:
    if accounting is None:
        return None
    return terms.AccountingTax(accounting.currency, minor(accounting.tax, accounting.minor_digits))


def _percent(category: str, rate: Decimal) -> Decimal | None:
    return None if category == OUTSIDE_SCOPE else percent_number(rate)


def _text(text: str) -> str:
    return plain(text).strip()
