"""A reminder in every form: JSON, HTML and PDF.

Here: the files of one frozen letter. File names are fixed. Keep out: formats (`view`), folders
and writing.
"""

from invoice_render.environment import environment
from invoice_render.errors import RenderError
from invoice_render.pdf import compile_view
from invoice_render.reminder import Reminder, violations
from invoice_render.view.reminder import reminder_view


def html(reminder: Reminder) -> str:
    """The letter as one self-contained page."""
    return environment().get_template("html/reminder.html.j2").render(view=reminder_view(reminder))


def pdf(reminder: Reminder) -> bytes:
    """The letter as PDF/A-3b. Raises RenderError for a character without a glyph."""
    return compile_view("reminder", reminder_view(reminder), reminder.raised_at)


def files_of(reminder: Reminder) -> dict[str, bytes]:
    """Every form of a letter by file name: the same letter gives the same bytes.

    Raises RenderError when its sums do not hold or a form cannot be made.
    """
    problems = violations(reminder)
    if problems:
        raise RenderError(f"The reminder does not add up: {'; '.join(problems)}")
    return {
        "reminder.json": reminder.frozen_bytes(),
        "reminder.html": html(reminder).encode(),
        "reminder.pdf": pdf(reminder),
    }
