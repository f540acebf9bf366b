"""Sixty and more documents: every tax category by what a document can have beside it.

Here: small ones, so that all of them can be validated. Keep out: examples with a story
(`factories`) and expectations.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from invoice_render.conversion import Accounting
from invoice_render.document import Document, Line
from invoice_render.party import Party
from tests.invoice_render.assembly import Discount, Fixed, rounded
from tests.invoice_render.documents import document_of
from tests.invoice_render.factories import INVOICES
from tests.invoice_render.heads import PAYMENT
from tests.invoice_render.lines import MODELS, fee_line, usage_line, usage_lines
from tests.invoice_render.people import AURORA, COBALT, DENKI, ETOILE, LUMEN, SELLER

Maker = Callable[[], Document]
ADDRESSES = {
    "org_aurora": ("DE129273398", "9930"),
    "org_etoile": ("FR40303265045", "9957"),
    "org_cobalt": ("079942718", "0060"),
    "org_denki": ("4569951110153", "0088"),
    "org_lumen": ("4012345000009", "0088"),
}


def reachable(party: Party) -> Party:
    """The party with an address that Peppol delivers to."""
    address, scheme = ADDRESSES[party.party_id]
    return party.model_copy(update={"endpoint_id": address, "endpoint_scheme": scheme})


BUYERS = {
    "S": AURORA,
    "Z": AURORA,
    "E": AURORA,
    "AE": ETOILE,
    "K": ETOILE,
    "G": COBALT,
    "O": LUMEN,
}
RATES = {"S": "0.19"}
PARTNER = Discount("Partner discount & <launch>", Decimal("0.125"))
NOTE: dict[str, Any] = {
    "kind": "credit_note",
    "number": "CN-2026-000009",
    "status": "settled",
    "billing_month": "2026-11",
    "payment": PAYMENT.model_copy(update={"due_date": None, "reference": "CN-2026-000009"}),
    "corrects_month": "2026-10",
    "corrects_number": "INV-2026-000001",
    "corrects_issue_date": date(2026, 11, 4),
}


def _lines(category: str, digits: int = 2) -> list[Line]:
    tax = (category, RATES.get(category, "0"))
    return usage_lines("0.86430424", digits, tax, models=MODELS[:1])


def _of(category: str, lines: list[Line], *discounts: Discount, **fields: Any) -> Document:
    head = {"buyer": reachable(BUYERS[category]), "order_number": "PO-1"}
    return document_of(lines, discounts, **{**head, **fields})


def plain(category: str) -> Document:
    return _of(category, _lines(category))


def discounted(category: str) -> Document:
    other = Discount("Second", Decimal("0.2"), MODELS[0][0])
    return _of(category, _lines(category), PARTNER, other)


def prepaid(category: str) -> Document:
    coupon = (Fixed("coupon", "Coupon", Decimal("1.01")),)
    return _of(category, _lines(category), fixed=coupon, prepaid=Decimal("5.55"))


def paid_whole(category: str) -> Document:
    return _of(category, _lines(category), prepaid=Decimal(10) ** 9)


def yen(category: str) -> Document:
    buyer = reachable(DENKI if category in "GO" else BUYERS[category])
    return _of(
        category,
        _lines(category, 0),
        PARTNER,
        digits=0,
        currency="JPY",
        buyer=buyer,
        locale="ja_JP",
    )


def in_two_currencies(category: str) -> Document:
    """The seller's accounts are in euro: 0.8 of each dollar."""
    document = _of(category, _lines(category), currency="USD", locale="en_US")
    net, tax = (
        rounded(each * Decimal("0.8"), 2) for each in (document.totals.taxable, document.totals.tax)
    )
    accounts = Accounting(
        currency="EUR",
        minor_digits=2,
        rate=Decimal("0.8"),
        rate_date=date(2026, 10, 30),
        source="ECB",
        net=net,
        tax=tax,
        total=net + tax,
    )
    return document.model_copy(update={"accounting": accounts})


def with_late_lines_and_fees(category: str) -> Document:
    """Usage of September and a fee that reaches into November widen the period."""
    first, *rest = _lines(category)
    late = {"period_first_day": date(2026, 9, 1), "period_last_day": date(2026, 9, 30)}
    fee = fee_line(len(rest) + 2, ("", "Team"), "49.00", (category, RATES.get(category, "0")))
    return _of(category, [first.model_copy(update=late), *rest, fee], notes=("One", "Two"))


def note(category: str) -> Document:
    return _of(category, _lines(category), **NOTE)


def discounted_note(category: str) -> Document:
    return _of(category, _lines(category), PARTNER, **NOTE)


SHAPES = (
    plain,
    discounted,
    prepaid,
    paid_whole,
    yen,
    in_two_currencies,
    with_late_lines_and_fees,
    note,
    discounted_note,
)


def _two_rates() -> Document:
    reduced = _line_at("0.07", 7)
    return _of("S", [*_lines("S"), reduced], PARTNER)


def _taxed_and_exempt() -> Document:
    exempt = _line_at("0", 7).model_copy(update={"tax_category": "E"})
    return _of("S", [*_lines("S"), exempt], PARTNER)


def _nothing_used() -> Document:
    line = usage_line(1, "gpt-5", "GPT-5", "image", 0)
    return _of("S", [line.model_copy(update={"unit_price": Decimal("0.01"), "base_quantity": 1})])


def _line_at(rate: str, number: int) -> Line:
    changes = {"unit_price": Decimal("0.333333"), "tax_rate": Decimal(rate)}
    line = usage_line(number, "gpt-5", "GPT-5", "output_visible", 31_000_000)
    return line.model_copy(update={**changes, "amount": Decimal("10.33")})


def _with_address(factory: Maker) -> Maker:
    """An example of the factories, whose buyer can be reached."""

    def make() -> Document:
        document = factory()
        update = {"buyer": reachable(document.buyer), "seller": SELLER, "order_number": "PO-1"}
        return document.model_copy(update=update)

    return make


def _named() -> Iterator[tuple[str, Maker]]:
    for shape in SHAPES:
        for category in BUYERS:
            yield f"{shape.__name__} {category}", lambda s=shape, c=category: s(c)  # type: ignore[misc]
    for single in (_two_rates, _taxed_and_exempt, _nothing_used):
        yield single.__name__, single
    for factory in INVOICES:
        if len(factory().lines) <= 20:
            yield factory.__name__, _with_address(factory)


@cache
def cases() -> dict[str, Document]:
    """Every case by its name, made once per process; their buyers chose their forms."""
    chosen = {"forms": ("en16931-ubl",)}
    return {name: make().model_copy(update=chosen) for name, make in _named()}
