"""Documents whose sums hold, put together from lines and discounts.

Here: the rounding law of documents applied once more, for tests only. Keep out: examples
(`factories`) and random data (`strategies`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from invoice_render.document import Allowance, Line, ModelCost, TaxGroup, Totals

ZERO = Decimal(0)
REASONS = {
    "S": ("", ""),
    "AE": ("VATEX-EU-AE", "Reverse charge: the recipient is liable for VAT."),
    "O": ("VATEX-EU-O", "Service outside the scope of EU VAT."),
    "G": ("VATEX-EU-G", "Export outside the EU."),
    "K": ("VATEX-EU-IC", "Intra-Community supply."),
    "E": ("VATEX-EU-132", "Exempt by Art. 132."),
    "Z": ("", ""),
}


@dataclass(frozen=True)
class Discount:
    """A percentage on one model's lines, or on all of them."""

    name: str
    pct: Decimal
    model_id: str = ""


@dataclass(frozen=True)
class Fixed:
    """A fixed amount off the one tax group of a document."""

    kind: Literal["coupon", "promotional", "service", "maximum"]
    name: str
    amount: Decimal


@dataclass(frozen=True)
class Sums:
    """The parts of a document that depend on each other."""

    models: tuple[ModelCost, ...]
    allowances: tuple[Allowance, ...]
    taxes: tuple[TaxGroup, ...]
    totals: Totals


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Half away from zero to the minor unit."""
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def sums_of(
    lines: Sequence[Line],
    discounts: Iterable[Discount],
    digits: int,
    *,
    prepaid: Decimal = ZERO,
    requests: Mapping[str, int] | None = None,
    fixed: Sequence[Fixed] = (),
) -> Sums:
    """Allowances, taxes, totals and model costs that follow from the lines."""
    percents = tuple(_allowances(lines, discounts, digits))
    allowances = (*percents, *_fixed(lines, percents, fixed))
    keys = sorted({(line.tax_category, line.tax_rate) for line in lines})
    taxes = tuple(_tax(key, lines, allowances, digits) for key in keys)
    totals = _totals(taxes, prepaid)
    return Sums(tuple(_models(lines, requests or {})), allowances, taxes, totals)


def _totals(taxes: Sequence[TaxGroup], prepaid: Decimal) -> Totals:
    taxable = sum((group.taxable_amount for group in taxes), ZERO)
    tax = sum((group.tax_amount for group in taxes), ZERO)
    paid = min(prepaid, taxable + tax)
    return Totals(
        subtotal=sum((group.gross_amount for group in taxes), ZERO),
        discount=sum((group.discount_amount for group in taxes), ZERO),
        taxable=taxable,
        tax=tax,
        total=taxable + tax,
        prepaid=paid,
        amount_due=taxable + tax - paid,
    )


def _allowances(
    lines: Sequence[Line], discounts: Iterable[Discount], digits: int
) -> Iterable[Allowance]:
    left = {line.number: line.amount for line in lines}
    number = 0
    for discount in discounts:
        scope = [line for line in lines if discount.model_id in ("", line.model_id)]
        for category, rate in sorted({(line.tax_category, line.tax_rate) for line in scope}):
            group = [x for x in scope if (x.tax_category, x.tax_rate) == (category, rate)]
            base = sum((left[line.number] for line in group), ZERO)
            amount = rounded(base * discount.pct, digits)
            if not amount:
                continue
            number += 1
            _spread(amount, [line.number for line in group], left, digits)
            yield Allowance(
                number=number,
                name=discount.name,
                pct=discount.pct,
                base_amount=base,
                amount=amount,
                tax_category=category,
                tax_rate=rate,
            )


def _fixed(
    lines: Sequence[Line], percents: Sequence[Allowance], fixed: Sequence[Fixed]
) -> Iterable[Allowance]:
    left = sum((line.amount for line in lines if line.kind != "true_up"), ZERO)
    left -= sum((item.amount for item in percents), ZERO)
    for number, item in enumerate(fixed, start=len(percents) + 1):
        yield Allowance(
            number=number,
            kind=item.kind,
            name=item.name,
            pct=ZERO,
            base_amount=left,
            amount=item.amount,
            tax_category=lines[0].tax_category,
            tax_rate=lines[0].tax_rate,
        )
        left -= item.amount


def _spread(amount: Decimal, numbers: Sequence[int], left: dict[int, Decimal], digits: int) -> None:
    base = sum((left[number] for number in numbers), ZERO)
    missing = amount
    for number in numbers:
        part = min(missing, rounded(left[number] * amount / base, digits))
        left[number] -= part
        missing -= part
    left[max(numbers, key=lambda number: left[number])] -= missing


def _tax(
    key: tuple[str, Decimal], lines: Sequence[Line], allowances: Sequence[Allowance], digits: int
) -> TaxGroup:
    category, rate = key
    gross = sum((x.amount for x in lines if (x.tax_category, x.tax_rate) == key), ZERO)
    discount = sum((x.amount for x in allowances if (x.tax_category, x.tax_rate) == key), ZERO)
    code, reason = REASONS[category]
    return TaxGroup(
        category=category,
        rate=rate,
        gross_amount=gross,
        discount_amount=discount,
        taxable_amount=gross - discount,
        tax_amount=rounded((gross - discount) * rate, digits),
        exemption_code=code,
        exemption_reason=reason,
    )


def _models(lines: Sequence[Line], requests: Mapping[str, int]) -> Iterable[ModelCost]:
    usage = [line for line in lines if line.kind == "usage"]
    for line in lines:
        if line.kind == "true_up":
            yield ModelCost(
                kind="true_up",
                model_id="",
                display_name=line.description,
                requests=0,
                tokens=0,
                other_units=0,
                amount=line.amount,
            )
    for model_id in dict.fromkeys(line.model_id for line in usage):
        own = [line for line in usage if line.model_id == model_id]
        tokens = sum(line.quantity for line in own if line.base_quantity > 1)
        yield ModelCost(
            model_id=model_id,
            display_name=own[0].model_name,
            requests=requests.get(model_id, 0),
            tokens=tokens,
            other_units=sum(line.quantity for line in own) - tokens,
            amount=sum((line.amount for line in own), ZERO),
        )
