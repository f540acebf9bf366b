"""In which order files are taken, and under which number.

Here: walking folders, which names are final, the order of names, and the numbers a rebuild must
reuse. Keep out: opening files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from glob import glob, has_magic
from pathlib import Path, PurePath

from billing.errors import IngestError
from billing.ingestion.delivery import Delivery, examine

UNFINISHED = (".tmp", ".part")


def has_final_name(within: PurePath) -> bool:
    """Whether a path below a delivery folder is of a whole file; no part hidden or unfinished."""
    return not any(part.startswith(".") or part.endswith(UNFINISHED) for part in within.parts)


class Numbering:
    """Hands out ingest sequence numbers and remembers what was taken.

    `manifest` maps the content of files of finalized months to the number they had; a
    rebuild gives them the same again. `taken` holds content, size and number of what the
    warehouse has already.
    """

    def __init__(self, manifest: Mapping[str, int], taken: Iterable[tuple[str, int, int]]) -> None:
        self.manifest = manifest
        self._numbers: dict[str, int] = {}
        self._sizes: set[int] = set()
        for sha256, size_bytes, number in taken:
            self._numbers[sha256] = number
            self._sizes.add(size_bytes)

    def is_taken(self, delivery: Delivery) -> bool:
        """Whether the same content was taken before; only a file of a known size can be."""
        return delivery.size_bytes in self._sizes and delivery.sha256 in self._numbers

    def take(self, delivery: Delivery, number: int) -> None:
        """Remember that a file was taken."""
        self._numbers[delivery.sha256] = number
        self._sizes.add(delivery.size_bytes)

    def number_for(self, delivery: Delivery) -> int:
        """The number of a file not yet taken.

        Raises IngestError when a file that was finalized before it is missing: which of two
        copies is the duplicate depends on the order.
        """
        own = self.manifest.get(delivery.sha256) if self.manifest else None
        missing = [
            (number, sha256)
            for sha256, number in self.manifest.items()
            if sha256 not in self._numbers and (own is None or number < own)
        ]
        if missing:
            number, sha256 = min(missing)
            raise IngestError(
                f"{delivery.name} comes after file number {number} (content sha256 "
                f"{sha256[:12]}…), which finalized invoices rest on and which is not in the "
                "warehouse. Ingest that file in the same call or before."
            )
        if own is not None:
            return own
        return max((*self._numbers.values(), *self.manifest.values()), default=0) + 1


def deliveries(
    paths: Sequence[Path], manifest: Mapping[str, int], background: Executor
) -> tuple[list[Delivery], list[tuple[str, str]]]:
    """Every file under `paths`, in the order of taking; and what is not there.

    Files of finalized months come first, by their number, then the others by name. A link that
    leads out of a folder that is walked is not followed, but refused by name.
    """
    found: list[Delivery] = []
    refused: list[tuple[str, str]] = []
    for name, path in sorted({file for given in paths for file in _files(given, refused)}):
        try:
            found.append(examine(name, path, background))
        except IngestError as error:
            refused.append((name, str(error)))
    if manifest:
        after_all = max(manifest.values()) + 1
        found.sort(key=lambda file: manifest.get(_content_of(file), after_all))
    return found, refused


def _content_of(delivery: Delivery) -> str:
    """The hash, or nothing for a file that cannot be read: it is refused when its turn comes."""
    try:
        return delivery.sha256
    except IngestError:
        return ""


def _files(given: Path, refused: list[tuple[str, str]]) -> Iterator[tuple[str, Path]]:
    """The files a path argument names, each with the name reports call it.

    A pattern that the shell left as it is stands for what it matches.
    """
    if given.is_dir():
        yield from _inside(given, refused)
    elif not has_magic(str(given)) or given.exists():
        yield given.name, given
    elif matches := _matches(given):
        for match in matches:
            yield from _files(match, refused)
    else:
        refused.append((str(given), f"{given} matches no file. Check the pattern and the folder."))


def _matches(pattern: Path) -> list[Path]:
    found = map(Path, glob(str(pattern), recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
    return [path for path in found if path.is_dir() or has_final_name(PurePath(path.name))]


def _inside(folder: Path, refused: list[tuple[str, str]]) -> Iterator[tuple[str, Path]]:
    """The files below a folder; a link in it may lead to another of them, but not out of it."""
    root = folder.resolve()
    for inside in folder.rglob("*"):
        within = inside.relative_to(folder)
        if not has_final_name(within):
            continue
        if inside.is_symlink() and not _stays(inside, root):
            message = (
                f"{within} is a link that leads out of {folder.name} or to nothing, and was not "
                "followed. Put the file itself there, or name it as an argument."
            )
            refused.append((within.as_posix(), message))
        elif inside.is_file() and has_final_name(inside.resolve().relative_to(root)):
            yield within.as_posix(), inside


def _stays(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # to nothing, or in a circle
        return False
