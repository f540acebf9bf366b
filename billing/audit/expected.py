"""What the audited tables should hold for one organization.

Here: recomputed charges and documents laid out as rows of `audited_tables`. Add here when an
audited table gains a column. Keep out: reading the warehouse and comparing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from billing.audit import audited_tables as audited
from billing.audit.audited_table import AuditedTable, Row, gather
from billing.audit.catalog_rows import Profile
from billing.audit.credits import Use
from billing.audit.documents import Document
from billing.audit.lines import PREPAID, DocumentName
from billing.audit.rating import Charge, total
from billing.audit.rounding import CONTEXT, digits_of, from_minor
from billing.audit.spend import Bound

Pairs = list[tuple[Row, Row]]


@dataclass
class Expected:
    """Rows by audited table, collected organization by organization."""

    pairs: dict[str, Pairs] = field(default_factory=dict)

    def add(self, table: AuditedTable, key: Row, values: Row) -> None:
        """Expect one row."""
        self.pairs.setdefault(table.check_name, []).append((key, values))

    def take(self, table: AuditedTable) -> dict[Row, list[Row]]:
        """Return what is expected of a table, by key, and forget it."""
        return gather(self.pairs.pop(table.check_name, []))


def expect_charges(expected: Expected, profile: Profile, charges: Iterable[Charge]) -> None:
    """Expect one row per charge, and the costs by model and by project."""
    organization, currency = profile.organization_id, profile.currency
    by_model: dict[Row, list[Charge]] = {}
    by_project: dict[Row, list[Charge]] = {}
    for charge in charges:
        key = charge.key
        _charge(expected, organization, currency, charge)
        by_model.setdefault((organization, key.model_id), []).append(charge)
        project = (organization, key.project_id, key.model_id)
        by_project.setdefault(project, []).append(charge)
    for table, groups in ((audited.COST_BY_MODEL, by_model), (audited.COST_BY_PROJECT, by_project)):
        for found, members in groups.items():
            listed, contracted, *rest = _cost(members)
            if listed or contracted:
                expected.add(table, found, (currency, listed, contracted, *rest))


def _charge(expected: Expected, organization: str, currency: str, charge: Charge) -> None:
    key = charge.key
    place = (organization, key.stretch.service_month, key.stretch.starts_at, key.project_id)
    what = (key.payer, key.model_id, key.meter, key.service_tier, key.region)
    why = (key.allowance_id, key.tier_schedule_id, key.tier_step)
    rows = (key.price_id, key.contract_price_id, *why, key.uplift_id, key.adjustment_id)
    row = (*place, *what, *rows)
    standing = (charge.contract_id, charge.corrects)
    priced = (*standing, key.context_above_tokens, charge.exchange_rate)
    prices = (charge.uplift_pct, charge.off_pct, charge.list_price, charge.unit_price)
    gross = (charge.list_amount, charge.contracted_amount)
    amounts = (*gross, charge.discount_amount, charge.net_amount)
    counted = (charge.quantity, charge.charged, charge.package_size)
    values = (*priced, *counted, currency, *prices, *amounts)
    expected.add(audited.CHARGES, row, values)
    for number, step in enumerate(charge.steps, start=1):
        taken = (number, step.pct, step.base, step.amount)
        expected.add(audited.STEPS, (*row, step.discount_id), taken)


def _cost(charges: list[Charge]) -> tuple[Decimal, ...]:
    return (
        total(charge.list_amount for charge in charges),
        total(charge.contracted_amount for charge in charges),
        total(charge.discount_amount for charge in charges),
        total(charge.net_amount for charge in charges),
    )


def expect_document(
    expected: Expected,
    profile: Profile,
    name: DocumentName,
    document: Document,
    net: Decimal,
    paid: int = 0,
) -> Decimal:
    """Expect a document's lines, discounts, taxes and totals; returns its total.

    `net` is the exact amount after discounts, before tax; `paid` is what balances paid, in
    minor units.
    """
    digits = digits_of(profile.currency)
    head = (profile.organization_id, *name)
    for line, values in _lines(document, digits):
        expected.add(audited.LINES, (*head, *line), (*values, profile.currency))
    for row in document.allowances:
        off = (row.discount.pct, from_minor(row.base, digits), from_minor(row.amount, digits))
        key = (*head, row.discount.discount_id, *row.tax)
        expected.add(audited.DISCOUNTS, key, ("percent", *off, profile.currency))
    for fixed in document.fixed:
        off = (Decimal(0), from_minor(fixed.base, digits), from_minor(fixed.amount, digits))
        key = (*head, fixed.source_id, *fixed.tax)
        expected.add(audited.DISCOUNTS, key, (fixed.kind, *off, profile.currency))
    sums = [0, 0, 0, 0]
    for group in document.groups:
        units = (group.gross, group.discount, group.taxable, group.tax_amount)
        amounts = tuple(from_minor(unit, digits) for unit in units)
        expected.add(audited.TAXES, (*head, *group.tax), (*amounts, profile.currency))
        sums = [left + right for left, right in zip(sums, units, strict=True)]
    gross, discount, taxable, tax = (from_minor(unit, digits) for unit in sums)
    grand = CONTEXT.add(taxable, tax)
    rest = CONTEXT.subtract(grand, from_minor(paid, digits))
    due = Decimal(0) if name.payment_mode == PREPAID else rest
    totals = (gross, discount, taxable, tax, grand, due, net, CONTEXT.subtract(taxable, net))
    expected.add(audited.INVOICES, head, (profile.currency, digits, *totals))
    return grand


def expect_uses(expected: Expected, profile: Profile, uses: Iterable[Use]) -> None:
    """Expect one row per document and credit it used, numbered on each document."""
    digits = digits_of(profile.currency)
    numbers: dict[str, int] = {}
    for use in uses:
        numbers[use.payment_mode] = numbers.get(use.payment_mode, 0) + 1
        credit = use.credit
        amounts = (use.available, use.used, use.left)
        values = (
            numbers[use.payment_mode],
            credit.kind,
            credit.repeats,
            use.grant_month,
            credit.amount,
            *(from_minor(amount, digits) for amount in amounts),
            credit.valid_to,
            profile.currency,
        )
        key = (profile.organization_id, use.payment_mode, None, credit.credit_id)
        expected.add(audited.CREDIT_USES, key, values)


def expect_bounds(
    expected: Expected, profile: Profile, bounds: Iterable[Bound], net: Decimal
) -> None:
    """Expect one row per spend term in force; `net` is that of the invoice of usage."""
    digits = digits_of(profile.currency)
    for bound in bounds:
        term = bound.term
        values = (
            term.contract_id,
            term.kind,
            term.period,
            bound.first,
            bound.last,
            bound.days,
            bound.month_days,
            from_minor(bound.committed, digits),
            from_minor(bound.billed_before, digits),
            bound.is_due,
            net,
            profile.currency,
        )
        key = (profile.organization_id, term.spend_term_id)
        expected.add(audited.SPEND_TERMS, key, values)


def _lines(document: Document, digits: int) -> Iterator[tuple[Row, Row]]:
    pairs = zip(document.lines, document.amounts, strict=True)
    for number, (line, amount) in enumerate(pairs, start=1):
        values = (
            number,
            line.period_last_date,
            line.quantity,
            line.charged,
            line.unit_price,
            line.base_quantity,
            line.exact,
            line.net,
            from_minor(amount, digits),
            *line.tax,
        )
        yield line.key, values
