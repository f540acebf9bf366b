"""Which templates, words and libraries made a form: one hash over all of them.

Here: what tells a folder that was rendered by this very version from one that was not. Keep out:
the version of the frozen document, which is data (`document.SCHEMA_VERSION`).
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

LIBRARIES = (
    "babel",
    "cvttf-notosanscjk-regular",
    "fontpkg-noto-sans",
    "jinja2",
    "markupsafe",
    "pikepdf",
    "pydantic",
    "typst",
    "xlsxwriter",
)
"""What shapes the bytes of a form beside our own files."""


@cache
def template_version() -> str:
    """The hash of every file of this package, and of the libraries' versions, in hexadecimal."""
    root = Path(str(files(__package__)))
    seen = sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            seen.update(f"{path.relative_to(root).as_posix()}\0".encode())
            seen.update(sha256(path.read_bytes()).digest())
    for name in LIBRARIES:
        seen.update(f"{name} {version(name)}\n".encode())
    return seen.hexdigest()
