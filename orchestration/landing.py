"""What the landing sensor remembers between two looks, and what follows from it.

Here: which files are complete, which are handed on in one batch, and what becomes of them when
the batch's run ends. Pure apart from looking at the folder. Keep out: Dagster, and what is in a
file.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from enum import Enum
from pathlib import Path

from billing.ingestion.sequence import has_final_name

LONGEST_WAIT = 1024
"""Looks between two tries at most; with a look a minute about 17 hours."""


class Fate(Enum):
    """What became of the run a batch was handed to."""

    OPEN = "open"
    TAKEN = "taken"
    FAILED = "failed"


@dataclass(frozen=True)
class Seen:
    """One file as last seen: what it was like, and how far it got.

    `batch` names the run it was handed to last, `tries` counts those runs, and `wait` the looks
    that must find that run failed before there is another one.
    """

    size_bytes: int
    modified_ns: int
    batch: str = ""
    tries: int = 0
    wait: int = 0
    is_taken: bool = False

    def is_like(self, other: "Seen") -> bool:
        """Whether the file stayed the same."""
        return (self.size_bytes, self.modified_ns) == (other.size_bytes, other.modified_ns)


@dataclass(frozen=True)
class Batch:
    """Complete files to be taken by one run; `key` is the same for the same content and try."""

    key: str
    names: tuple[str, ...]


def look(folder: Path) -> dict[str, Seen]:
    """Every file of the landing folder that could be whole, by its path in the folder.

    Left out: hidden and unfinished names, links to what is outside or has no final name itself,
    and files that are empty still.
    """
    root = folder.resolve()
    found: dict[str, Seen] = {}
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        try:
            target = path.resolve(strict=True)
            status = target.stat()
        except (OSError, RuntimeError):  # vanished since it was listed, or a link to nowhere
            continue
        is_ours = target.is_relative_to(root) and has_final_name(target.relative_to(root))
        if has_final_name(within) and is_ours and target.is_file() and status.st_size:
            found[within.as_posix()] = Seen(status.st_size, status.st_mtime_ns)
    return found


def next_step(
    seen: Mapping[str, Seen], now: Mapping[str, Seen], fate_of: Callable[[str], Fate]
) -> tuple[Batch | None, dict[str, Seen]]:
    """What to hand on after a look at `now`, and what to remember of it.

    Only files that are there are remembered. A file whose run failed is handed on again after
    2, 4, 8, ... looks, for as long as it is there: ingestion knows what it has by content.
    """
    fates = {batch: fate_of(batch) for batch in {each.batch for each in seen.values()} if batch}
    memory: dict[str, Seen] = {}
    ready: dict[str, Seen] = {}
    for name, each in now.items():
        before = seen.get(name)
        is_complete = before is not None and before.is_like(each)
        memory[name] = _follow(before, fates.get(before.batch)) if before and is_complete else each
        if is_complete and _is_due(memory[name], fates):
            ready[name] = memory[name]
    if not ready:
        return None, memory
    batch = Batch(_key(ready), tuple(sorted(ready)))
    return batch, memory | {name: _handed_on(each, batch) for name, each in ready.items()}


def _follow(before: Seen, fate: Fate | None) -> Seen:
    """The same file one look later."""
    if fate is Fate.TAKEN:
        return replace(before, batch="", is_taken=True)
    if fate is Fate.FAILED:
        return replace(before, wait=max(before.wait - 1, 0))
    return before


def _is_due(file: Seen, fates: Mapping[str, Fate]) -> bool:
    if file.is_taken:
        return False
    return not file.batch or (fates[file.batch] is Fate.FAILED and not file.wait)


def _handed_on(file: Seen, batch: Batch) -> Seen:
    tries = file.tries + 1
    return replace(file, batch=batch.key, tries=tries, wait=min(2**tries, LONGEST_WAIT))


def _key(ready: Mapping[str, Seen]) -> str:
    content = [
        (name, each.size_bytes, each.modified_ns, each.tries)
        for name, each in sorted(ready.items())
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_memory(cursor: str | None) -> dict[str, Seen]:
    """What the cursor holds; nothing when another version wrote it, so every file is new again."""
    try:
        entries = json.loads(cursor or "{}")
        return {name: Seen(*values) for name, values in entries.items()}
    except (TypeError, ValueError, AttributeError):
        return {}


def write_memory(memory: Mapping[str, Seen]) -> str:
    """The cursor that `read_memory` reads."""
    return json.dumps({name: astuple(each) for name, each in memory.items()}, sort_keys=True)
