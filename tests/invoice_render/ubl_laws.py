"""The exact laws of an electronic invoice, read back from its XML.

Here: what official validators let through within their tolerances. Keep out: documents.
"""

from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
SLACK = Decimal("0.02")


def lines_of(document: etree._Element) -> list[etree._Element]:
    """The lines of an invoice or a credit note."""
    return [
        *document.findall("cac:InvoiceLine", NS),
        *document.findall("cac:CreditNoteLine", NS),
    ]


def tree(xml: str) -> etree._Element:
    return etree.fromstring(xml.encode())


def texts(node: etree._Element, path: str) -> list[str]:
    return [str(found.text) for found in node.findall(path, NS)]


def number(node: etree._Element, path: str, default: str = "0") -> Decimal:
    found = texts(node, path)
    return Decimal(found[0] if found else default)


def total(node: etree._Element, path: str) -> Decimal:
    return sum((Decimal(text) for text in texts(node, path)), Decimal(0))


def assert_totals_are_exact(invoice: etree._Element) -> None:
    sums = {
        name: number(invoice, f"cac:LegalMonetaryTotal/cbc:{name}Amount")
        for name in (
            "LineExtension",
            "TaxExclusive",
            "TaxInclusive",
            "AllowanceTotal",
            "Prepaid",
            "Payable",
        )
    }
    tax = number(invoice, "cac:TaxTotal/cbc:TaxAmount")
    assert sums["LineExtension"] == sum(
        number(line, "cbc:LineExtensionAmount") for line in lines_of(invoice)
    )
    assert sums["AllowanceTotal"] == total(invoice, "cac:AllowanceCharge/cbc:Amount")
    assert sums["TaxExclusive"] == sums["LineExtension"] - sums["AllowanceTotal"]
    assert tax == total(invoice, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")
    assert sums["TaxInclusive"] == sums["TaxExclusive"] + tax
    assert sums["Payable"] == sums["TaxInclusive"] - sums["Prepaid"]


def assert_tax_groups_are_exact(invoice: etree._Element, digits: int) -> None:
    for group in invoice.findall("cac:TaxTotal/cac:TaxSubtotal", NS):
        category = texts(group, "cac:TaxCategory/cbc:ID")[0]
        rate = number(group, "cac:TaxCategory/cbc:Percent")
        base = number(group, "cbc:TaxableAmount")
        lines = sum(
            number(line, "cbc:LineExtensionAmount")
            for line in lines_of(invoice)
            if texts(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID") == [category]
            and number(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent") == rate
        )
        allowances = sum(
            number(item, "cbc:Amount")
            for item in invoice.findall("cac:AllowanceCharge", NS)
            if texts(item, "cac:TaxCategory/cbc:ID") == [category]
            and number(item, "cac:TaxCategory/cbc:Percent") == rate
        )
        assert base == lines - allowances
        unit = Decimal(1).scaleb(-digits)
        tax = (base * rate / 100).quantize(unit, rounding=ROUND_HALF_UP)
        assert number(group, "cbc:TaxAmount") == tax


def assert_lines_and_allowances_explain_themselves(invoice: etree._Element) -> None:
    for line in lines_of(invoice):
        price = number(line, "cac:Price/cbc:PriceAmount")
        base = number(line, "cac:Price/cbc:BaseQuantity")
        quantity = number(line, "cbc:InvoicedQuantity") + number(line, "cbc:CreditedQuantity")
        explained = quantity * price / base
        for item in line.findall("cac:AllowanceCharge", NS):
            sign = 1 if texts(item, "cbc:ChargeIndicator") == ["true"] else -1
            explained += sign * number(item, "cbc:Amount")
        assert abs(number(line, "cbc:LineExtensionAmount") - explained) <= SLACK
    for item in invoice.findall("cac:AllowanceCharge", NS):
        base_texts = texts(item, "cbc:BaseAmount")
        factors = texts(item, "cbc:MultiplierFactorNumeric")
        assert len(base_texts) == len(factors)
        for base_text, factor in zip(base_texts, factors, strict=True):
            exact = Decimal(base_text) * Decimal(factor) / 100
            assert abs(number(item, "cbc:Amount") - exact) <= SLACK
