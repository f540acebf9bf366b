"""The plain text of a key: made here, shown once, kept nowhere.

Here: its making, its mask and its hash. Keep out: whom it belongs to.
"""

import hashlib
import secrets
from dataclasses import dataclass

PREFIXES = {"balance": "sk-", "plan": "sk-plan-", "custom": "sk-custom-", "contract": "sk-ent-"}
RANDOM_BYTES = 24
SHOWN = 4


@dataclass(frozen=True)
class KeyMaterial:
    """A new key in plain text. Printing the object does not print it."""

    payer: str
    plain: str

    def __repr__(self) -> str:
        return f"KeyMaterial({self.masked})"

    @property
    def masked(self) -> str:
        """What may be shown of it: the kind and the last characters."""
        return f"{PREFIXES[self.payer]}…{self.plain[-SHOWN:]}"

    @property
    def sha256(self) -> str:
        """What logs and books know it by."""
        return hashlib.sha256(self.plain.encode()).hexdigest()


def new_material(payer: str) -> KeyMaterial:
    """Make a key of 192 random bits whose prefix tells who pays."""
    return KeyMaterial(payer, PREFIXES[payer] + secrets.token_hex(RANDOM_BYTES))
