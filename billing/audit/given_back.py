"""Late usage below zero: which document it corrects, and at whose exchange rate.

Here: the charges that take back what an earlier document billed. Keep out: how much of that
document is left, which the books guard, and amounts of ordinary charges (`rating`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from billing.audit.rating import Charge, ChargeKey, Rated

CONTRACT = "contract"


@dataclass(frozen=True)
class Corrections:
    """What the books say of one billing month: which earlier document billed which usage."""

    month: date
    documents: Mapping[tuple[str, str, date], date]

    def is_given_back(self, charge: Charge) -> bool:
        """Tell whether a charge takes back what an earlier month billed."""
        return charge.quantity < 0 and charge.key.stretch.service_month < self.month

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


def give_back(
    rated: Rated,
    corrections: Corrections,
    organization_id: str,
    rated_at: Callable[[date], Rated],
) -> list[Charge]:
    """Return the charges with those below zero at the rate of the document they correct.

    `rated_at` rates the same usage at the exchange rate of another month. What a contract pays
    is given back by a credit note; a balance is given back on its own statement.
    """
    below = [charge for charge in rated.charges if corrections.is_given_back(charge)]
    months = {corrections.document_of(organization_id, charge.key) for charge in below} - {None}
    again = {
        month: {charge.key: charge for charge in rated_at(month).charges}
        for month in months
        if month is not None
    }
    charges = []
    for charge in rated.charges:
        own = charge
        if corrections.is_given_back(charge):
            month = corrections.document_of(organization_id, charge.key)
            own = charge if month is None else again[month][charge.key]
            if charge.key.payer == CONTRACT:
                own = replace(own, corrects=month or charge.key.stretch.service_month)
        charges.append(own)
    return charges


def as_given_back(charges: Sequence[Charge]) -> list[Charge]:
    """Turn what is taken back into the positive amounts of a credit note."""
    return [
        replace(
            charge,
            quantity=-charge.quantity,
            list_amount=-charge.list_amount,
            contracted_amount=-charge.contracted_amount,
            discount_amount=-charge.discount_amount,
            net_amount=-charge.net_amount,
        )
        for charge in charges
    ]
