"""Late usage below zero: which document it corrects, and at whose exchange rate.

Here: the charges that take back what an earlier document billed. Keep out: how much of that
document is left, which the books guard, and amounts of ordinary charges (`rating`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from billing.audit.catalog_rows import Profile
from billing.audit.rating import Charge, ChargeKey, Rated, total

CONTRACT, BALANCE = "contract", "balance"


@dataclass(frozen=True)
class Corrections:
    """What the books say of one billing month: which earlier document billed which usage."""

    month: date
    documents: Mapping[tuple[str, str, date], date]

    def document_of(self, organization_id: str, key: ChargeKey) -> date | None:
        """Return the billing month of the document that a charge below zero corrects."""
        return self.documents.get((organization_id, key.payer, key.stretch.service_month))


def read_corrections(connection: duckdb.DuckDBPyConnection, month: date) -> Corrections:
    """Read the books' choice of documents for `month`."""
    rows = connection.execute(
        """
        select organization_id, payer, service_month, corrects_month
        from books.corrected_document where billing_month = ?
        """,
        [month],
    ).fetchall()
    documents = {(row[0], row[1], row[2]): row[3] for row in rows}
    return Corrections(month, documents)


def noted_payers(profile: Profile) -> set[str]:
    """Return whose usage is invoiced, so that what is given back of it stands on a credit note."""
    return {CONTRACT, BALANCE} if profile.is_taxed_as_used else {CONTRACT}


def give_back(
    rated: Rated,
    corrections: Corrections,
    profile: Profile,
    rated_at: Callable[[date], Rated],
) -> list[Charge]:
    """Return the charges with those below zero at the rate of the document they correct.

    `rated_at` rates the same usage at the exchange rate of another month. What was invoiced is
    given back by a credit note; what a statement told is given back on the next one.
    """
    organization_id, noted = profile.organization_id, noted_payers(profile)
    below = keys_given_back(rated.charges, corrections.month)
    months = {corrections.document_of(organization_id, key) for key in below} - {None}
    again = {
        month: {charge.key: charge for charge in rated_at(month).charges}
        for month in months
        if month is not None
    }
    charges = []
    for charge in rated.charges:
        own = charge
        if charge.key in below:
            month = corrections.document_of(organization_id, charge.key)
            own = charge if month is None else again[month][charge.key]
            if charge.key.payer in noted:
                own = replace(own, corrects=month or charge.key.stretch.service_month)
        charges.append(own)
    return charges


def keys_given_back(charges: Iterable[Charge], month: date) -> set[ChargeKey]:
    """Return the charges that take back what months before `month` billed.

    What only moved from one step of its schedule to another was billed before and is billed
    again: both sides stand together, below zero where they come to less.
    """
    below: set[ChargeKey] = set()
    moved: dict[ChargeKey, list[Charge]] = {}
    for charge in charges:
        if charge.key.stretch.service_month >= month:
            continue
        if is_moved(charge.key):
            moved.setdefault(charge.key._replace(tier_step=0), []).append(charge)
        elif (charge.charged, charge.quantity) < (0, 0):
            below.add(charge.key)
    for sides in moved.values():
        if total(side.contracted_amount for side in sides) < 0:
            below |= {side.key for side in sides}
    return below


def is_moved(key: ChargeKey) -> bool:
    """Tell whether a charge moves usage from or to a step, which has no price row then."""
    return bool(key.tier_schedule_id) and not (key.price_id or key.contract_price_id)


def as_given_back(charges: Sequence[Charge]) -> list[Charge]:
    """Turn what is taken back into the positive amounts of a credit note."""
    return [
        replace(
            charge,
            quantity=-charge.quantity,
            charged=-charge.charged,
            list_amount=-charge.list_amount,
            contracted_amount=-charge.contracted_amount,
            discount_amount=-charge.discount_amount,
            net_amount=-charge.net_amount,
        )
        for charge in charges
    ]
