"""The data that the issue of a VAT special invoice is asked for with.

Here: the request, its fields and how a frozen document fills them. What only the tax platform
knows (the code of a supply, a red letter's confirmation, the number of the original) has a field
that is empty. Bump `SCHEMA_VERSION` when a field changes its meaning. Keep out: spreading
(`spread`) and writing (`files`).
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import WithJsonSchema

from invoice_render.document import Document, Line
from invoice_render.formatting import formats_of
from invoice_render.frozen import Frozen, Number
from invoice_render.messages import Messages, messages_of
from invoice_render.national.china.codes import credit_code
from invoice_render.national.china.numerals import capital_numerals
from invoice_render.national.china.spread import Share, shares_of
from invoice_render.party import Party
from invoice_render.text import plain
from invoice_render.view.lines import LineWriter

SCHEMA_VERSION: Literal[1] = 1
LOCALE = "zh_Hans_CN"
TOKEN_BASE = 1_000_000
MONTHLY = ("plan_fee", "item_fee")
Plain = Annotated[Number, WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"})]


class RequestParty(Frozen):
    """Seller or buyer; what the catalog does not have is empty."""

    name: str
    tax_id: str
    address: str
    phone: str
    bank_name: str
    bank_account: str


class RequestLine(Frozen):
    """One line: net_amount = amount - discount, both without tax.

    `unit_price` is without tax and for `base_quantity` units.
    """

    number: int
    name: str
    details: str
    tax_classification_code: str
    unit: str
    quantity: int
    unit_price: Plain
    base_quantity: int
    amount: Plain
    discount: Plain
    net_amount: Plain
    tax_category: str
    tax_rate: Plain
    tax_amount: Plain


class RequestTotals(Frozen):
    """The sums of the lines: total = net_amount + tax_amount."""

    amount: Plain
    discount: Plain
    net_amount: Plain
    tax_amount: Plain
    total: Plain
    total_in_capitals: str


class RedLetter(Frozen):
    """Which invoice a red letter takes back; the platform's numbers are empty until it gives them."""

    original_number: str
    original_issue_date: date | None
    original_platform_number: str
    confirmation_number: str


class Request(Frozen):
    """One invoice to be issued; a `red` one has negative quantities and amounts."""

    schema_version: Literal[1] = SCHEMA_VERSION
    invoice_type: Literal["vat_special_invoice"] = "vat_special_invoice"
    color: Literal["blue", "red"]
    number: str
    issue_date: date | None
    currency: Literal["CNY"]
    seller: RequestParty
    buyer: RequestParty
    lines: tuple[RequestLine, ...]
    totals: RequestTotals
    red_letter: RedLetter | None
    remarks: tuple[str, ...]


def request_of(document: Document) -> Request:
    """The request for a finalized document in CNY. Raises RenderError as `shares_of` does."""
    is_red = document.kind == "credit_note"
    signed = _negative if is_red else _as_is
    sums = document.totals
    return Request(
        color="red" if is_red else "blue",
        number=plain(document.number),
        issue_date=document.issue_date,
        currency="CNY",
        seller=_seller(document),
        buyer=_party(document.buyer),
        lines=_lines(document, signed),
        totals=RequestTotals(
            amount=signed(sums.subtotal),
            discount=signed(sums.discount),
            net_amount=signed(sums.taxable),
            tax_amount=signed(sums.tax),
            total=signed(sums.total),
            total_in_capitals=capital_numerals(signed(sums.total)),
        ),
        red_letter=_red_letter(document) if is_red else None,
        remarks=tuple(note for note in map(plain, document.notes) if note),
    )


def _seller(document: Document) -> RequestParty:
    payment = document.payment
    bank = {"bank_name": plain(payment.bank_name), "bank_account": plain(payment.iban)}
    return _party(document.seller).model_copy(update=bank)


def _party(party: Party) -> RequestParty:
    parts = (party.postal_code, party.region, party.city, party.street)
    return RequestParty(
        name=plain(party.legal_name),
        tax_id=credit_code(party),
        address=" ".join(part for part in map(plain, parts) if part),
        phone=plain(party.phone),
        bank_name="",
        bank_account="",
    )


def _red_letter(document: Document) -> RedLetter:
    return RedLetter(
        original_number=plain(document.corrects_number),
        original_issue_date=document.corrects_issue_date,
        original_platform_number="",
        confirmation_number="",
    )


def _lines(document: Document, signed: Callable[[Decimal], Decimal]) -> tuple[RequestLine, ...]:
    """The lines in order, under the names that the paper has in Chinese."""
    formats = formats_of(LOCALE, document.currency, document.minor_digits)
    messages = messages_of(formats.locale)
    chinese = document.model_copy(update={"locale": LOCALE})
    table = LineWriter(chinese, formats, messages).table()
    names = [(group.title, row[1]) for group in table.groups for row in group.rows]
    shares = shares_of(document)
    return tuple(
        _line(
            line,
            shares[line.number],
            " ".join(part for part in (title, cell.text) if part),
            cell.note,
            messages,
            signed,
        )
        for line, (title, cell) in zip(document.lines, names, strict=True)
    )


def _line(
    line: Line,
    share: Share,
    name: str,
    details: str,
    messages: Messages,
    signed: Callable[[Decimal], Decimal],
) -> RequestLine:
    return RequestLine(
        number=line.number,
        name=name,
        details=details,
        tax_classification_code="",
        unit=_unit(line, messages),
        quantity=int(signed(Decimal(line.quantity))),
        unit_price=line.unit_price,
        base_quantity=line.base_quantity,
        amount=signed(line.amount),
        discount=signed(share.discount),
        net_amount=signed(share.net),
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        tax_amount=signed(share.tax),
    )


def _unit(line: Line, messages: Messages) -> str:
    if line.kind in MONTHLY:
        return messages.units["month"]
    if line.base_quantity == TOKEN_BASE:
        return messages.units["tokens"]
    return messages.units.get(line.meter) or (messages.meter(line.meter) if line.meter else "项")


def _as_is(amount: Decimal) -> Decimal:
    return amount


def _negative(amount: Decimal) -> Decimal:
    return amount.copy_negate() if amount else amount
