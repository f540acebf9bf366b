"""What a document says of a prepaid balance: its movements, or the top-up it is about.

Here: those parts of the allow-list. Keep out: everything that other documents have too
(`document`).
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from invoice_render.frozen import Frozen, Number


class BalanceEntry(Frozen):
    """One movement of a prepaid balance; `amount` is signed."""

    day: date
    kind: Literal[
        "top_up",
        "transfer_in",
        "consumption",
        "credit_note",
        "refund",
        "transfer_out",
        "write_off",
        "expiry",
    ]
    reference: str = ""
    amount: Number


class Balance(Frozen):
    """A prepaid statement: opening + entries = closing, exactly, in minor units."""

    opening: Number
    entries: tuple[BalanceEntry, ...]
    closing: Number


class Refund(Frozen):
    """What was paid back from a balance; `reference` is what the payer knows it by."""

    movement_id: str
    occurred_at: datetime
    reference: str


class TopUp(Frozen):
    """The top-up that a document invoices, or gives back `amount` of; tax comes on top.

    `reference` is what the payer knows it by. `refunds` are those a credit note is for; they are
    written only where there are any, so that what was filed without them stays the bytes it was.
    """

    top_up_id: str
    occurred_at: datetime
    reference: str
    amount: Number
    refunds: tuple[Refund, ...] = ()

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = write(self)
        if not self.refunds:
            data.pop("refunds", None)
        return data
