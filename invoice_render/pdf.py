"""A document as PDF/A-3b with PDF/UA-1 tags: the same bytes everywhere.

Here: the compiler and its fonts, built once per process from packages alone. Customer text
travels as JSON and is never Typst markup. Keep out: formats (`view`) and looks (`templates`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias, cast

import typst

from invoice_render.document import Document
from invoice_render.environment import templates_folder
from invoice_render.errors import RenderError
from invoice_render.text import plain
from invoice_render.view.invoice import invoice_view

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Json: TypeAlias = "str | int | dict[str, Json] | list[Json] | tuple[Json, ...] | None"
STANDARDS: "list[typst.PDFStandard]" = ["a-3b", "ua-1"]
_MISSING_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")
_FONT_FOLDERS = (("fontpkg_noto_sans", "files"), ("cvttf_NotoSansCJK_Regular", ""))


def render(document: Document, attached: Mapping[str, str] | None = None) -> bytes:
    """The paper of an invoice or statement, with XML texts attached by file name.

    Raises RenderError when a character of it has no glyph in the shipped fonts.
    """
    made_at = document.issued_at or datetime.combine(document.period_last_day, time(), UTC)
    try:
        return compile_view("invoice", invoice_view(document), made_at, attached)
    except RenderError as error:
        raise RenderError(f"{document.number or 'Draft'}: {error}") from error


def compile_view(
    template: str,
    view: "DataclassInstance",
    made_at: datetime,
    attached: Mapping[str, str] | None = None,
) -> bytes:
    """One Typst template over one view; `made_at` is the time written into the file."""
    content = _inert(asdict(view))
    inputs = {"view": json.dumps(content, ensure_ascii=False)}
    if attached:
        inputs["attached"] = json.dumps(dict(attached), ensure_ascii=False)
    try:
        compiled = _compiler().compile(
            input=str(templates_folder() / "typst" / f"{template}.typ"),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
            timestamp=made_at.astimezone(UTC),
        )
    except typst.TypstError as error:
        raise RenderError(_reason(error, content)) from error
    return cast("bytes", compiled)


def _inert(part: Json) -> Json:
    """Every text of a view as `plain` text, whatever the view did."""
    match part:
        case str():
            return plain(part)
        case dict():
            return {key: _inert(inner) for key, inner in part.items()}
        case list() | tuple():
            return [_inert(inner) for inner in part]
        case _:
            return part


def _reason(error: typst.TypstError, content: Json) -> str:
    """Name the character and the text it stands in, which Typst does not."""
    texts = list(_texts(content))
    match = _MISSING_GLYPH.search(error.message)
    if match is None:
        return f"No PDF: {error.message}"
    letters = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), match[1])
    points = " ".join(f"U+{ord(letter):04X}" for letter in letters)
    place = next((text for text in texts if letters in text), "")
    return (
        f"No PDF: no glyph for {letters!r} ({points}) in {place!r}. "
        "Write it in letters the shipped fonts have."
    )


def _texts(part: Json) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for inner in part.values():
                yield from _texts(inner)
        case list():
            for inner in part:
                yield from _texts(inner)


@cache
def _compiler() -> typst.Compiler:
    folders = [str(files(package) / folder) for package, folder in _FONT_FOLDERS]
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
    )
    return typst.Compiler(
        root=str(templates_folder() / "typst"), font_paths=fonts, ignore_system_fonts=True
    )
