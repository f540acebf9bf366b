"""Texts as SQL literals, for statements that take no parameters.

Here: quoting. Keep out: building statements.
"""


def text_literal(text: str) -> str:
    """A string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
