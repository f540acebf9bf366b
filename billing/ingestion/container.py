"""What a delivered file is, told by its bytes: its compression and its kind.

Here: making plain bytes of a file, in blocks, never as rows. Add a compression or container
here. Keep out: what rows mean (`formats.py`) and lines (`lines.py`).
"""

import json
import re
import zlib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import zstandard

from billing.errors import IngestError
from billing.ingestion.delivery import Delivery, blocks_of

# Small, because one block of a compressed stream may unfold into thousands.
PACKED_BLOCK = 1 << 14
HEAD = 1 << 20
# Logs shrink to a fiftieth at best; what grows more than this is made to fill a disk.
LARGEST_EXPANSION = 250
UNPACKED_AT_LEAST = 1 << 30
BINARY_HEAD = 512
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"


class Kind(Enum):
    """How a plain file holds rows."""

    JSON_LINES = "JSON lines"
    JSON_DOCUMENT = "a JSON array, or objects over several lines"
    CSV = "CSV"
    PARQUET = "Parquet"
    EMPTY = "empty"


def unpack(delivery: Delivery, folder: Path) -> Path:
    """The file as plain bytes: itself, or a decompressed copy in `folder`.

    Compression is told by content. Raises IngestError when the compressed stream is truncated
    or damaged.
    """
    head = head_of(delivery.path)
    if head.startswith(_GZIP):
        blocks = _inflate(delivery)
    elif head.startswith(_ZSTD):
        blocks = _decompress(delivery)
    else:
        return delivery.path
    plain = folder / "plain"
    written = 0
    with plain.open("wb") as file:
        for block in blocks:
            file.write(block)
            written += len(block)
            if written > max(UNPACKED_AT_LEAST, LARGEST_EXPANSION * delivery.size_bytes):
                raise IngestError(
                    f"{delivery.name} unpacks to more than {LARGEST_EXPANSION} times its size "
                    f"and over {UNPACKED_AT_LEAST >> 30} GiB; nothing of it was taken. If it is "
                    "a log, unpack it and deliver it plain."
                )
    return plain


def kind_of(name: str, plain: Path) -> Kind:
    """How a plain file holds its rows. Raises IngestError when it cannot hold any."""
    head = head_of(plain)
    if head.startswith(_PARQUET):
        return Kind.PARQUET
    if head.startswith(_BYTE_ORDER_MARKS):
        raise IngestError(f"{name} is UTF-16 text. Write logs as UTF-8.")
    text = head.removeprefix(UTF8_MARK).lstrip()
    if not text:
        return Kind.EMPTY
    if text.startswith(b"["):
        return Kind.JSON_DOCUMENT
    if text.startswith(b"{") and (_spans_lines(text) or _is_one_line_of_objects(text)):
        return Kind.JSON_DOCUMENT
    if text.startswith(b"{") or any(map(_is_object, text.split(b"\n"))):
        return Kind.JSON_LINES
    if b"\x00" in text[:BINARY_HEAD]:
        raise IngestError(
            f"{name} is binary and neither gzip, zstd nor Parquet. "
            "Deliver JSON lines, CSV or Parquet."
        )
    return Kind.CSV


def _spans_lines(text: bytes) -> bool:
    """Whether an object opens on a line of its own, as people and APIs lay them out."""
    return text.partition(b"\n")[0].rstrip() == b"{"


def _is_one_line_of_objects(text: bytes) -> bool:
    """Whether objects follow each other with nothing between, as some shippers store them."""
    first, _, rest = text.partition(b"\n")
    return (
        not rest.strip()
        and re.search(rb"\}\s*\{\s*\"", first) is not None
        and not _is_object(first)
    )


def _is_object(line: bytes) -> bool:
    """Whether a line is an object by itself; a value in CSV can begin like one."""
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except RecursionError:
        return True
    except ValueError:
        return False


def head_of(path: Path) -> bytes:
    """The first bytes of a file, enough to tell what it is."""
    with path.open("rb") as file:
        return file.read(HEAD)


def _inflate(delivery: Delivery) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=31)
    for raw in blocks_of(delivery.path, PACKED_BLOCK):
        block = raw
        while block:
            if stream.eof:
                stream = zlib.decompressobj(wbits=31)
            try:
                yield stream.decompress(block)
            except zlib.error as error:
                raise _damaged(delivery, "gzip") from error
            # Zeros after the last member are padding, as gzip itself reads them.
            block = stream.unused_data.lstrip(b"\x00")
    if not stream.eof:
        raise _damaged(delivery, "gzip")


def _decompress(delivery: Delivery) -> Iterator[bytes]:
    stream = zstandard.ZstdDecompressor().decompressobj()
    for raw in blocks_of(delivery.path, PACKED_BLOCK):
        block = raw
        while block:
            if stream.eof:
                stream = zstandard.ZstdDecompressor().decompressobj()
            try:
                yield stream.decompress(block)
            except zstandard.ZstdError as error:
                raise _damaged(delivery, "zstd") from error
            block = stream.unused_data
    if not stream.eof:
        raise _damaged(delivery, "zstd")


def _damaged(delivery: Delivery, compression: str) -> IngestError:
    return IngestError(
        f"{delivery.name} is a truncated or damaged {compression} file; nothing of it was taken. "
        "Deliver it again, whole."
    )
