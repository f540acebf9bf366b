"""What the house refuses before a recipient's validator could: each law broken once."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from invoice_render.einvoice.demands import problems_of
from invoice_render.einvoice.profiles import profiles
from invoice_render.einvoice.semantics import einvoice_of
from invoice_render.einvoice.terms import EInvoice
from tests.invoice_render.einvoice.cases import cases

CENT = Decimal("0.01")


def good(name: str, form: str) -> EInvoice:
    return einvoice_of(cases()[name], profiles()[form])


def spoil(invoice: EInvoice, path: str, value: Any) -> EInvoice:
    """The invoice with another value at a path; a number is the place in a group."""
    head, _, rest = path.partition(".")
    if rest:
        part = getattr(invoice, head)
        if isinstance(part, tuple):
            place, _, inner = rest.partition(".")
            changed = spoil(part[int(place)], inner, value)
            value = (*part[: int(place)], changed, *part[int(place) + 1 :])
        else:
            value = spoil(part, rest, value)
    elif callable(value):
        value = value(getattr(invoice, head))
    return replace(invoice, **{head: value})


def more(amount: Decimal) -> Decimal:
    return amount + CENT


def a_little_more(amount: Decimal) -> Decimal:
    return amount + 3 * CENT


LAWS = (
    ("discounted S", "sums.lines", more, "BR-CO-10"),
    ("discounted S", "sums.allowances", more, "BR-CO-11"),
    ("discounted S", "sums.taxable", more, "BR-CO-13"),
    ("discounted S", "sums.tax", more, "BR-CO-14"),
    ("discounted S", "sums.total", more, "BR-CO-15"),
    ("prepaid S", "sums.amount_due", more, "BR-CO-16"),
    ("prepaid S", "sums.prepaid", None, "BR-CO-16"),
    ("discounted S", "taxes.0.taxable_amount", more, "BR-S-08"),
    ("discounted S", "taxes.0.tax_amount", more, "BR-CO-17"),
    ("note S", "taxes.0.tax_amount", a_little_more, "BR-CO-17"),
    ("discounted S", "taxes.0.percent", Decimal(7), "BR-S-08"),
    ("plain AE", "taxes.0.percent", Decimal(19), "BR-AE-05"),
    ("plain S", "taxes.0.percent", Decimal(0), "BR-S-05"),
    ("plain AE", "taxes.0.exemption_code", "VATEX-EU-G", "PEPPOL-EN16931-P0104"),
    ("plain G", "taxes.0.exemption_code", "VATEX-EU-D", "PEPPOL-EN16931-P0104"),
    ("plain O", "taxes.0.exemption_code", "VATEX-EU-J", "PEPPOL-EN16931-P0104"),
    ("plain S", "taxes.0.exemption_reason", "Exempt", "BR-S-10"),
    ("plain Z", "taxes.0.exemption_reason", "Zero", "BR-Z-10"),
    ("_taxed_and_exempt", "taxes.0.category", "O", "BR-O-11"),
    ("plain S", "items", (), "BR-16"),
    ("plain S", "items.1.number", 1, "BR-16, BR-21"),
    ("plain S", "items.0.amount", a_little_more, "PEPPOL-EN16931-R120"),
    ("yen O", "items.0.amount", a_little_more, "PEPPOL-EN16931-R120"),
    ("plain S", "items.0.base_quantity", 0, "PEPPOL-EN16931-R121"),
    ("plain S", "items.0.price", Decimal(-1), "BR-27"),
    ("plain S", "items.0.period_start", lambda day: day.replace(year=2025), "PEPPOL-EN16931-R110"),
    ("plain S", "items.0.period_end", lambda day: day.replace(year=2027), "PEPPOL-EN16931-R110"),
    ("discounted S", "allowances.0.amount", a_little_more, "PEPPOL-EN16931-R040"),
    ("discounted S", "allowances.0.percent", None, "PEPPOL-EN16931-R041"),
    ("discounted S", "allowances.0.base_amount", None, "PEPPOL-EN16931-R041"),
    ("discounted S", "allowances.0.reason", "", "BR-33"),
    ("note S", "preceding", None, "BR-55"),
    ("in_two_currencies S", "accounting.currency", "USD", "PEPPOL-EN16931-R005"),
    ("in_two_currencies S", "accounting.amount", Decimal(-1), "PEPPOL-EN16931-R055"),
    ("plain S", "seller.vat_id", "DE136695977", "BR-CO-09"),
    ("plain AE", "buyer.vat_id", "", "BR-AE-02"),
    ("plain S", "payment.transfer.iban", "DE88370400440532013000", "BR-DE-19"),
    ("plain S", "payment.transfer.bic", "COBA", "BT-86"),
    ("yen O", "buyer.endpoint.id", "4569951110154", "PEPPOL-COMMON-R040"),
    ("plain S", "buyer.name", "", "BR-06"),
)
DEMANDS = (
    ("xrechnung-3", "buyer_reference", "BR-DE-15: BT-10", "billing_profiles.buyer_reference"),
    ("xrechnung-3-cii", "buyer_reference", "BR-DE-15: BT-10", "billing_profiles.buyer_reference"),
    ("xrechnung-3", "seller.contact_name", "BR-DE-5: BT-41", "seller.contact_name"),
    ("xrechnung-3", "seller.phone", "BR-DE-6: BT-42", "three digits"),
    ("xrechnung-3", "seller.email", "BR-DE-7: BT-43", "around the @"),
    ("xrechnung-3", "seller.city", "BR-DE-3: BT-37", "seller.city"),
    ("xrechnung-3", "seller.postal_code", "BR-DE-4: BT-38", "seller.postal_code"),
    ("xrechnung-3", "buyer.city", "BR-DE-8: BT-52", "billing_profiles.city"),
    ("xrechnung-3", "buyer.postal_code", "BR-DE-9: BT-53", "billing_profiles.postal_code"),
    ("peppol-bis-3", "buyer.endpoint", "PEPPOL-EN16931-R010: BT-49", "endpoint_id"),
    ("peppol-bis-3", "seller.endpoint", "PEPPOL-EN16931-R020: BT-34", "seller.endpoint_id"),
    ("peppol-bis-3", "buyer_reference", "DE-R-015: BT-10", "billing_profiles.buyer_reference"),
)


@pytest.mark.parametrize(("name", "path", "value", "rule"), LAWS)
def test_a_broken_law_is_told_by_its_rule(name: str, path: str, value: Any, rule: str) -> None:
    invoice, profile = good(name, "en16931-cii"), profiles()["en16931-cii"]
    assert problems_of(invoice, profile) == ()
    told = problems_of(spoil(invoice, path, value), profile)
    assert any(rule in each for each in told), told


@pytest.mark.parametrize(("form", "path", "told", "remedy"), DEMANDS)
def test_a_missing_term_is_told_with_the_column_that_fills_it(
    form: str, path: str, told: str, remedy: str
) -> None:
    empty = None if path.endswith("endpoint") else ""
    problems = problems_of(spoil(good("plain S", form), path, empty), profiles()[form])
    assert any(each.startswith(told) and remedy in each for each in problems), problems


def test_peppol_takes_an_order_number_for_a_buyer_reference_unless_both_are_german() -> None:
    profile = profiles()["peppol-bis-3"]
    invoice = replace(good("plain AE", "peppol-bis-3"), buyer_reference="")
    assert invoice.order_number == "PO-1"
    assert problems_of(invoice, profile) == ()
    (told,) = problems_of(replace(invoice, order_number=""), profile)
    assert told.startswith("PEPPOL-EN16931-R003: BT-10 or BT-13")
    assert "billing_profiles.buyer_reference or billing_profiles.order_number" in told


def test_a_mail_address_is_none_that_peppol_delivers_to() -> None:
    invoice = spoil(good("plain AE", "peppol-bis-3"), "buyer.endpoint.scheme", "EM")
    told = problems_of(
        spoil(invoice, "buyer.endpoint.id", "a@b.example"), profiles()["peppol-bis-3"]
    )
    assert [each.partition(":")[0] for each in told] == ["PEPPOL-EN16931-CL008"]


@pytest.mark.parametrize(("tax", "holds"), [("18.42", True), ("18.43", True), ("18.41", False)])
def test_the_tax_of_a_note_is_less_than_a_unit_off_the_unrounded(tax: str, holds: bool) -> None:
    """19 % of 96.97 are 18.4243: 18.43 is 0.0057 off, 18.41 is 0.0143."""
    note = good("note S", "en16931-cii")
    assert note.taxes[0].taxable_amount == Decimal("96.97")
    told = problems_of(spoil(note, "taxes.0.tax_amount", Decimal(tax)), profiles()["en16931-cii"])
    assert any("BR-CO-17" in each for each in told) is not holds
