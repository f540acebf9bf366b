"""What a contract bounds an invoice of usage by: a minimum, a maximum, of a month or a term.

Here: which bounds are in force in a month, prorated by days, less what earlier months billed of a
term, and the one that counts. Keep out: what an invoice comes to (`settling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.audit.catalog_rows import SpendTerm
from billing.audit.local_time import add_months
from billing.audit.rounding import half_away, to_minor


@dataclass(frozen=True, slots=True)
class Bound:
    """A spend term in one month, in minor units; `last` is inclusive."""

    term: SpendTerm
    first: date
    last: date
    month_days: int
    committed: int
    billed_before: int
    is_due: bool

    @property
    def days(self) -> int:
        """Days of the month in force."""
        return (self.last - self.first).days + 1

    @property
    def target(self) -> int:
        """What is left of it for this month."""
        return self.committed - self.billed_before


@dataclass(frozen=True, slots=True)
class Target:
    """The bound that counts: an amount in minor units, and the terms it comes from."""

    amount: int
    bounds: Sequence[Bound]

    @property
    def spend_term_id(self) -> str:
        """The term that documents name."""
        return min(bound.term.spend_term_id for bound in self.bounds)


def bounds_of(
    terms: Sequence[SpendTerm], month: date, nets: Mapping[date, Decimal], digits: int
) -> list[Bound]:
    """Return the spend terms in force in a month; `nets` are those of earlier months."""
    following = add_months(month, 1)
    return [
        _bound(term, month, following, nets, digits)
        for term in terms
        if term.valid_from < following and term.valid_to > month
    ]


def _bound(
    term: SpendTerm, month: date, following: date, nets: Mapping[date, Decimal], digits: int
) -> Bound:
    first, end = max(term.valid_from, month), min(term.valid_to, following)
    whole, month_days = to_minor(term.amount, digits), (following - month).days
    if term.period == "month":
        share = half_away(Fraction(whole * (end - first).days, month_days))
        return Bound(term, first, end - timedelta(days=1), month_days, share, 0, is_due=True)
    billed = sum(
        to_minor(net, digits)
        for billed_month, net in nets.items()
        if billed_month >= term.valid_from.replace(day=1)
    )
    is_due = term.kind == "maximum" or term.valid_to <= following
    return Bound(term, first, end - timedelta(days=1), month_days, whole, billed, is_due)


def maximum_of(bounds: Sequence[Bound], outside: int) -> Target | None:
    """Return the lowest maximum; `outside` was used where no monthly maximum holds."""
    targets = []
    for period, on_top in (("month", outside), ("term", 0)):
        due = _due(bounds, "maximum", period)
        if due:
            targets.append(Target(sum(bound.target for bound in due) + on_top, due))
    return min(targets, key=lambda target: target.amount, default=None)


def minimum_of(bounds: Sequence[Bound]) -> Target | None:
    """Return the highest minimum."""
    targets = [
        Target(sum(bound.target for bound in due), due)
        for period in ("month", "term")
        if (due := _due(bounds, "minimum", period))
    ]
    return max(targets, key=lambda target: target.amount, default=None)


def _due(bounds: Sequence[Bound], kind: str, period: str) -> list[Bound]:
    return [
        bound
        for bound in bounds
        if bound.is_due and (bound.term.kind, bound.term.period) == (kind, period)
    ]
