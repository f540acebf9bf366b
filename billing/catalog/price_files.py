"""Public price lists from disk: JSON whose numbers are read from their text.

Here: reading one file exactly, and refusing what no price list says. Keep out: what its keys
mean (`litellm_map`, `genai_map`).
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.errors import MeterbookError

MOST_DIGITS = 40


def read_price_file(path: Path) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Read JSON with every number as a Decimal from its text, never through a float.

    Raises MeterbookError for a file that is not JSON, a name that stands twice in one object,
    a number that is none (NaN, Infinity) or one that no price can be.
    """
    try:
        return json.loads(
            path.read_text("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except (OSError, ValueError, ArithmeticError, RecursionError) as error:
        raise MeterbookError(f"{path} is not a readable price map: {error}.") from error


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if number and (abs(number.adjusted()) > MOST_DIGITS or len(text) > 2 * MOST_DIGITS):
        raise ValueError(f"{text[:MOST_DIGITS]} is not a price or a count")
    return number


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} stands twice in one object")
        found[name] = value
    return found
