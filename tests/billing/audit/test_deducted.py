"""What usage takes from a balance, computed a second time: each charge with its tax."""

from datetime import date
from decimal import Decimal

import pytest

from billing.audit.lines import DocumentName, Line, LineKey
from billing.audit.prepaid import Consumed, deducted
from billing.audit.rating import Charge, ChargeKey
from billing.audit.tax import UNTAXED_STATEMENT, Tax
from billing.audit.terms import Stretch
from tests.billing.audit.engine import at

D = Decimal
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
RATES = {OCTOBER: D("0.19"), SEPTEMBER: D("0.16")}


def taxed(month: date) -> Tax:
    return Tax("S", RATES[month])


def charge(net: str, month: date = OCTOBER, payer: str = "balance") -> Charge:
    stretch = Stretch(month, at("2026-10-01"), at("2026-11-01"))
    key = ChargeKey(stretch, "p", payer, "gpt", "input_uncached", "default", "", 0, "price", "")
    amount = D(net)
    return Charge(key, "c", D(1), 1, 1, 1, amount, amount, amount, amount, D(0), amount, ())


def line(net: str, rate: str = "0.19") -> Line:
    key = LineKey("adjustment", SEPTEMBER, "gpt", "input_uncached", "default", 0, None, "", "",
                  "", "", 0, "", SEPTEMBER)  # fmt: skip
    amount = D(net)
    return Line(key, SEPTEMBER, "", 1, 1, amount, 1, amount, amount, Tax("S", D(rate)))


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        (("2.024",), "2.40856"),
        # 0.0000000000357, so ...036; each of two of 5 pico is 5.95, so 6
        (("0.000000000030",), "0.000000000036"),
        (("0.000000000005", "0.000000000005"), "0.000000000012"),
        (("-0.000000000030",), "-0.000000000036"),
        (("0.000000000050",), "0.000000000060"),
    ],
)
def test_each_charge_has_its_tax_rounded_once(nets: tuple[str, ...], expected: str) -> None:
    """Half away from zero: 59.5 pico are 60."""
    assert deducted([charge(net) for net in nets], {}, taxed) == D(expected)


def test_the_tax_is_that_of_the_month_it_was_used_in() -> None:
    """1.19 and 1.16; what a contract pays is not deducted."""
    charges = [charge("1"), charge("1", SEPTEMBER), charge("7", payer="contract")]
    assert deducted(charges, {}, taxed) == D("2.35")


def test_an_amended_month_has_the_tax_of_its_lines_and_a_note_gives_back() -> None:
    """1.19 more, 2 x 1.10 less; what an enterprise invoice has is not deducted."""
    adjustments = {
        DocumentName("prepaid"): [line("1")],
        DocumentName("prepaid", SEPTEMBER): [line("2", "0.10")],
        DocumentName("enterprise"): [line("9")],
    }
    assert deducted([], adjustments, taxed) == D("-1.01")


def test_what_a_statement_tells_is_deducted_net() -> None:
    amount = "1.000000000001"
    assert deducted([charge(amount)], {}, lambda _: UNTAXED_STATEMENT) == D(amount)


def test_lots_are_drawn_for_what_notes_did_not_give_back() -> None:
    assert Consumed(D("12.19"), [D("1.19"), D("0.50")], D("11")).in_all == D("10.50")
