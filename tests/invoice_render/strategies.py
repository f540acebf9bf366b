"""Random documents whose sums hold.

Here: hypothesis strategies over lines, discounts, currencies and tax categories. Keep out:
examples with a story (`factories`).
"""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from invoice_render.document import Document, Line
from tests.invoice_render.assembly import Discount, rounded
from tests.invoice_render.documents import document_of
from tests.invoice_render.lines import MODELS, fee_line, usage_line
from tests.invoice_render.people import AURORA, COBALT, DENKI, ETOILE

TAXES = {"S": (AURORA, "0.19"), "AE": (ETOILE, "0"), "O": (COBALT, "0")}
METERS = ("input_uncached", "cache_read", "cache_write_5m", "output_visible", "image")


@st.composite
def lines(draw: st.DrawFn, tax: tuple[str, str], digits: int) -> list[Line]:
    """One to twenty lines of usage, maybe a fee; some outside the billing month."""
    count = draw(st.integers(1, 20))
    result = [draw(usage(number, tax, digits)) for number in range(1, count + 1)]
    if draw(st.booleans()):
        result.append(fee_line(count + 1, ("", "Team"), "4900", tax))
    return result


@st.composite
def usage(draw: st.DrawFn, number: int, tax: tuple[str, str], digits: int) -> Line:
    """One line of tokens or images in September or October."""
    model_id, name, *_ = draw(st.sampled_from(MODELS))
    meter = draw(st.sampled_from(METERS))
    base, most = (1, 5_000) if meter == "image" else (1_000_000, 9_000_000_000)
    quantity = draw(st.integers(0, most))
    price = draw(st.decimals(0, 75, places=6))
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
    return usage_line(number, model_id, name, meter, quantity).model_copy(update=changes)


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
