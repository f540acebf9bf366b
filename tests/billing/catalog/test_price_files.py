"""Price lists from outside are read exactly, or refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from billing.catalog.price_files import read_price_file
from billing.errors import MeterbookError


def test_numbers_are_their_text(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('{"a": 0.1, "b": 2.8e-07, "c": 3}')
    read = read_price_file(path)
    assert read == {"a": Decimal("0.1"), "b": Decimal("2.8E-7"), "c": Decimal(3)}
    assert {type(value) for value in read.values()} == {Decimal}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not json", "Expecting value"),
        (b"", "Expecting value"),
        (b"\xff\xfe{", "utf-8"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e999999999}', "is not a price or a count"),
        (b'{"a": 1e-99999999999999999999}', "not a readable"),
        (b'{"a": 0.' + b"1" * 5000 + b"}", "is not a price or a count"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b"[" * 100_000, "not a readable"),
    ],
)
def test_what_no_price_list_says_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(content)
    with pytest.raises(MeterbookError, match="not a readable price map") as refused:
        read_price_file(path)
    assert why in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeterbookError, match=r"none\.json"):
        read_price_file(tmp_path / "none.json")
