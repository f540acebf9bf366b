"""From rounded documents to what is due: fixed allowances, bounds, true-up and payments.

Here: steps 5 to 9 of `money.md` over the invoices of one organization. Keep out: percent
discounts and the rounding of lines (`documents`), credit notes (`settling_notes`), statements of
balances, and which credits and bounds there are (`credits`, `spend`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.audit.credits import Grant, Use, draw
from billing.audit.documents import Allowance, Document, FixedAllowance, tax_groups
from billing.audit.lines import Line, LineKey
from billing.audit.rounding import from_minor, spread
from billing.audit.spend import Bound, Target, maximum_of, minimum_of
from billing.audit.tax import Tax
from billing.audit.terms import Terms

ENTERPRISE = "enterprise"
IN_ORDER = (ENTERPRISE, "subscription")
NOTHING = Document((), (), (), (), ())


@dataclass(frozen=True)
class Account:
    """What the invoices of one organization draw on, and what bounds them."""

    terms: Terms
    month: date
    digits: int
    allowances: Sequence[Grant]
    balances: Sequence[Grant]
    bounds: Sequence[Bound]
    default_tax: Callable[[], Tax]


@dataclass
class Settlement:
    """The invoices with all that is taken off or added, and what they used."""

    documents: dict[str, Document] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)

    def paid(self, payment_mode: str) -> int:
        """Add up what balances paid of one invoice."""
        return sum(
            use.used
            for use in self.uses
            if use.payment_mode == payment_mode and use.credit.kind in {"purchased", "committed"}
        )


def settle(documents: Mapping[str, Document], account: Account) -> Settlement:
    """Take credits and bounds into the invoices, then tax them and pay from balances."""
    settlement = Settlement(dict(documents))
    for mode in IN_ORDER:
        if mode in settlement.documents:
            _take_credits(settlement, mode, account)
    if ENTERPRISE in settlement.documents:
        _cap(settlement, account)
    _true_up(settlement, account)
    for mode in IN_ORDER:
        if mode in settlement.documents:
            _tax(settlement, mode)
            groups = settlement.documents[mode].groups
            total = sum(group.taxable + group.tax_amount for group in groups)
            settlement.uses += draw(account.balances, mode, total)
    return settlement


def _take_credits(settlement: Settlement, mode: str, account: Account) -> None:
    document = settlement.documents[mode]
    for use in draw(account.allowances, mode, sum(document.nets)):
        settlement.uses.append(use)
        document = with_allowance(document, use.credit.kind, use.credit.credit_id, use.used)
    settlement.documents[mode] = document


def _cap(settlement: Settlement, account: Account) -> None:
    document = settlement.documents[ENTERPRISE]
    outside = sum(
        net
        for line, net in zip(document.lines, document.nets, strict=True)
        if not has_monthly_maximum(line, account)
    )
    limit = maximum_of(account.bounds, outside)
    if limit is None:
        return
    above = _net(document) - max(limit.amount, 0)
    if above > 0:
        capped = with_allowance(document, "maximum", limit.spend_term_id, above)
        settlement.documents[ENTERPRISE] = capped


def has_monthly_maximum(line: Line, account: Account) -> bool:
    """Tell whether a monthly maximum is about a line: its contract, and when its terms began."""
    begins = line.key.terms_from_at
    return begins is not None and any(
        bound.term.contract_id == line.contract_id
        and (bound.term.kind, bound.term.period) == ("maximum", "month")
        and account.terms.is_valid(bound.term, begins)
        for bound in account.bounds
    )


def _true_up(settlement: Settlement, account: Account) -> None:
    least = minimum_of(account.bounds)
    if least is None:
        return
    document = settlement.documents.get(ENTERPRISE, NOTHING)
    missing = max(least.amount, 0) - _net(document)
    if missing > 0:
        line = _line(least, missing, account)
        settlement.documents[ENTERPRISE] = replace(
            document,
            lines=(*document.lines, line),
            amounts=(*document.amounts, missing),
            nets=(*document.nets, missing),
        )


def _line(least: Target, missing: int, account: Account) -> Line:
    first = min(bound.first for bound in least.bounds)
    priced_by = ("", "", "", "", 0)
    key = LineKey("true_up", account.month, "", "", "", 0, None, *priced_by, "", first)
    amount: Decimal = from_minor(missing, account.digits)
    contract_id = min(bound.term.contract_id for bound in least.bounds)
    last = max(bound.last for bound in least.bounds)
    return Line(key, last, contract_id, 1, 1, amount, 1, amount, amount, account.default_tax())


def _tax(settlement: Settlement, mode: str) -> None:
    document = settlement.documents[mode]
    taken: list[Allowance | FixedAllowance] = [*document.allowances, *document.fixed]
    groups = tax_groups(document.lines, document.amounts, taken)
    settlement.documents[mode] = replace(document, groups=groups)


def _net(document: Document) -> int:
    return sum(document.nets) - sum(allowance.amount for allowance in document.fixed)


def with_allowance(document: Document, kind: str, source_id: str, amount: int) -> Document:
    """Spread an allowance over the tax groups, in proportion to what is left of them."""
    taxes = sorted({line.tax for line in document.lines}, key=lambda tax: (tax.category, -tax.rate))
    left = [_left(document, tax) for tax in taxes]
    weights = [max(each, 0) for each in left]
    whole = sum(weights)
    shares = spread(amount, [Fraction(amount * weight, whole) for weight in weights])
    taken = [
        FixedAllowance(kind, source_id, tax, base, share)
        for tax, base, share in zip(taxes, left, shares, strict=True)
        if share
    ]
    return replace(document, fixed=(*document.fixed, *taken))


def _left(document: Document, tax: Tax) -> int:
    nets = zip(document.lines, document.nets, strict=True)
    taken = sum(allowance.amount for allowance in document.fixed if allowance.tax == tax)
    return sum(net for line, net in nets if line.tax == tax) - taken
