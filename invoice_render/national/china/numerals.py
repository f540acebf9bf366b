"""Amounts in capital numerals: 人民币大写.

Here: the rules of the Basic Rules for Filling in Bills (支付结算办法, annex 1). A zero is
written where zeros stand between two digits, once; not where the rules leave it open (1,680.32 is
壹仟陆佰捌拾圆叁角贰分). 整 ends what has no 分. Keep out: other currencies.
"""

from decimal import Decimal

from invoice_render.errors import RenderError
from invoice_render.formatting import minor

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
MOST = Decimal(10) ** 12
MINUS = "负"
FULL = 1000
"""From here on a section of four digits has no zero in front."""


def capital_numerals(amount: Decimal) -> str:
    """An amount of yuan up to 10^12, with its sign. Raises RenderError for more, or a half fen."""
    fen = int(minor(amount, 2).scaleb(2))
    if abs(amount) > MOST:
        raise RenderError(f"{amount:f} is more than capital numerals are written for here: {MOST}.")
    if not fen:
        return "零圆整"
    return (MINUS if fen < 0 else "") + _positive(abs(fen))


def _positive(fen: int) -> str:
    yuan, cents = divmod(fen, 100)
    jiao, last = divmod(cents, 10)
    text = f"{_whole(yuan)}圆" if yuan else ""
    if jiao:
        text += f"{DIGITS[jiao]}角"
    if last:
        zero = DIGITS[0] if yuan and not jiao else ""
        return f"{text}{zero}{DIGITS[last]}分"
    return f"{text}整"


def _whole(number: int) -> str:
    """A whole number from 1 on: 亿 counts in ten thousands of 万."""
    above, rest = divmod(number, 10**8)
    high, low = divmod(rest, 10**4)
    text = f"{_whole(above)}亿" if above else ""
    text = _joined(text, high, "万", has_gap=False)
    return _joined(text, low, "", has_gap=not high)


def _joined(text: str, section: int, name: str, *, has_gap: bool) -> str:
    """A section of four digits after what stands before it, which a zero parts from it."""
    if not section:
        return text
    is_parted = bool(text) and (has_gap or section < FULL)
    return f"{text}{DIGITS[0] if is_parted else ''}{_section(section)}{name}"


def _section(section: int) -> str:
    """Four digits; zeros before the first and after the last are not written."""
    text, has_zero = "", False
    for digit, place in zip(map(int, f"{section:04}"), PLACES, strict=True):
        if digit:
            text += (DIGITS[0] if has_zero and text else "") + DIGITS[digit] + place
        has_zero = not digit
    return text
