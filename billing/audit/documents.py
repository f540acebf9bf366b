"""From exact lines to a document in minor units: the rounding law, written a second time.

Here: gross per tax group, its spreading over models and lines, discounts, tax and totals, in
the order of `money.md`. Add here when a document gains an allowance or a charge. Keep out:
exact amounts (`rating`) and which document exists (`recompute`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.audit.catalog_rows import Discount
from billing.audit.lines import Line
from billing.audit.rating import total
from billing.audit.rounding import half_away, spread, to_minor
from billing.audit.tax import Tax
from billing.audit.terms import Terms


@dataclass(frozen=True, slots=True)
class Allowance:
    """One discount in one tax group, in minor units."""

    discount: Discount
    tax: Tax
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class FixedAllowance:
    """The share of a credit or of what is above a maximum in one tax group, in minor units."""

    kind: str
    source_id: str
    tax: Tax
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """One (category, rate), in minor units; taxable = gross - discount."""

    tax: Tax
    gross: int
    discount: int
    taxable: int
    tax_amount: int


@dataclass(frozen=True, slots=True)
class Document:
    """One rounded document, in minor units: `amounts` of `lines`, `nets` after percent discounts."""

    lines: Sequence[Line]
    amounts: Sequence[int]
    nets: Sequence[int]
    allowances: Sequence[Allowance]
    groups: Sequence[TaxGroup]
    fixed: Sequence[FixedAllowance] = ()


def round_document(lines: Sequence[Line], digits: int, terms: Terms) -> Document:
    """Round lines, discounts and taxes to minor units of `digits` decimals."""
    amounts = [0] * len(lines)
    taxes = sorted({line.tax for line in lines})
    for tax in taxes:
        places = [place for place, line in enumerate(lines) if line.tax == tax]
        rounded = _round_group([lines[place] for place in places], digits)
        for place, amount in zip(places, rounded, strict=True):
            amounts[place] = amount
    nets = list(amounts)
    allowances = [
        allowance for tax in taxes for allowance in _discount_group(lines, nets, tax, terms)
    ]
    return Document(lines, amounts, nets, allowances, tax_groups(lines, amounts, allowances))


def _round_group(lines: Sequence[Line], digits: int) -> list[int]:
    """Round the gross once, then spread it first over models and then over their lines."""
    models: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        models.setdefault(line.key.model_id, []).append(place)
    exact = [_in_minor(line.exact, digits) for line in lines]
    gross = to_minor(total(line.exact for line in lines), digits)
    shares = spread(gross, [sum((exact[i] for i in own), Fraction(0)) for own in models.values()])
    amounts = [0] * len(lines)
    for places, share in zip(models.values(), shares, strict=True):
        for place, amount in zip(places, spread(share, [exact[i] for i in places]), strict=True):
            amounts[place] = amount
    return amounts


def _in_minor(amount: Decimal, digits: int) -> Fraction:
    return Fraction(amount) * Fraction(10**digits)


def _discount_group(
    lines: Sequence[Line], left: list[int], tax: Tax, terms: Terms
) -> list[Allowance]:
    """Take each discount of what earlier ones left of the lines in its scope."""
    allowances = []
    for discount in sorted(terms.discounts, key=lambda row: (row.priority, row.discount_id)):
        scope = [
            i
            for i, line in enumerate(lines)
            if line.tax == tax and _in_scope(line, discount, terms)
        ]
        base = sum(left[i] for i in scope)
        amount = half_away(base * Fraction(discount.pct))
        if amount == 0:
            continue
        parts = spread(amount, [Fraction(amount * left[i], base) for i in scope])
        for place, part in zip(scope, parts, strict=True):
            left[place] -= part
        allowances.append(Allowance(discount, tax, base, amount))
    return allowances


def discounts_in_scope(lines: Sequence[Line], terms: Terms) -> int:
    """Count the percent discounts that cover a line, though one may come to nothing."""
    return sum(any(_in_scope(line, row, terms) for line in lines) for row in terms.discounts)


def _in_scope(line: Line, discount: Discount, terms: Terms) -> bool:
    """Tell whether a discount covers a line: its contract, its model and its stretch of time."""
    key, begins = line.key, line.key.terms_from_at
    return (
        begins is not None
        and discount.contract_id == line.contract_id
        and terms.covers(discount, key.model_id, key.meter, key.service_tier)
        and terms.is_valid(discount, begins)
    )


def tax_groups(
    lines: Sequence[Line],
    amounts: Sequence[int],
    allowances: Sequence[Allowance | FixedAllowance],
) -> list[TaxGroup]:
    """Add up each (category, rate) and tax what is left of it, once."""
    taxes = sorted({line.tax for line in lines})
    return [_tax_group(tax, lines, amounts, allowances) for tax in taxes]


def _tax_group(
    tax: Tax,
    lines: Sequence[Line],
    amounts: Sequence[int],
    allowances: Sequence[Allowance | FixedAllowance],
) -> TaxGroup:
    gross = sum(amount for line, amount in zip(lines, amounts, strict=True) if line.tax == tax)
    discount = sum(allowance.amount for allowance in allowances if allowance.tax == tax)
    taxable = gross - discount
    return TaxGroup(tax, gross, discount, taxable, half_away(taxable * Fraction(tax.rate)))
