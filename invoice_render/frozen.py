"""What every frozen thing is made of: exact numbers and canonical bytes.

Here: the base of document and reports. Keep out: their fields.
"""

import hashlib
import json
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _refuse_floats(number: object) -> object:
    if isinstance(number, float):
        raise ValueError("money is a decimal or its text, never a float")  # noqa: TRY004
    return number


Number = Annotated[
    Decimal,
    BeforeValidator(_refuse_floats),
    PlainSerializer(_plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A decimal that never was a float and is written as a plain string without an exponent."""


class Frozen(BaseModel):
    """Immutable, and nothing beside the named fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def frozen_bytes(self) -> bytes:
        """Canonical JSON (sorted keys, UTF-8, one trailing newline): what is hashed."""
        data = self.model_dump(mode="json")
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return (text + "\n").encode()


def digest(frozen: bytes) -> str:
    """SHA-256 of a frozen document, in hexadecimal."""
    return hashlib.sha256(frozen).hexdigest()
