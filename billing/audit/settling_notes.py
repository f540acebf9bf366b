"""A credit note, less what its invoice never asked for: written a second time.

Here: what lay above a maximum, what a minimum asks for all the same, what credits covered, cents
of rounding, and the tax that the invoice falls by. Keep out: invoices (`settling`) and what notes
give back of usage (`given_back`).
"""

from dataclasses import replace
from fractions import Fraction

from billing.audit.books_snapshot import InvoiceLeft
from billing.audit.documents import Document, TaxGroup, discounts_in_scope, tax_groups
from billing.audit.lines import Line
from billing.audit.local_time import add_months
from billing.audit.rounding import half_away, to_minor
from billing.audit.settling import Account, has_monthly_maximum, with_allowance
from billing.audit.spend import minimum_of


def settle_note(note: Document, account: Account, left: InvoiceLeft | None) -> Document:
    """Take off a note what `left` of its invoice does not have; tax it by what that falls by.

    The account is that of the invoice's month. A note on no invoice stays as it is. Rounded parts
    come to more than the whole by half a minor unit for each amount that was rounded, at most.
    """
    if left is None or not left.taxes:
        return note
    digits = account.digits
    invoice = sum(to_minor(taxable, digits) for taxable, _ in left.taxes.values())
    maximum, credit = (
        to_minor(left.allowances[kind], digits) if kind in left.allowances else 0
        for kind in ("maximum", "credit")
    )
    nets = list(zip(note.lines, note.nets, strict=True))
    capped = sum(net for line, net in nets if _is_capped(line, account))
    above = max(min(capped, maximum), 0)
    least = minimum_of(account.bounds)
    must_stay = max(least.amount, 0) if least else 0
    excess = max(sum(note.nets) - above - max(invoice - must_stay, 0), 0)
    owed = min(excess, must_stay, max(invoice, 0))
    covered = min(excess - owed, credit)
    rounded = excess - owed - covered
    roundings = 1 + discounts_in_scope(note.lines, account.terms)
    if rounded > (left.notes + 2) * roundings // 2:
        rounded = 0
    taken = {"maximum": above, "minimum": owed, "credited": covered, "rounding": rounded}
    for kind, amount in taken.items():
        if amount > 0:
            note = with_allowance(note, kind, kind, amount)
    groups = tax_groups(note.lines, note.amounts, [*note.allowances, *note.fixed])
    return replace(note, groups=[_retaxed(group, left, digits) for group in groups])


def _is_capped(line: Line, account: Account) -> bool:
    """Tell whether a maximum of the invoice was about a line; an adjustment is of a month."""
    maxima = [bound for bound in account.bounds if bound.term.kind == "maximum"]
    if any(bound.term.period == "term" for bound in maxima):
        return True
    if line.key.line_kind != "adjustment":
        return has_monthly_maximum(line, account)
    month = line.key.service_month
    return any(
        bound.term.valid_from <= month and bound.term.valid_to >= add_months(month, 1)
        for bound in maxima
    )


def _retaxed(group: TaxGroup, left: InvoiceLeft, digits: int) -> TaxGroup:
    """Tax a group by what the invoice's tax falls by, so that nothing of it stays or is lacking."""
    before = left.taxes.get((group.tax.category, group.tax.rate))
    if before is None:
        return group
    taxable, tax = (to_minor(amount, digits) for amount in before)
    after = half_away((taxable - group.taxable) * Fraction(group.tax.rate))
    return replace(group, tax_amount=tax - after)
