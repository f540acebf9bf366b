"""Capital numerals are written by the rules for bills, and read back the same."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_render.errors import RenderError
from invoice_render.national.china.numerals import capital_numerals

VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
TIMES = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(text: str) -> Decimal:
    """A reader of its own: digits times places, sections times 万 and 亿."""
    sign = -1 if text.startswith("负") else 1
    found = re.fullmatch(r"负?(?:(.+)圆)?零?(?:(.)角)?零?(?:(.)分)?整?", text)
    assert found is not None
    yuan, jiao, fen = found.groups()
    cents = 10 * VALUES[jiao or "零"] + VALUES[fen or "零"]
    return sign * (Decimal(read_whole(yuan or "零")) + Decimal(cents) / 100)


def read_whole(text: str) -> int:
    for name, times in (("亿", 10**8), ("万", 10**4)):
        if name in text:
            above, below = text.rsplit(name, 1)
            return read_whole(above) * times + read_whole(below)
    total, digit = 0, 0
    for letter in text:
        if letter in TIMES:
            total, digit = total + digit * TIMES[letter], 0
        else:
            digit = VALUES[letter]
    return total + digit


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "零圆整"),
        ("0.01", "壹分"),
        ("0.10", "壹角整"),
        ("0.15", "壹角伍分"),
        ("1", "壹圆整"),
        ("10", "壹拾圆整"),
        ("15.06", "壹拾伍圆零陆分"),
        ("1409.50", "壹仟肆佰零玖圆伍角整"),
        ("6007.14", "陆仟零柒圆壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾圆叁角贰分"),
        ("107000.53", "壹拾万柒仟圆伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖圆零贰分"),
        ("325.04", "叁佰贰拾伍圆零肆分"),
        ("100000", "壹拾万圆整"),
        ("100500", "壹拾万零伍佰圆整"),
        ("10000001", "壹仟万零壹圆整"),
        ("100005000", "壹亿零伍仟圆整"),
        ("100050000", "壹亿零伍万圆整"),
        ("200000000.20", "贰亿圆贰角整"),
        ("1000100000001.00", None),
        ("1000000000000", "壹万亿圆整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖圆玖角玖分"),
        ("-113.00", "负壹佰壹拾叁圆整"),
    ],
)
def test_amounts_are_written_by_the_rules(amount: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(RenderError, match="more than capital numerals"):
            capital_numerals(Decimal(amount))
    else:
        assert capital_numerals(Decimal(amount)) == text


def test_half_a_fen_is_refused() -> None:
    with pytest.raises(RenderError, match="not rounded to 2 decimals"):
        capital_numerals(Decimal("1.005"))


@given(fen=st.integers(-(10**14), 10**14) | st.integers(-(10**6), 10**6))
def test_any_amount_is_read_back_and_no_zero_is_doubled(fen: int) -> None:
    amount = Decimal(fen) / 100
    text = capital_numerals(amount)
    assert read_back(text) == amount
    assert "零零" not in text
    assert text.endswith("整") == (fen % 10 == 0)
    assert "零圆" not in text or fen == 0


@given(
    places=st.lists(st.integers(0, 14), max_size=3),
    digits=st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_amounts_of_mostly_zeros_are_read_back(places: list[int], digits: list[int]) -> None:
    fen = min(sum(d * 10**p for p, d in zip(places, digits, strict=False)), 10**14)
    assert read_back(capital_numerals(Decimal(fen) / 100)) == Decimal(fen) / 100
