"""Files that appear whole or not at all.

Here: replacing a folder of rendered forms. Keep out: what the files hold.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from billing.boundaries import reached


def write_folder(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make `folder` hold exactly `files` by name; returns whether anything had to change.

    The new folder is written beside the old one and renamed into place, so a reader or a crash
    never sees half of it.
    """
    if folder.is_dir() and {p.name: p.read_bytes() for p in folder.iterdir()} == dict(files):
        return False
    fresh, stale = (folder.with_name(f".{folder.name}.{ending}") for ending in ("new", "old"))
    for leftover in (fresh, stale):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    reached("render.before_rename")
    if folder.exists():
        folder.rename(stale)
    reached("render.between_renames")
    fresh.rename(folder)
    reached("render.after_rename")
    shutil.rmtree(stale, ignore_errors=True)
    return True
