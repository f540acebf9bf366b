"""Facts about late usage below zero in the second engine.

At 0.8 in October and 0.9 in December, one token of USD 0.000001 is EUR 0.0000008 and 0.0000009.
"""

from datetime import date
from decimal import Decimal

from billing.audit.catalog_rows import Profile
from billing.audit.given_back import Corrections, as_given_back, give_back
from billing.audit.rating import Charge, ChargeKey, Rated, Step
from billing.audit.terms import Stretch
from tests.billing.audit.engine import at

D = Decimal
DECEMBER, OCTOBER, NOVEMBER = date(2026, 12, 1), date(2026, 10, 1), date(2026, 11, 1)
RATES = {OCTOBER: D("0.8"), NOVEMBER: D("0.7"), DECEMBER: D("0.9")}
BILLED = {("org", "contract", OCTOBER): OCTOBER, ("org", "balance", OCTOBER): OCTOBER}


def charge(
    quantity: int, *, month: date = OCTOBER, payer: str = "contract", rate_of: date = DECEMBER
) -> Charge:
    """A charge of one project, 10 % off, at the rate of a month."""
    stretch = Stretch(month, at(f"{month}"), at("2027-01-01"))
    key = ChargeKey(stretch, "p", payer, "gpt", "input_uncached", "default", "", 0, "price", "")
    price = D("0.000001") * RATES[rate_of]
    amount = quantity * price
    off = amount / 10
    return Charge(
        key,
        "c",
        RATES[rate_of],
        quantity,
        quantity,
        1,
        price,
        price,
        amount,
        amount,
        off,
        amount - off,
        (Step("d", D("0.1"), amount, off),),
    )


def given_back(*charges: tuple[int, date, str], tax_at: str = "") -> list[Charge]:
    """Give back what late usage took away, for charges of (quantity, month, payer)."""

    def rated_at(month: date) -> Rated:
        return Rated([charge(q, month=of, payer=payer, rate_of=month) for q, of, payer in charges])

    corrections = Corrections(DECEMBER, BILLED)
    profile = Profile("org", "EUR", "UTC", "standard", invoice_when_empty=False, tax_at=tax_at)
    return give_back(rated_at(DECEMBER), corrections, profile, rated_at)


def test_late_usage_below_zero_has_the_rate_of_the_invoice_it_corrects() -> None:
    (back,) = given_back((-1_000_000, OCTOBER, "contract"))
    assert (back.corrects, back.contracted_amount, back.net_amount) == (
        OCTOBER,
        D("-0.8"),
        D("-0.72"),
    )


def test_what_rises_and_what_belongs_to_the_month_itself_stays() -> None:
    late, own = given_back((500_000, OCTOBER, "contract"), (-5, DECEMBER, "contract"))
    assert (late.corrects, late.contracted_amount) == (None, D("0.45"))
    assert (own.corrects, own.exchange_rate) == (None, D("0.9"))


def test_a_balance_is_given_back_on_its_statement_at_the_rate_it_was_deducted_at() -> None:
    (back,) = given_back((-1_000_000, OCTOBER, "balance"))
    assert (back.corrects, back.contracted_amount) == (None, D("-0.8"))


def test_a_balance_whose_usage_was_invoiced_is_given_back_by_a_note() -> None:
    back, own = given_back(
        (-1_000_000, OCTOBER, "balance"), (-5, DECEMBER, "balance"), tax_at="consumption"
    )
    assert (back.corrects, back.contracted_amount) == (OCTOBER, D("-0.8"))
    assert own.corrects is None
    (stated,) = given_back((-1_000_000, OCTOBER, "balance"), tax_at="elsewhere")
    assert stated.corrects is None


def test_what_nobody_billed_is_a_note_on_its_own_month_at_todays_rate() -> None:
    (back,) = given_back((-1_000_000, NOVEMBER, "contract"))
    assert (back.corrects, back.contracted_amount) == (NOVEMBER, D("-0.9"))


def test_a_note_shows_positive_amounts() -> None:
    (shown,) = as_given_back(given_back((-1_000_000, OCTOBER, "contract")))
    assert (shown.quantity, shown.list_amount, shown.discount_amount, shown.net_amount) == (
        1_000_000,
        D("0.8"),
        D("0.08"),
        D("0.72"),
    )
