"""Facts about amended months in the second engine.

October's 1,000,000 tokens at EUR 0.0000008 were filed as 0.80 and late ones at 0.9 as 0.45 in
November; under today's catalog they come to 0.60 and 0.40.
"""

from datetime import date
from decimal import Decimal

from billing.audit.amendments import Amendments, Place
from billing.audit.given_back import Corrections
from billing.audit.lines import DocumentName
from billing.audit.rating import Charge, ChargeKey, Rated
from billing.audit.tax import UNTAXED_STATEMENT, Tax
from billing.audit.terms import Stretch
from tests.billing.audit.engine import STANDARD, at, terms

D = Decimal
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
BILLED = {("org", "contract", OCTOBER): NOVEMBER, ("org", "balance", OCTOBER): OCTOBER}
CORRECTIONS = {DECEMBER: Corrections(DECEMBER, BILLED)}


def place(model_id: str, mode: str = "enterprise", tax: Tax = STANDARD) -> Place:
    return Place(mode, OCTOBER, model_id, "input_uncached", "default", tax)


def charge(net: str, model_id: str, payer: str = "contract") -> Charge:
    stretch = Stretch(OCTOBER, at("2026-10-01"), at("2026-11-01"))
    key = ChargeKey(stretch, "p", payer, model_id, "input_uncached", "default", "", 0, "price", "")
    price = D("0.000001")
    amount = D(net)
    return Charge(key, "c", D(1), 1, 1, 1, price, price, amount, amount, D(0), amount, ())


def adjustments(
    filed: dict[Place, Decimal],
    rated: dict[date, list[Charge]],
    tax: Tax = STANDARD,
    tax_at: str = "",
) -> list[tuple[DocumentName, str, Decimal, int]]:
    """The adjustments of October in December: document, model, exact amount, quantity."""

    def rate_month(organization: str, served: date, billed_in: date, rates_of: date) -> Rated:
        assert (organization, served, rates_of) == ("org", OCTOBER, billed_in)
        return Rated(rated.get(billed_in, []))

    found = Amendments(DECEMBER, {"org": [OCTOBER]}, {"org": filed}, CORRECTIONS)
    return [
        (name, line.key.model_id, line.exact, line.quantity)
        for name, line in found.adjustments(
            terms(tax_at=tax_at),
            rate_month,
            lambda mode, _: UNTAXED_STATEMENT if (mode, tax_at) == ("prepaid", "") else tax,
        )
    ]


def test_both_months_that_billed_it_are_rated_again() -> None:
    found = adjustments(
        {place("gpt"): D("1.25")},
        {OCTOBER: [charge("0.60", "gpt")], NOVEMBER: [charge("0.40", "gpt")]},
    )
    assert found == [(DocumentName("enterprise", NOVEMBER), "gpt", D("0.25"), 1)]


def test_what_rises_is_a_line_and_what_stays_is_none() -> None:
    found = adjustments(
        {place("gpt"): D("0.80"), place("sonnet"): D("0.10")},
        {OCTOBER: [charge("0.80", "gpt"), charge("0.30", "sonnet")]},
    )
    assert found == [(DocumentName("enterprise"), "sonnet", D("0.20"), 1)]


def test_another_tax_is_given_back_and_billed_anew() -> None:
    reverse_charge = Tax("AE", D(0))
    found = adjustments({place("gpt"): D(4)}, {OCTOBER: [charge("4", "gpt")]}, reverse_charge)
    assert {(name.corrects, amount) for name, _, amount, _ in found} == {
        (None, D(4)),
        (NOVEMBER, D(4)),
    }


def test_a_balance_is_settled_on_its_statement() -> None:
    untaxed = place("gpt", "prepaid", UNTAXED_STATEMENT)
    found = adjustments({untaxed: D(8)}, {OCTOBER: [charge("5", "gpt", "balance")]})
    assert found == [(DocumentName("prepaid"), "gpt", D(-3), -1)]


def test_a_balance_whose_usage_was_invoiced_is_settled_like_a_contract() -> None:
    """3 less of gpt stand on a note on October's invoice, 2 of sonnet are a line: not netted."""
    found = adjustments(
        {place("gpt", "prepaid"): D(8)},
        {OCTOBER: [charge("5", "gpt", "balance"), charge("2", "sonnet", "balance")]},
        tax_at="consumption",
    )
    assert found == [
        (DocumentName("prepaid", OCTOBER), "gpt", D(3), 1),
        (DocumentName("prepaid"), "sonnet", D(2), 1),
    ]
