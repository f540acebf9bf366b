"""A document as PDF/A-3b with PDF/UA-1 tags: the same bytes everywhere.

Here: the compiler and its fonts, built once per process from packages alone. Customer text
travels as JSON and is never Typst markup. Keep out: formats (`view`) and looks (`templates`).
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

import typst

from invoice_render.document import Document
from invoice_render.environment import templates_folder
from invoice_render.errors import RenderError
from invoice_render.view.invoice import invoice_view

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STANDARDS: "list[typst.PDFStandard]" = ["a-3b", "ua-1"]
_FONT_FOLDERS = (("fontpkg_noto_sans", "files"), ("cvttf_NotoSansCJK_Regular", ""))


def render(document: Document) -> bytes:
    """The paper of an invoice or statement.

    Raises RenderError when a character of it has no glyph in the shipped fonts.
    """
    made_at = document.issued_at or datetime.combine(document.period_last_day, time(), UTC)
    return compile_view("invoice", invoice_view(document), made_at)


def compile_view(template: str, view: "DataclassInstance", made_at: datetime) -> bytes:
    """One Typst template over one view; `made_at` is the time written into the file."""
    inputs = {"view": json.dumps(asdict(view), ensure_ascii=False)}
    try:
        compiled = _compiler().compile(
            input=str(templates_folder() / "typst" / f"{template}.typ"),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
            timestamp=made_at.astimezone(UTC),
        )
    except typst.TypstError as error:
        raise RenderError(f"No PDF: {error.message}. Use letters the fonts have.") from error
    return cast("bytes", compiled)


@cache
def _compiler() -> typst.Compiler:
    folders = [str(files(package) / folder) for package, folder in _FONT_FOLDERS]
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
    )
    return typst.Compiler(
        root=str(templates_folder() / "typst"), font_paths=fonts, ignore_system_fonts=True
    )
