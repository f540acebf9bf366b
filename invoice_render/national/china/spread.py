"""Discounts and tax of a document, spread over its lines to the last minor unit.

Here: the largest remainder, and what it is used on. The frozen document has discounts and tax
once per rate; China's invoice has them per line. Nothing is computed anew: what is spread is
frozen, and the shares add up to it. Keep out: what a line looks like (`request`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from invoice_render.document import Document, Line, TaxGroup
from invoice_render.errors import RenderError
from invoice_render.formatting import minor


@dataclass(frozen=True)
class Share:
    """What a line has of its document: net = amount - discount, in the document's currency."""

    discount: Decimal
    net: Decimal
    tax: Decimal


def shares_of(document: Document) -> dict[int, Share]:
    """The share of each line by its number. Raises RenderError where discounts exceed lines."""
    shares: dict[int, Share] = {}
    for group in document.taxes:
        key = (group.category, group.rate)
        lines = [x for x in document.lines if (x.tax_category, x.tax_rate) == key]
        shares |= _group(document, group, lines)
    return shares


def spread(
    total: int, weights: Sequence[Fraction], limits: Sequence[int] | None = None
) -> list[int]:
    """`total` in parts like `weights`, whole, none above its limit, that add up to it.

    Each part is what its weight asks for, rounded down; what is left goes one by one to the
    largest remainders, the first of equal ones. Raises RenderError where limits leave no room.
    """
    whole = sum(weights, Fraction(0))
    even = whole == 0
    quotas = [
        Fraction(total, len(weights)) if even else total * weight / whole for weight in weights
    ]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    if limits is not None:
        parts = [min(part, limit) for part, limit in zip(parts, limits, strict=True)]
    left = total - sum(parts)
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - quotas[place], place))
    while left:
        room = [place for place in order if limits is None or parts[place] < limits[place]]
        if not room:
            raise RenderError(f"{left} minor units of a discount fit on no line.")
        for place in room[:left]:
            parts[place] += 1
        left -= min(left, len(room))
    return parts


def _group(document: Document, group: TaxGroup, lines: Sequence[Line]) -> dict[int, Share]:
    digits = document.minor_digits
    amounts = [_units(line.amount, digits) for line in lines]
    discounts = _discounts(document, group, lines, amounts)
    nets = [amount - taken for amount, taken in zip(amounts, discounts, strict=True)]
    taxes = spread(_units(group.tax_amount, digits), list(map(Fraction, nets)))
    return {
        line.number: Share(*(Decimal(units).scaleb(-digits) for units in each))
        for line, *each in zip(lines, discounts, nets, taxes, strict=True)
    }


def _discounts(
    document: Document, group: TaxGroup, lines: Sequence[Line], amounts: Sequence[int]
) -> list[int]:
    """Percentages to the lines that have them, then fixed amounts to what is left of all."""
    key, digits = (group.category, group.rate), document.minor_digits
    items = [x for x in document.allowances if (x.tax_category, x.tax_rate) == key]
    percent = sum(_units(x.amount, digits) for x in items if x.kind == "percent")
    fixed = sum(_units(x.amount, digits) for x in items if x.kind != "percent")
    room = [max(amount, 0) for amount in amounts]
    weights = _percent_weights(lines, room, digits)
    taken = spread(percent, weights, room) if percent else [0] * len(room)
    room = [amount - part for amount, part in zip(room, taken, strict=True)]
    also = spread(fixed, list(map(Fraction, room)), room) if fixed else [0] * len(room)
    return [one + other for one, other in zip(taken, also, strict=True)]


def _percent_weights(lines: Sequence[Line], room: Sequence[int], digits: int) -> list[Fraction]:
    """What percentages took of each line, if the exact nets say; else its amount.

    Less than half a minor unit is the rounding of the line, not a discount.
    """
    weights = [
        _taken(line, digits) if line.net_amount is not None and amount else Fraction(0)
        for line, amount in zip(lines, room, strict=True)
    ]
    return weights if any(weights) else list(map(Fraction, room))


def _taken(line: Line, digits: int) -> Fraction:
    taken = (Fraction(line.amount) - Fraction(line.net_amount or 0)) * 10**digits
    return taken if taken > Fraction(1, 2) else Fraction(0)


def _units(amount: Decimal, digits: int) -> int:
    return int(minor(amount, digits).scaleb(digits))
