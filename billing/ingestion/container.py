"""What a delivered file is, told by its bytes: its hash, its compression, its kind.

Here: everything that handles a file as bytes, in blocks, never as rows. Add a compression or
container here. Keep out: what rows mean (`formats.py`) and lines (`lines.py`).
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import zstandard

from billing.errors import IngestError

BLOCK = 1 << 20
# Small, because one block of a compressed stream may unfold into thousands.
PACKED_BLOCK = 1 << 14
HEAD = 1 << 20
BINARY_HEAD = 512
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"


class Kind(Enum):
    """How a plain file holds rows."""

    JSON_LINES = "JSON lines"
    CSV = "CSV"
    PARQUET = "Parquet"
    EMPTY = "empty"


@dataclass(frozen=True)
class Delivery:
    """One file as it was found; `name` is what reports and the manifest call it.

    `lines` is the number of its lines as long as it is not compressed.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int
    modified_ns: int
    lines: int

    def require_unchanged(self) -> None:
        """Raise IngestError when the file is no longer the one that was hashed."""
        status = self.path.stat() if self.path.exists() else None
        if status is None or (status.st_size, status.st_mtime_ns) != (
            self.size_bytes,
            self.modified_ns,
        ):
            raise IngestError(
                f"{self.name} changed while it was read; nothing of it was taken. "
                "Deliver files under a temporary name (*.tmp, *.part) and rename them when whole."
            )


def examine(name: str, path: Path) -> Delivery:
    """Hash a file. Raises IngestError when it cannot be read."""
    digest = hashlib.sha256()
    lines, last = 0, b""
    try:
        status = path.stat()
        for block in _blocks(path):
            digest.update(block)
            lines += block.count(10)
            last = block
    except OSError as error:
        raise IngestError(
            f"{name} cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
    lines += bool(last) and not last.endswith(b"\n")
    found = digest.hexdigest()
    return Delivery(name, path, found, status.st_size, status.st_mtime_ns, lines)


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
    with plain.open("wb") as file:
        for block in blocks:
            file.write(block)
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
        raise IngestError(f"{name} holds a JSON array. Write one JSON object per line.")
    if text.startswith(b"{") or b"\n{" in text:
        return Kind.JSON_LINES
    if b"\x00" in text[:BINARY_HEAD]:
        raise IngestError(
            f"{name} is binary and neither gzip, zstd nor Parquet. "
            "Deliver JSON lines, CSV or Parquet."
        )
    return Kind.CSV


def head_of(path: Path) -> bytes:
    """The first bytes of a file, enough to tell what it is."""
    with path.open("rb") as file:
        return file.read(HEAD)


def _blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while block := file.read(size):
            yield block


def _inflate(delivery: Delivery) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=31)
    for raw in _blocks(delivery.path, PACKED_BLOCK):
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
    for raw in _blocks(delivery.path, PACKED_BLOCK):
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
