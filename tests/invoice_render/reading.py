"""Reading forms back, as a stranger's program would.

Here: the text of a PDF page by page, and the shape and text of HTML. Keep out: expectations.
"""

import io
from html.parser import HTMLParser

from pypdf import PdfReader

_SILENT = frozenset({"style", "title"})


def pdf_pages(form: bytes) -> list[str]:
    """The text of each page, spaces made plain."""
    return [spaces(page.extract_text()) for page in PdfReader(io.BytesIO(form)).pages]


def pdf_text(form: bytes) -> str:
    """The text of all pages."""
    return "\n".join(pdf_pages(form))


def spaces(text: str) -> str:
    """Every kind of space as a plain one."""
    for space in ("\u00a0", "\u202f", "\u2009", "\u200b"):
        text = text.replace(space, " " if space != "\u200b" else "")
    return text


class Page(HTMLParser):
    """The tags with their attributes, and the visible text, of an HTML page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with the names of its attributes."""
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes.extend((tag, name, value or "") for name, value in attrs)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Collect what a reader sees."""
        if not _SILENT & set(self._open):
            self.text += spaces(data)
