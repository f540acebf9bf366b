"""The UBL form under the norm's own schema and rules, and under the exact laws."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.einvoice.semantics import has_form
from invoice_render.errors import RenderError
from tests.invoice_render.conftest import Judge, Schemas
from tests.invoice_render.factories import (
    INVOICES,
    credit_note,
    draft_of,
    empty_invoice,
    enterprise_euro,
    japanese_yen,
    out_of_scope,
    prepaid_statement,
    subscription_fees,
)
from tests.invoice_render.strategies import documents
from tests.invoice_render.ubl_laws import (
    NS,
    assert_lines_and_allowances_explain_themselves,
    assert_tax_groups_are_exact,
    assert_totals_are_exact,
    texts,
    tree,
)


def assert_is_sound(document: Document, schemas: Schemas, judge: Judge) -> None:
    xml = ubl.render(document)
    invoice = tree(xml)
    schemas[etree.QName(invoice).localname].assertValid(invoice)
    assert judge(xml) == []
    assert_totals_are_exact(invoice)
    assert_tax_groups_are_exact(invoice, document.minor_digits)
    assert_lines_and_allowances_explain_themselves(invoice)


@pytest.mark.parametrize("factory", INVOICES, ids=lambda factory: factory.__name__)
def test_an_invoice_of_each_kind_passes_the_norm(
    factory: Callable[[], Document], schemas: Schemas, broken_rules: Judge
) -> None:
    assert_is_sound(factory(), schemas, broken_rules)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents())
def test_any_consistent_invoice_passes_the_norm(
    document: Document, schemas: Schemas, broken_rules: Judge
) -> None:
    assert_is_sound(document, schemas, broken_rules)


MUTATIONS = (
    ("<cbc:ID>INV-2026-000001</cbc:ID>", "", "BR-02"),
    ('TaxAmount currencyID="EUR">', 'TaxAmount currencyID="EUR">9', "BR-CO-14"),
    ('PayableAmount currencyID="EUR">', 'PayableAmount currencyID="EUR">1', "BR-CO-16"),
    ('LineExtensionAmount currencyID="EUR">', 'LineExtensionAmount currencyID="EUR">9', "BR-CO-10"),
    ('AllowanceTotalAmount currencyID="EUR">', 'AllowanceTotalAmount currencyID="EUR">7', None),
    ("<cbc:Percent>19</cbc:Percent>", "<cbc:Percent>7</cbc:Percent>", "BR-S-08"),
    (
        "<cbc:CompanyID>DE136695976</cbc:CompanyID>",
        "<cbc:CompanyID>QQ1</cbc:CompanyID>",
        "BR-CO-09",
    ),
)


@pytest.mark.parametrize(("good", "bad", "rule"), MUTATIONS)
def test_a_spoiled_invoice_is_refused(
    good: str, bad: str, rule: str | None, broken_rules: Judge
) -> None:
    xml = ubl.render(enterprise_euro())
    spoiled = xml.replace(good, bad, 1)
    assert spoiled != xml
    broken = broken_rules(spoiled)
    assert broken
    assert rule is None or any(name.startswith(rule) for name in broken)


def test_a_credit_note_names_what_it_corrects_and_no_account_to_pay_to() -> None:
    note = tree(ubl.render(credit_note()))
    reference = "cac:BillingReference/cac:InvoiceDocumentReference"
    assert texts(note, f"{reference}/cbc:ID") == ["INV-2026-000001"]
    assert texts(note, f"{reference}/cbc:IssueDate") == ["2026-11-04"]
    assert texts(note, "cbc:CreditNoteTypeCode") == ["381"]
    assert note.findall("cac:PaymentMeans", NS) == []
    assert texts(note, "cbc:DueDate") == []
    assert min(map(int, texts(note, "cac:CreditNoteLine/cbc:CreditedQuantity"))) > 0


def test_outside_the_scope_of_vat_no_vat_id_and_no_rate_appear() -> None:
    xml = ubl.render(out_of_scope())
    assert "<cbc:Percent>" not in xml
    assert out_of_scope().seller.vat_id not in xml
    assert "PartyTaxScheme" not in xml


def test_whole_amounts_carry_their_residue_as_a_line_allowance_or_charge() -> None:
    invoice = tree(ubl.render(japanese_yen()))
    reasons = texts(invoice, "cac:InvoiceLine/cac:AllowanceCharge/cbc:AllowanceChargeReason")
    signs = set(texts(invoice, "cac:InvoiceLine/cac:AllowanceCharge/cbc:ChargeIndicator"))
    assert set(reasons) == {"Rounding"}
    assert signs == {"true", "false"}
    assert texts(invoice, "cac:AllowanceCharge/cbc:BaseAmount") == []
    for amount in texts(invoice, "cac:InvoiceLine/cbc:LineExtensionAmount"):
        assert amount.isdigit()


def test_cents_need_no_residue() -> None:
    invoice = tree(ubl.render(enterprise_euro()))
    assert invoice.findall("cac:InvoiceLine/cac:AllowanceCharge", NS) == []


def test_the_period_reaches_as_far_as_the_lines() -> None:
    invoice = tree(ubl.render(subscription_fees()))
    assert texts(invoice, "cac:InvoicePeriod/cbc:StartDate") == ["2026-10-09"]
    assert texts(invoice, "cac:InvoicePeriod/cbc:EndDate") == ["2026-11-08"]


def test_no_element_is_empty_even_when_a_text_was_only_control_characters() -> None:
    document = enterprise_euro()
    buyer = document.buyer.model_copy(update={"street": "\x00\x1f", "region": "\ufffe"})
    invoice = tree(ubl.render(document.model_copy(update={"buyer": buyer, "notes": ("\x01",)})))
    assert [node.tag for node in invoice.iter() if not len(node) and not node.text] == []


def test_prices_keep_their_decimals_and_never_an_exponent() -> None:
    document = enterprise_euro()
    line = document.lines[0].model_copy(update={"unit_price": Decimal("1E-9")})
    xml = ubl.render(document.model_copy(update={"lines": (line, *document.lines[1:])}))
    assert ">0.000000001<" in xml


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (prepaid_statement(), "is a statement"),
        (draft_of(enterprise_euro()), "Finalize it first"),
        (empty_invoice(), "has no lines"),
        (
            enterprise_euro().model_copy(update={"currency": "KWD", "minor_digits": 3}),
            "EN 16931 allows two",
        ),
    ],
)
def test_what_the_norm_has_no_form_for_is_refused(document: Document, reason: str) -> None:
    with pytest.raises(RenderError, match=reason):
        ubl.render(document)
    assert not has_form(document)
