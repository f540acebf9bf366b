"""What a folder of forms was made from, so that only what changed is made again.

Here: a stamp for each folder, in a place beside all documents. It says which document and which
templates made the folder, and how its files looked when they were written; a file that was touched
since makes it worth nothing. Keep out: making forms.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from invoice_render.version import template_version


def made_from(*parts: bytes | None) -> str:
    """The name of what forms are made from: the templates, a document, and its reports."""
    seen = sha256(template_version().encode())
    for part in parts:
        seen.update(b"-" if part is None else sha256(part).digest())
    return seen.hexdigest()


def stamp_of(documents: Path, folder: Path) -> Path:
    """Where the stamp of a folder within `documents` lies."""
    place = documents.with_name(f"{documents.name}.stamps") / folder.relative_to(documents)
    return place.with_name(f"{place.name}.json")


def is_current(folder: Path, stamp: Path, source: str) -> bool:
    """Whether the folder was made from `source` and nobody touched its files since."""
    try:
        known = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == {"source": source, "files": _looks(folder)})


def remember(folder: Path, stamp: Path, source: str) -> None:
    """Write what the folder was made from. Without it, it is made again: harmless."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps({"source": source, "files": _looks(folder)}), "utf-8")


def _looks(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        return {}
    found = {path.name: path.lstat() for path in folder.iterdir()}
    return {
        name: [each.st_size, each.st_mtime_ns, each.st_ctime_ns]
        for name, each in sorted(found.items())
    }
