"""A small month cut from the sample: every fortieth row of three of its files.

Here: cutting. Keep out: making up rows.
"""

import io
from pathlib import Path

import zstandard

from tests.orchestration.installation import OCTOBER

FILES = (
    "gateway-2026-10-w1.jsonl.zst",
    "gateway-2026-10-w4.jsonl.zst",
    "spendlogs-2026-10-h1.jsonl.zst",
)
EVERY = 40


def lines_of(path: Path) -> list[str]:
    """The lines of a zstd-compressed log."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as plain:
        return io.TextIOWrapper(plain, encoding="utf-8").read().splitlines()


def write_small_month(folder: Path) -> Path:
    """Write the cut files, uncompressed, and return their folder."""
    for name in FILES:
        lines = lines_of(OCTOBER / name)
        kept = [line for number, line in enumerate(lines) if number % EVERY == 0]
        (folder / name.removesuffix(".zst")).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return folder
