"""What a month did to the lots of prepaid balances, as the warehouse says, for the books.

Here: reading finance.prepaid_lots. Keep out: posting (`posting`), and the order of drawing
(`dbt_project`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from billing.books.lots import Lot, LotMonth
from billing.money import minor_digits
from billing.periods import BillingMonth

LOTS = """
select organization_id, lot_id, lot_kind, occurred_at, expires_at, reference, currency,
    opening_amount + granted_amount as whole, drawn_amount, refunded_amount, transferred_amount,
    written_off_amount, expired_amount, exact_drawn_amount
from finance.prepaid_lots where billing_month = ? order by organization_id, draw_place
"""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When the row of what no lot holds came in: it is no lot, and nobody asks."""


def read_lots(
    connection: duckdb.DuckDBPyConnection, month: BillingMonth
) -> Mapping[str, Sequence[LotMonth]]:
    """Return each organization's lots of a month, in draw order."""
    found: dict[str, list[LotMonth]] = {}
    for row in connection.execute(LOTS, [month.first_day]).fetchall():
        found.setdefault(row[0], []).append(_lot_month(row))
    return found


def _lot_month(row: tuple[Any, ...]) -> LotMonth:
    organization_id, lot_id, kind, at, ends, reference, currency, whole, *amounts, exact = row
    digits = minor_digits(currency)
    taken = [int(amount.scaleb(digits)) for amount in amounts]
    kinds = ("consumption", "refund", "transfer_out", "write_off", "expiry")
    units = int(whole.scaleb(digits))
    lot = Lot(
        organization_id,
        lot_id,
        kind,
        at.replace(tzinfo=UTC) if at else NEVER,
        ends.replace(tzinfo=UTC) if ends else None,
        reference,
        currency,
        units - sum(taken),
    )
    remainder = amounts[0] - exact
    shown = format(remainder.normalize(), "f") if remainder else "0"
    return LotMonth(lot, units, dict(zip(kinds, taken, strict=True)), shown)
