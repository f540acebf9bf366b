"""In which order files are taken, and under which number.

Here: walking folders, the order of names, and the numbers a rebuild must reuse. Keep out:
opening files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from billing.errors import IngestError
from billing.ingestion.container import Delivery, examine

UNFINISHED = (".tmp", ".part")


@dataclass
class Numbering:
    """Hands out ingest sequence numbers.

    `manifest` maps the content of files of finalized months to the number they had; a
    rebuild gives them the same again. `taken` maps what the warehouse holds already.
    """

    manifest: Mapping[str, int]
    taken: dict[str, int]

    def number_for(self, delivery: Delivery) -> int:
        """The number of a file not yet taken.

        Raises IngestError when a file that was finalized before it is missing: which of two
        copies is the duplicate depends on the order.
        """
        own = self.manifest.get(delivery.sha256)
        missing = [
            (number, sha256)
            for sha256, number in self.manifest.items()
            if sha256 not in self.taken and (own is None or number < own)
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
        return max((*self.taken.values(), *self.manifest.values()), default=0) + 1


def deliveries(
    paths: Sequence[Path], manifest: Mapping[str, int]
) -> tuple[list[Delivery], list[tuple[str, str]]]:
    """Hash every file under `paths`, in the order of taking; and what cannot be read.

    Files of finalized months come first, by their number, then the others by name.
    """
    found: list[Delivery] = []
    refused: list[tuple[str, str]] = []
    for name, path in sorted(set(_files(paths))):
        try:
            found.append(examine(name, path))
        except IngestError as error:
            refused.append((name, str(error)))
    after_all = max(manifest.values(), default=0) + 1
    found.sort(key=lambda file: (manifest.get(file.sha256, after_all), file.name, str(file.path)))
    return found, refused


def _files(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if not path.is_dir():
            yield path.name, path
            continue
        for inside in path.rglob("*"):
            within = inside.relative_to(path)
            is_hidden = any(part.startswith(".") for part in within.parts)
            if inside.is_file() and not is_hidden and inside.suffix not in UNFINISHED:
                yield within.as_posix(), inside
