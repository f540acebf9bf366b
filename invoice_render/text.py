"""Text of strangers, made inert before any form prints it.

Here: what no form may contain (control characters, direction overrides) and the escape of
spreadsheet formulas. Add a rule when a form turns out to act on text. Keep out: escaping of
HTML and XML, which the template engines do, and formats of numbers.
"""

import re

_BLANKS = re.compile(r"[\t\n\v\f\r\u0085\u2028\u2029]+")
_GAPS = re.compile(r"[\s.\-]+")
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_PLANE_ENDS = frozenset(chr(plane << 16 | end) for plane in range(1, 17) for end in (65534, 65535))
_FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20'")


def plain(text: str) -> str:
    """One line without control characters, invisible direction marks and non-characters.

    The result is legal in XML 1.0. Everything visible stays as it was.
    """
    line = _FORBIDDEN.sub("", _BLANKS.sub(" ", text))
    return "".join(letter for letter in line if letter not in _PLANE_ENDS)


def compact(number: str) -> str:
    """A number of a bank or a tax office without blanks, dots and hyphens, in capitals."""
    return _GAPS.sub("", number).upper()


def spreadsheet_safe(text: str) -> str:
    """`plain` text that no spreadsheet reads as a formula: an apostrophe leads it if needed."""
    line = plain(text)
    return f"'{line}" if line.lstrip()[:1] in _FORMULA_STARTS else line
