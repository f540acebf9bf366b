"""Repeatable draws from integers only, the same on every Python and machine.

Add a kind of draw here when a module needs one. Keep out floats and the standard `random`:
the bytes of the sample depend on these numbers.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MASK = (1 << 64) - 1


class Draw:
    """A stream of whole numbers that depends on its name alone."""

    def __init__(self, name: str) -> None:
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        self._state = int.from_bytes(digest, "big")

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1 (SplitMix64, modulo bias below one in a trillion)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % limit

    def chance(self, permille: int) -> bool:
        """Whether something that happens `permille` times in a thousand happens now."""
        return permille > 0 and self.below(1000) < permille

    def pick(self, weights: Sequence[tuple[T, int]]) -> T:
        """One of the weighted values."""
        left = self.below(sum(weight for _, weight in weights))
        for value, weight in weights:
            left -= weight
            if left < 0:
                return value
        return weights[-1][0]

    def one(self, values: Sequence[T]) -> T:
        """One of equally likely values."""
        return values[self.below(len(values))]
