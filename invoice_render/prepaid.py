"""What a document says of a prepaid balance: its movements, or the top-up it is about.

Here: those parts of the allow-list. Keep out: everything that other documents have too
(`document`).
"""

from datetime import date, datetime
from typing import Literal

from invoice_render.frozen import Frozen, Number


class BalanceEntry(Frozen):
    """One movement of a prepaid balance; `amount` is signed."""

    day: date
    kind: Literal[
        "top_up", "transfer_in", "consumption", "refund", "transfer_out", "write_off", "expiry"
    ]
    reference: str = ""
    amount: Number


class Balance(Frozen):
    """A prepaid statement: opening + entries = closing, exactly, in minor units."""

    opening: Number
    entries: tuple[BalanceEntry, ...]
    closing: Number


class TopUp(Frozen):
    """The top-up that a document invoices, or gives back `amount` of; tax comes on top.

    `reference` is what the payer knows it by.
    """

    top_up_id: str
    occurred_at: datetime
    reference: str
    amount: Number
