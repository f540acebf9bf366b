"""One delivered file: its name, its hash, and whether it is still the same.

Here: what identifies a file. Keep out: what is in it (`container.py`).
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from billing.errors import IngestError

BLOCK = 1 << 20


@dataclass(frozen=True)
class Content:
    """What all bytes of a file say: their hash, and its lines unless it is compressed."""

    sha256: str
    lines: int


@dataclass(frozen=True)
class Delivery:
    """One file as it was found; `name` is what reports and the manifest call it.

    It is hashed in the background: `sha256` and `lines` wait for that to end, and raise
    IngestError when the file cannot be read.
    """

    name: str
    path: Path
    size_bytes: int
    modified_ns: int
    content: Future[Content]

    @property
    def sha256(self) -> str:
        """The hash of all its bytes."""
        return self._read().sha256

    @property
    def lines(self) -> int:
        """Its lines, an unended last one included, as long as it is not compressed."""
        return self._read().lines

    def _read(self) -> Content:
        try:
            return self.content.result()
        except OSError as error:
            raise _unreadable(self.name, error) from error

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


def examine(name: str, path: Path, background: Executor) -> Delivery:
    """Look at a file and have it hashed. Raises IngestError when it is not there."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(name, error) from error
    if not S_ISREG(status.st_mode):
        raise IngestError(
            f"{name} is no file but a pipe or device, which can be read only once. "
            "Write it into a file first."
        )
    content = background.submit(_read_all, path)
    return Delivery(name, path, status.st_size, status.st_mtime_ns, content)


def _read_all(path: Path) -> Content:
    digest = hashlib.sha256()
    lines, last = 0, b""
    for block in blocks_of(path, BLOCK):
        digest.update(block)
        lines += block.count(10)
        last = block
    return Content(digest.hexdigest(), lines + (bool(last) and not last.endswith(b"\n")))


def _unreadable(name: str, error: OSError) -> IngestError:
    return IngestError(
        f"{name} cannot be read ({error.strerror}). Check the path and its permissions."
    )


def blocks_of(path: Path, size: int) -> Iterator[bytes]:
    """The bytes of a file, `size` at a time."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(size):
            yield block
