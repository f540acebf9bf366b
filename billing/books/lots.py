"""Lots of prepaid balances as closed months left them: what no later re-rating may move.

Here: posting what a closed month took from each lot, and reading what is left. A lot is what one
top-up, grant or transfer brought. Keep out: deciding from which lot usage is paid (`dbt_project`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, func, insert, select

from billing.books.balances import Posted
from billing.books.columns import ByBytes
from billing.books.documents import major
from billing.books.ledger_tables import balance_lot, lot_entry
from billing.errors import BooksError
from billing.money import minor_digits
from billing.periods import BillingMonth

OPEN = ""
"""The id under which stands what no lot holds: overdraft below zero, usage given back above."""


@dataclass(frozen=True)
class Lot:
    """One lot and what is left of it, in minor units; `kind` is purchased or promotional."""

    organization_id: str
    lot_id: str
    kind: str
    occurred_at: datetime
    expires_at: datetime | None
    reference: str
    currency: str
    left_minor: int

    @property
    def left(self) -> Decimal:
        """What is left in major units."""
        return major(self.left_minor, minor_digits(self.currency))


@dataclass(frozen=True)
class LotMonth:
    """What a month did to one lot: `taken` by kind of entry, in minor units, positive.

    `whole_minor` is what it began with and what came in; the remainder is by how much rounding
    made its consumption more than it was.
    """

    lot: Lot
    whole_minor: int
    taken: Mapping[str, int]
    exact_remainder: str


def lots_before(
    connection: Connection, month: BillingMonth, organization_id: str | None = None
) -> list[Lot]:
    """List the lots that months before `month` left something of, in order of id."""
    left = func.sum(lot_entry.c.amount_minor)
    query = (
        select(balance_lot, left.label("left_minor"))
        .join(lot_entry, lot_entry.c.lot_id == balance_lot.c.lot_id)
        .where(lot_entry.c.billing_month < month)
        .group_by(*balance_lot.c)
        .having(left > 0)
        .order_by(ByBytes(balance_lot.c.lot_id))
    )
    if organization_id is not None:
        query = query.where(balance_lot.c.organization_id == organization_id)
    return [
        Lot(
            row.organization_id,
            row.lot_id,
            row.kind,
            row.occurred_at,
            row.expires_at,
            row.reference,
            row.currency,
            int(row.left_minor),
        )
        for row in connection.execute(query).all()
    ]


def replayed(entries: Sequence[Posted], made: Mapping[str, Lot]) -> list[Lot]:
    """The lots of months that were closed without them, from what one organization was posted.

    `entries` are in order, `made` has the lots that top-ups made by id. Consumption is drawn from
    the lots that were there by then, and what is missing from the next that comes: what a gift
    of today holds was not used last month. Nothing had an end.
    """
    left: dict[str, int] = {}
    owed = 0
    for entry in entries:
        if entry.kind == "top_up" and entry.reference in made:
            left[entry.reference] = entry.amount_minor
        elif entry.kind == "consumption":
            owed -= entry.amount_minor
        for lot_id in sorted(left, key=lambda each: _draw_order(made[each])):
            drawn = min(max(owed, 0), left[lot_id])
            left[lot_id] -= drawn
            owed -= drawn
    return [replace(made[each], left_minor=minor) for each, minor in left.items() if minor > 0]


def _draw_order(lot: Lot) -> tuple[bool, datetime, str]:
    return (lot.kind == "purchased", lot.occurred_at, lot.lot_id)


def organizations_with_lots(connection: Connection, month: BillingMonth) -> set[str]:
    """Return who has lots posted by months before `month`; others were closed without them."""
    query = select(lot_entry.c.organization_id).where(lot_entry.c.billing_month < month).distinct()
    return set(connection.execute(query).scalars())


def post_lots(
    connection: Connection, organization_id: str, month: BillingMonth, lots: Sequence[LotMonth]
) -> int:
    """Post what a month that is being closed did to each lot; returns what is left in all.

    Raises BooksError when a lot did not begin with what the books say was left of it.
    """
    left = 0
    for each in lots:
        lot = each.lot
        was = _left_of(connection, organization_id, lot.lot_id)
        came = each.whole_minor - (was or 0)
        if lot.lot_id != OPEN and was is not None and came:
            raise BooksError(
                f"{organization_id}: {lot.lot_id} begins {month} with {each.whole_minor} minor "
                f"units, the books have {was}. Close the month again."
            )
        if lot.lot_id != OPEN and was is None:
            _begin(connection, lot, each.whole_minor)
        amounts = {"granted": came, **{kind: -amount for kind, amount in each.taken.items()}}
        rows = [
            {
                "organization_id": organization_id,
                "billing_month": month,
                "lot_id": lot.lot_id,
                "kind": kind,
                "amount_minor": amount,
                "currency": lot.currency,
                "exact_remainder": each.exact_remainder if kind == "consumption" else "0",
            }
            for kind, amount in amounts.items()
            if amount or (kind == "consumption" and each.exact_remainder != "0")
        ]
        for row in rows:
            connection.execute(insert(lot_entry), row)
        left += each.whole_minor - sum(each.taken.values())
    return left


def _left_of(connection: Connection, organization_id: str, lot_id: str) -> int | None:
    """What is left of a lot; None where the books know nothing of it."""
    found: int | None = connection.execute(
        select(func.sum(lot_entry.c.amount_minor)).where(
            lot_entry.c.organization_id == organization_id, lot_entry.c.lot_id == lot_id
        )
    ).scalar_one()
    return None if found is None else int(found)


def _begin(connection: Connection, lot: Lot, amount_minor: int) -> None:
    connection.execute(
        insert(balance_lot).values(
            lot_id=lot.lot_id,
            organization_id=lot.organization_id,
            kind=lot.kind,
            occurred_at=lot.occurred_at,
            expires_at=lot.expires_at,
            reference=lot.reference,
            amount_minor=amount_minor,
            currency=lot.currency,
        )
    )
