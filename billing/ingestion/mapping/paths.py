"""Paths into a logged row: a column, and where in it.

Here: the one grammar of paths, `a.b."c.d"[0]`. Keep out: what is done with the value.
"""

import re
from dataclasses import dataclass

_STEP = re.compile(r'"(?P<quoted>[^"]+)"|(?P<plain>[^."\[\]\s]+)')
_INDEX = re.compile(r"\[(?P<place>\d+|\*)\]")


@dataclass(frozen=True)
class RowPath:
    """The first step is a column of the row; `json_path` leads on from there, empty if it ends.

    `names` are the steps without their places in lists.
    """

    column: str
    json_path: str
    names: tuple[str, ...]

    @property
    def is_plural(self) -> bool:
        """Whether it leads to all elements of a list."""
        return "[*]" in self.json_path


def parse_path(text: str) -> RowPath:
    """Read a path. Raises ValueError, which says what is wrong, when it is none."""
    position, names, rest = 0, [], []
    while True:
        step = _STEP.match(text, position)
        if not step:
            raise ValueError(f"{text!r} is no path: a name is missing at position {position + 1}")
        names.append(step["quoted"] or step["plain"])
        if names[-1] == "*":
            raise ValueError(f"{text!r} is no path: * is only for places in a list, as [*]")
        if len(names) > 1:
            rest.append(f'."{names[-1]}"')
        position = step.end()
        while place := _INDEX.match(text, position):
            rest.append(place.group())
            position = place.end()
        if position == len(text):
            return RowPath(names[0], "$" + "".join(rest) if rest else "", tuple(names))
        if text[position] != ".":
            raise ValueError(f"{text!r} is no path: {text[position:]!r} cannot follow a name")
        position += 1
