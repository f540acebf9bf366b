"""The columns and nested values that a format's expressions reach for.

Here: collecting them while values are compiled. Keep out: the expressions themselves.
"""

from billing.ingestion.literals import text_literal
from billing.ingestion.mapping.paths import parse_path


class Scope:
    """Names SQL can use, each registered when it is first asked for."""

    def __init__(self) -> None:
        self.columns: dict[str, None] = {}
        self.nested: dict[str, tuple[str, str]] = {}
        self._aliases: dict[tuple[str, str], str] = {}

    def text(self, path: str) -> str:
        """One value as text. Raises ValueError when the path is none or leads to several."""
        found = parse_path(path)
        if found.is_plural:
            raise ValueError(f"{path!r} leads to several values; add them up with sum")
        self.columns[found.column] = None
        if not found.json_path:
            return _identifier(found.column)
        return self._nested(found.column, found.json_path)

    def _nested(self, column: str, json_path: str) -> str:
        place = (column, json_path)
        if place not in self._aliases:
            alias = f'"at""{len(self._aliases)}"'  # no column can be called so
            self._aliases[place] = alias
            self.nested[alias] = place
        return self._aliases[place]

    def elements(self, path: str) -> str:
        """All values a plural path leads to, as a list of texts; empty or null for none."""
        found = parse_path(path)
        self.columns[found.column] = None
        self._nested(found.column, "$")  # so that text which is no JSON makes the row unreadable
        column = _identifier(found.column)
        given = f"case when json_valid({column}) then {column} end"
        return f"json_extract_string({given}, {text_literal(found.json_path)})"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
