"""Random documents whose sums hold.

Here: hypothesis strategies over lines, discounts, currencies and tax categories. Keep out:
examples with a story (`factories`).
"""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from invoice_render.document import Document, Line
from tests.invoice_render.assembly import Discount, rounded
from tests.invoice_render.factories import (
    AURORA,
    COBALT,
    DENKI,
    ETOILE,
    MODELS,
    document_of,
    fee_line,
    usage_line,
)

TAXES = {"S": (AURORA, "0.19"), "AE": (ETOILE, "0"), "O": (COBALT, "0")}
METERS = ("input_uncached", "cache_read", "cache_write_5m", "output_visible", "image")


@st.composite
def lines(draw: st.DrawFn, tax: tuple[str, str], digits: int) -> list[Line]:
    """One to twenty lines of usage, maybe a fee; some outside the billing month."""
    result: list[Line] = []
    for number in range(1, draw(st.integers(1, 20)) + 1):
        model_id, name, *_ = draw(st.sampled_from(MODELS))
        meter = draw(st.sampled_from(METERS))
        quantity = draw(st.integers(0, 9_000_000_000))
        base = 1 if meter == "image" else 1_000_000
        quantity = quantity % 5_000 if base == 1 else quantity
        price = draw(st.decimals(0, 75, places=6))
        line = usage_line(number, model_id, name, meter, "default", quantity)
        first = draw(st.dates(date(2026, 9, 1), date(2026, 10, 31)))
        changes = {
            "unit_price": price,
            "base_quantity": base,
            "amount": rounded(quantity * price / base, digits),
            "tax_category": tax[0],
            "tax_rate": Decimal(tax[1]),
            "period_first_day": first,
            "service_month": f"{first:%Y-%m}",
        }
        result.append(line.model_copy(update=changes))
    if draw(st.booleans()):
        result.append(fee_line(len(result) + 1, "plan_fee", "Team plan", "4900", tax))
    return result


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """An invoice in euro, dollar or yen, in any supported tax category."""
    category = draw(st.sampled_from(sorted(TAXES)))
    currency, digits = draw(st.sampled_from([("EUR", 2), ("USD", 2), ("JPY", 0)]))
    buyer, rate = TAXES[category]
    own_lines = draw(lines((category, rate), digits))
    return document_of(
        own_lines,
        draw(st.lists(discounts(), max_size=3)),
        digits=digits,
        prepaid=Decimal(draw(st.integers(0, 100))),
        buyer=DENKI if currency == "JPY" and category == "O" else buyer,
        currency=currency,
        locale=draw(st.sampled_from(["de_DE", "en_US", "en_IN", "fr_FR", "zh_Hans_CN", "ja_JP"])),
    )


@st.composite
def discounts(draw: st.DrawFn) -> Discount:
    """A percentage on all models or on one."""
    model_id = draw(st.sampled_from(["", *(model_id for model_id, *_ in MODELS)]))
    pct = Decimal(draw(st.integers(1, 2_000))) / 4_000
    return Discount(draw(st.sampled_from(["Partner", "Launch & more", "値引き"])), pct, model_id)
