"""What commands print for programs."""

import json
from decimal import Decimal

import pytest

from orchestration.commands.terminal import print_json


def test_a_decimal_keeps_all_of_its_digits(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"nothing": Decimal("0E-12"), "most": Decimal("1E+20"), "few": Decimal("1.50")})
    assert json.loads(capsys.readouterr().out) == {
        "nothing": "0.000000000000",
        "most": "100000000000000000000",
        "few": "1.50",
    }
