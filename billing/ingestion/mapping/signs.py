"""What a format is recognised by, held against what was seen of a file.

Here: one format's signs and whether they fit. Keep out: looking at files (`detect.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.ingestion.mapping.contract import Sign
from billing.ingestion.mapping.paths import parse_path

Seen = Mapping[tuple[str, ...], set[str]]
"""Paths seen in the first rows of a file, each with the texts it led to, in lower case."""


@dataclass(frozen=True)
class Signs:
    """All `needed` signs must be seen and none of the `foreign` ones."""

    needed: tuple[tuple[tuple[str, ...], frozenset[str]], ...]
    foreign: tuple[tuple[tuple[str, ...], frozenset[str]], ...]

    def fit(self, seen: Seen) -> bool:
        """Whether a file with these paths can be in the format."""
        return all(_is_seen(sign, seen) for sign in self.needed) and not any(
            _is_seen(sign, seen) for sign in self.foreign
        )


def read_signs(needed: Sequence[str | Sign], foreign: Sequence[str | Sign]) -> Signs:
    """The signs of a mapping file. Raises ValueError when a path is none."""
    return Signs(tuple(map(_read, needed)), tuple(map(_read, foreign)))


def _read(sign: str | Sign) -> tuple[tuple[str, ...], frozenset[str]]:
    if isinstance(sign, str):
        return parse_path(sign).names, frozenset()
    texts = [sign.equals] if isinstance(sign.equals, str) else sign.equals or []
    return parse_path(sign.path).names, frozenset(text.lower() for text in texts)


def _is_seen(sign: tuple[tuple[str, ...], frozenset[str]], seen: Seen) -> bool:
    names, texts = sign
    return names in seen and (not texts or bool(texts & seen[names]))
