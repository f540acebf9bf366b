"""The one template engine of HTML and XML.

Here: Jinja2 with escaping always on, nothing undefined, nothing loaded but our own templates.
Keep out: filters with rules of money; views carry finished text.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from invoice_render.errors import RenderError
from invoice_render.text import plain


def templates_folder() -> Path:
    """Where the templates of every form lie."""
    return Path(str(files(__package__))) / "templates"


@cache
def environment() -> Environment:
    """The engine, built once per process."""
    engine = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    engine.filters["plain"] = plain
    engine.filters["compact"] = _compact
    return engine


def _compact(day: date) -> str:
    """A day as format 102 of UNTDID 2379: 20261031."""
    return day.isoformat().replace("-", "")


def _finalize(value: object) -> object:
    """What a template prints: inert text, whole numbers, plain decimals and ISO dates."""
    match value:
        case Markup():
            return value
        case str():
            return plain(value)
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case int() if not isinstance(value, bool):
            return value
        case _:
            raise RenderError(f"A template printed {value!r}, which is no text and no number.")
