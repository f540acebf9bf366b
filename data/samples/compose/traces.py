"""Reads the reduced public traces and walks them request by request.

Add a reader here when `reduce_inputs.py` writes another input. Keep out choices about
customers and models: what comes out is a real request's token counts and nothing else.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard
from draw import Draw

LONG_INPUT = 127_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts of one real request; `shared` of its input is a prefix seen before."""

    context: int
    shared: int
    output: int


class Trace:
    """One trace, walked in its own order and again from the start, per customer."""

    def __init__(self, requests: Sequence[Tokens]) -> None:
        self.requests = requests
        self._next: dict[str, int] = {}

    def take(self, customer: str) -> Tokens:
        """The customer's next request; each customer starts at its own place."""
        if customer not in self._next:
            self._next[customer] = Draw(f"start of {customer}").below(len(self.requests))
        place = self._next[customer]
        self._next[customer] = (place + 1) % len(self.requests)
        return self.requests[place]


def read(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yields the rows of one reduced input."""
    packed = (folder / f"{name}.csv.zst").read_bytes()
    text = zstandard.ZstdDecompressor().decompress(packed).decode()
    yield from csv.DictReader(io.StringIO(text))


def read_traces(folder: Path) -> dict[str, Trace]:
    """The traces by name: `code`, `conv` (Azure 2023), `prefix` and `long` (Mooncake)."""
    azure: dict[str, list[Tokens]] = {"code": [], "conv": []}
    for row in read(folder, "azure_2023"):
        azure[row["kind"]].append(Tokens(int(row["context"]), 0, int(row["generated"])))
    prefix = [
        Tokens(int(row["input"]), int(row["shared_prefix"]), int(row["output"]))
        for row in read(folder, "mooncake")
    ]
    long = [tokens for tokens in prefix if tokens.context > LONG_INPUT]
    return {
        "code": Trace(azure["code"]),
        "conv": Trace(azure["conv"]),
        "prefix": Trace(prefix),
        "long": Trace(long),
    }


class Reasoning:
    """Reasoning lengths: output length times reasoning share, both drawn from ServeGen."""

    def __init__(self, folder: Path) -> None:
        rows = list(read(folder, "servegen_reasoning"))
        self._outputs = [int(row["output"]) for row in rows]
        self._permilles = [int(row["reasoning_permille"]) for row in rows]

    def length(self, draw: Draw) -> int:
        """Reasoning tokens of one request."""
        return draw.one(self._outputs) * draw.one(self._permilles) // 1000
