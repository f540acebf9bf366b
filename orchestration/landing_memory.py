"""What a refresh remembers of the landing folder from one time to the next.

Here: the files that are due, by the rules of the landing sensor (`orchestration.landing`), and the
note of how far each got. Keep out: reading what is in a file.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from billing.boundaries import reached
from orchestration.landing import Fate, Seen, look, next_step, read_memory, write_memory

NOTE = "refresh.json"


def take_complete(
    landing: Path, notes: Path, take: Callable[[Sequence[Path]], bool]
) -> tuple[int, int]:
    """Hand the complete files to `take`; how many those were, and how many wait to be complete.

    A file is complete when it did not change since the last time, and is handed on until `take`
    says that all went in. The note is written last: after a kill the same files are due again,
    and ingestion knows what it has by content.
    """
    note = notes / NOTE
    memory, fates = _read(note)
    batch, seen = next_step(memory, look(landing), lambda key: fates.get(key, Fate.FAILED))
    if batch:
        is_taken = take([landing / name for name in batch.names])
        fates[batch.key] = Fate.TAKEN if is_taken else Fate.FAILED
    kept = {each.batch: fates[each.batch].value for each in seen.values() if each.batch in fates}
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps({"files": write_memory(seen), "fates": kept}), encoding="utf-8")
    reached("refresh.before_note")
    fresh.replace(note)
    reached("refresh.after_note")
    taken = len(batch.names) if batch else 0
    return taken, sum(not each.batch and not each.is_taken for each in seen.values())


def _read(note: Path) -> tuple[dict[str, Seen], dict[str, Fate]]:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return read_memory(told["files"]), {key: Fate(each) for key, each in told["fates"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or another version's
        return {}, {}
