"""An invoice or credit note as UBL 2.1 under EN 16931.

Here: what the European norm asks for and the page does not: codes, the widest period, and the
rounding residue of whole-amount currencies. Keep out: amounts of its own; it prints frozen ones.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from invoice_render.conversion import Accounting
from invoice_render.document import Allowance, Document, Line, TaxGroup
from invoice_render.environment import environment
from invoice_render.errors import RenderError
from invoice_render.formatting import formats_of, minor, percent_number, shortest
from invoice_render.messages import messages_of
from invoice_render.view.payment import payment_terms

CUSTOMIZATION = "urn:cen.eu:en16931:2017"
OUTSIDE_SCOPE = "O"
SEPA_CREDIT_TRANSFER, CREDIT_TRANSFER, PAID_BEFORE = "58", "30", "1"
"""Codes of UNTDID 4461; 1 names no instrument: how a top-up was paid only its reference says."""
MOST_DIGITS = 2
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class UblLine:
    """A line with its amount, and the allowance or charge that explains the residue."""

    line: Line
    amount: Decimal
    price: Decimal
    percent: Decimal | None
    rounding: Decimal | None
    is_charge: bool


@dataclass(frozen=True, slots=True)
class UblAllowance:
    """A document allowance; base and percent are both there or both absent."""

    allowance: Allowance
    amount: Decimal
    base_amount: Decimal | None
    factor: Decimal | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class UblTax:
    """One tax subtotal."""

    group: TaxGroup
    taxable_amount: Decimal
    tax_amount: Decimal
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class UblWords:
    """What UBL calls the parts of a document that an invoice and a credit note name apart."""

    root: str
    type_element: str
    type_code: str
    line: str
    quantity: str


INVOICE = UblWords("Invoice", "InvoiceTypeCode", "380", "InvoiceLine", "InvoicedQuantity")
CREDIT_NOTE = UblWords(
    "CreditNote", "CreditNoteTypeCode", "381", "CreditNoteLine", "CreditedQuantity"
)
WORDS = {"invoice": INVOICE, "credit_note": CREDIT_NOTE, "top_up_invoice": INVOICE}


@dataclass(frozen=True, slots=True)
class UblInvoice:
    """The document and what the template prints beside it; `words` are its element names.

    `tax_point` is BT-7, the day that decides the tax of a payment.
    """

    document: Document
    words: UblWords
    customization: str
    period_start: date
    period_end: date
    has_vat_ids: bool
    payment_means: str
    terms: str
    totals: dict[str, Decimal]
    lines: tuple[UblLine, ...]
    allowances: tuple[UblAllowance, ...]
    taxes: tuple[UblTax, ...]
    accounting_tax: Decimal | None = None
    tax_point: date | None = None


def render(document: Document) -> str:
    """The electronic invoice. Raises RenderError for what EN 16931 has no form for."""
    _refuse_what_has_no_form(document)
    return environment().get_template("ubl/invoice.xml.j2").render(invoice=_invoice(document))


def has_form(document: Document) -> bool:
    """Whether this is an electronic invoice at all: finalized, and no statement or receipt."""
    is_final = document.kind in WORDS and document.status != "draft"
    return is_final and all(digits <= MOST_DIGITS for _, digits in _currencies(document))


def _currencies(document: Document) -> list[tuple[str, int]]:
    """The currencies of its amounts, each with its decimals."""
    found = [(document.currency, document.minor_digits)]
    if document.accounting is not None:
        found.append((document.accounting.currency, document.accounting.minor_digits))
    return found


def _refuse_what_has_no_form(document: Document) -> None:
    name = document.number or "A draft"
    if document.kind not in WORDS:
        raise RenderError(f"{name} is a {document.kind}. Only invoices have this UBL form.")
    if document.status == "draft" or not document.number or document.issue_date is None:
        raise RenderError(f"{name} has no UBL form. Finalize it first.")
    if not has_form(document):
        currency, digits = max(_currencies(document), key=lambda each: each[1])
        raise RenderError(
            f"{name} has amounts in {currency}, which has {digits} decimals; "
            "EN 16931 allows two. Send PDF or HTML."
        )


def _invoice(document: Document) -> UblInvoice:
    digits = document.minor_digits
    starts = [line.period_first_day for line in document.lines]
    ends = [line.period_last_day for line in document.lines]
    totals = {name: minor(amount, digits) for name, amount in document.totals}
    return UblInvoice(
        document=document,
        words=WORDS[document.kind],
        customization=CUSTOMIZATION,
        period_start=min(starts, default=document.period_first_day),
        period_end=max(ends, default=document.period_last_day),
        has_vat_ids=all(group.category != OUTSIDE_SCOPE for group in document.taxes),
        payment_means=_payment_means(document),
        terms=payment_terms(document, messages_of(formats_of(document.locale).locale)),
        totals=totals,
        lines=tuple(_line(line, digits) for line in document.lines),
        allowances=tuple(_allowance(allowance, digits) for allowance in document.allowances),
        taxes=tuple(_tax(group, digits) for group in document.taxes),
        accounting_tax=_accounting_tax(document.accounting),
        tax_point=document.period_first_day if document.kind == "top_up_invoice" else None,
    )


def _payment_means(document: Document) -> str:
    if document.kind == "top_up_invoice":
        return PAID_BEFORE
    return SEPA_CREDIT_TRANSFER if document.currency == "EUR" else CREDIT_TRANSFER


def _line(line: Line, digits: int) -> UblLine:
    amount = minor(line.amount, digits)
    residue = _residue(line) if digits == 0 else Decimal(0)
    return UblLine(
        line=line,
        amount=amount,
        price=shortest(line.unit_price),
        percent=_percent(line.tax_category, line.tax_rate),
        rounding=abs(residue) if residue else None,
        is_charge=residue > 0,
    )


def _residue(line: Line) -> Decimal:
    """What a whole amount differs from quantity x price, in hundredths."""
    with localcontext() as context:
        context.prec = 76
        exact = line.quantity * line.unit_price / line.base_quantity
        return line.amount - exact.quantize(_CENT, rounding=ROUND_HALF_UP)


def _allowance(allowance: Allowance, digits: int) -> UblAllowance:
    has_base = digits > 0 and allowance.kind == "percent"
    return UblAllowance(
        allowance=allowance,
        amount=minor(allowance.amount, digits),
        base_amount=minor(allowance.base_amount, digits) if has_base else None,
        factor=percent_number(allowance.pct) if has_base else None,
        percent=_percent(allowance.tax_category, allowance.tax_rate),
    )


def _tax(group: TaxGroup, digits: int) -> UblTax:
    return UblTax(
        group=group,
        taxable_amount=minor(group.taxable_amount, digits),
        tax_amount=minor(group.tax_amount, digits),
        percent=_percent(group.category, group.rate),
    )


def _accounting_tax(accounting: Accounting | None) -> Decimal | None:
    """BT-111, which stands beside the currency BT-6 that it is in."""
    return minor(accounting.tax, accounting.minor_digits) if accounting else None


def _percent(category: str, rate: Decimal) -> Decimal | None:
    return None if category == OUTSIDE_SCOPE else percent_number(rate)
