"""Credits of an organization: what is there of them in a month, and drawing on them.

Here: which credits a month can use, in which order, and taking amounts from them one by one. Keep
out: what an amount is taken for (`settling`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing.audit.books_snapshot import Snapshot, Used
from billing.audit.catalog_rows import Credit
from billing.audit.findings import Finding
from billing.audit.local_time import add_months
from billing.audit.rounding import digits_of, to_minor

ALLOWANCES = ("coupon", "promotional", "service")
NOT_USED = Used(Decimal(0), Decimal(0))


@dataclass(slots=True)
class Grant:
    """One credit in one month; `left` is what nothing has used yet, in minor units."""

    credit: Credit
    month: date
    left: int


@dataclass(frozen=True, slots=True)
class Use:
    """What one document used of a grant, in minor units."""

    payment_mode: str
    credit: Credit
    grant_month: date
    available: int
    used: int

    @property
    def left(self) -> int:
        """What later documents can use."""
        return self.available - self.used if self.credit.repeats == "once" else 0


def grants_of(
    credits_: Sequence[Credit], snapshot: Snapshot, month: date
) -> tuple[list[Grant], list[Grant]]:
    """Return the allowances and the balances of one organization, in the order of their use."""
    grants = [
        grant
        for credit in credits_
        if _is_there(credit, month)
        if (grant := _grant(credit, snapshot, month)).left > 0
    ]
    allowances = [grant for grant in grants if grant.credit.kind in ALLOWANCES]
    balances = [grant for grant in grants if grant.credit.kind not in ALLOWANCES]
    return (
        sorted(allowances, key=lambda grant: (_rank(grant.credit), *_by_expiry(grant.credit))),
        sorted(balances, key=lambda grant: _by_expiry(grant.credit)),
    )


def _is_there(credit: Credit, month: date) -> bool:
    """Tell whether a credit is valid on the last day of a month, and granted in it."""
    last_day = add_months(month, 1) - timedelta(days=1)
    if not credit.valid_from <= last_day < credit.valid_to:
        return False
    if credit.repeats == "once" or credit.months == 0:
        return True
    first = credit.valid_from.replace(day=1)
    return month < add_months(first, credit.months)


def _grant(credit: Credit, snapshot: Snapshot, month: date) -> Grant:
    of_month = credit.valid_from.replace(day=1) if credit.repeats == "once" else month
    digits = digits_of(credit.currency)
    used = snapshot.credits.get((credit.credit_id, of_month), NOT_USED).used
    return Grant(credit, of_month, to_minor(credit.amount, digits) - to_minor(used, digits))


def _rank(credit: Credit) -> int:
    return ALLOWANCES.index(credit.kind)


def _by_expiry(credit: Credit) -> tuple[date, date, str]:
    return credit.valid_to, credit.valid_from, credit.credit_id


def draw(grants: Sequence[Grant], payment_mode: str, amount: int) -> list[Use]:
    """Take up to `amount` from the grants, one after the other."""
    uses = []
    for grant in grants:
        used = min(grant.left, max(amount, 0))
        if used:
            uses.append(Use(payment_mode, grant.credit, grant.month, grant.left, used))
            grant.left -= used
            amount -= used
    return uses


def changed_credits(
    credits_: Sequence[Credit], snapshot: Snapshot, month: date
) -> Iterator[Finding]:
    """Yield a finding for every credit that was used and is now granted otherwise."""
    granted: dict[str, list[Decimal]] = {}
    for (credit_id, _), used in snapshot.credits.items():
        granted.setdefault(credit_id, []).append(used.granted)
    for credit in credits_:
        before = [each for each in granted.get(credit.credit_id, ()) if each != credit.amount]
        if before:
            yield Finding(
                credit.organization_id,
                month,
                "credit_changed",
                credit.credit_id,
                format(before[0], "f"),
                format(credit.amount, "f"),
                f"{credit.organization_id}: credit {credit.credit_id} was used when it granted "
                f"{before[0]:f}; it now grants {credit.amount:f}. Restore it, and add a "
                "row of its own for what is new.",
            )
