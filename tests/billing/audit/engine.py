"""Short ways to build terms, slices and lines for facts about single rules.

Here: builders with defaults. Keep out: expected values.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from billing.audit.catalog_rows import (
    Contract,
    ContractPrice,
    Credit,
    Discount,
    Price,
    Profile,
    SpendTerm,
)
from billing.audit.lines import Line, LineKey
from billing.audit.local_time import NEVER, NO_DAY, month_bounds
from billing.audit.price_book import Wanted
from billing.audit.tax import Tax
from billing.audit.terms import Slice, Terms, slices_of
from billing.audit.windows import BEFORE_FIRST_FILE, NO_LAST_FILE, Window

OCTOBER = date(2026, 10, 1)
LONG_AGO = date(2026, 1, 1)
STANDARD = Tax("S", Decimal("0.19"))
REDUCED = Tax("S", Decimal("0.07"))
WANTED = Wanted("gpt-5", "input_uncached", "default", "", 0)


def at(text: str) -> datetime:
    """Read a UTC instant as the warehouse holds it."""
    return datetime.fromisoformat(text)


def price(price_id: str, unit_price: str, **changed: object) -> Price:
    """Build a list price of gpt-5 input in USD, open since January."""
    values: dict[str, object] = {
        "model_id": "gpt-5",
        "meter": "input_uncached",
        "service_tier": "default",
        "context_above_tokens": 0,
        "region": "",
        "currency": "USD",
        "valid_from_at": at("2026-01-01"),
        "valid_to_at": NEVER,
        **changed,
    }
    return Price(price_id=price_id, unit_price=Decimal(unit_price), **values)  # type: ignore[arg-type]


def contract_price(contract_price_id: str, unit_price: str, **changed: object) -> ContractPrice:
    """Build a negotiated price of gpt-5 input in USD."""
    values: dict[str, object] = {
        "contract_id": "c",
        "model_id": "gpt-5",
        "meter": "input_uncached",
        "service_tier": "default",
        "context_above_tokens": 0,
        "currency": "USD",
        "valid_from": LONG_AGO,
        "valid_to": NO_DAY,
        **changed,
    }
    amount = Decimal(unit_price)
    return ContractPrice(contract_price_id=contract_price_id, unit_price=amount, **values)  # type: ignore[arg-type]


def discount(
    discount_id: str, pct: str, priority: int = 1, model_id: str = "", valid_from: date = LONG_AGO
) -> Discount:
    """Build a percent discount of contract c."""
    return Discount(discount_id, "c", priority, Decimal(pct), model_id, valid_from, NO_DAY)


def credit(credit_id: str, kind: str, amount: str, **changed: object) -> Credit:
    """Build a credit in USD, granted once in January and without an end."""
    values: dict[str, object] = {
        "organization_id": "org",
        "currency": "USD",
        "repeats": "once",
        "months": 0,
        "valid_from": LONG_AGO,
        "valid_to": NO_DAY,
        **changed,
    }
    return Credit(credit_id=credit_id, kind=kind, amount=Decimal(amount), **values)  # type: ignore[arg-type]


def spend_term(kind: str, amount: str, **changed: object) -> SpendTerm:
    """Build a monthly bound of contract c in USD."""
    values: dict[str, object] = {
        "spend_term_id": f"st_{kind}",
        "contract_id": "c",
        "period": "month",
        "currency": "USD",
        "valid_from": LONG_AGO,
        "valid_to": NO_DAY,
        **changed,
    }
    return SpendTerm(kind=kind, amount=Decimal(amount), **values)  # type: ignore[arg-type]


def terms(
    *,
    zone: str = "UTC",
    currency: str = "USD",
    prices: Sequence[ContractPrice] = (),
    discounts: Sequence[Discount] = (),
    spend_terms: Sequence[SpendTerm] = (),
    tax_at: str = "",
) -> Terms:
    """Build the terms of one organization with contract c."""
    profile = Profile("org", currency, zone, "standard", invoice_when_empty=False, tax_at=tax_at)
    contract = Contract("c", "org", "answered", "ecb", LONG_AGO, NO_DAY)
    return Terms(profile, [contract], prices, discounts, spend_terms)


def slices(own: Terms, listed: Sequence[datetime] = ()) -> list[Slice]:
    """Cut October 2026 for an organization."""
    bounds = month_bounds(OCTOBER, own.profile.zone)
    window = Window("org", OCTOBER, *bounds, BEFORE_FIRST_FILE, NO_LAST_FILE)
    return slices_of(window, own.instants(), listed)


def line(
    exact: str, model_id: str = "gpt-5", tax: Tax = STANDARD, begins: str = "2026-10-01"
) -> Line:
    """Build a usage line of contract c with an exact amount."""
    instant = at(begins)
    what = ("usage", OCTOBER, model_id, "image", "default", 0)
    key = LineKey(*what, instant, "p", "", "", "", 0, "", instant.date())
    amount = Decimal(exact)
    return Line(key, date(2026, 10, 31), "c", 1, 1, amount, 1, amount, amount, tax)
