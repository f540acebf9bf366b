"""Business terms read back by their numbers, from UBL, from CII and from the frozen document.

Here: three readers that share nothing with what writes the XML. Keep out: which terms a profile
demands.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from invoice_render.document import Document

Terms = dict[str, Any]
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_CII = "urn:un:unece:uncefact:data:standard"
CII = {
    "rsm": f"{_CII}:CrossIndustryInvoice:100",
    "ram": f"{_CII}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_CII}:UnqualifiedDataType:100",
    "qdt": f"{_CII}:QualifiedDataType:100",
}
SUPPLIER, CUSTOMER = (f"cac:Accounting{who}Party/cac:Party" for who in ("Supplier", "Customer"))
TRADE = "rsm:SupplyChainTradeTransaction"
AGREED, SETTLED = (f"{TRADE}/ram:ApplicableHeaderTrade{x}" for x in ("Agreement", "Settlement"))
SUMS = f"{SETTLED}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
AMOUNTS = {"BT-106", "BT-107", "BT-109", "BT-110", "BT-112", "BT-113", "BT-115", "BT-111"}
UBL_PATHS = {
    "BT-1": "cbc:ID",
    "BT-2": "cbc:IssueDate",
    "BT-3": "cbc:InvoiceTypeCode|cbc:CreditNoteTypeCode",
    "BT-5": "cbc:DocumentCurrencyCode",
    "BT-6": "cbc:TaxCurrencyCode",
    "BT-7": "cbc:TaxPointDate",
    "BT-9": "cbc:DueDate",
    "BT-10": "cbc:BuyerReference",
    "BT-13": "cac:OrderReference/cbc:ID",
    "BT-25": "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    "BT-26": "cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate",
    "BT-27": f"{SUPPLIER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "BT-44": f"{CUSTOMER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "BT-35": f"{SUPPLIER}/cac:PostalAddress/cbc:StreetName",
    "BT-53": f"{CUSTOMER}/cac:PostalAddress/cbc:PostalZone",
    "BT-55": f"{CUSTOMER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    "BT-43": f"{SUPPLIER}/cac:Contact/cbc:ElectronicMail",
    "BT-84": "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    "BT-106": "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
    "BT-107": "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount",
    "BT-109": "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
    "BT-110": "cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount",
    "BT-111": "cac:TaxTotal[not(cac:TaxSubtotal)]/cbc:TaxAmount",
    "BT-112": "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    "BT-113": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "BT-115": "cac:LegalMonetaryTotal/cbc:PayableAmount",
}
CII_PATHS = {
    "BT-1": "rsm:ExchangedDocument/ram:ID",
    "BT-2": "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
    "BT-3": "rsm:ExchangedDocument/ram:TypeCode",
    "BT-5": f"{SETTLED}/ram:InvoiceCurrencyCode",
    "BT-6": f"{SETTLED}/ram:TaxCurrencyCode",
    "BT-7": f"{SETTLED}/ram:ApplicableTradeTax/ram:TaxPointDate/udt:DateString",
    "BT-9": f"{SETTLED}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString",
    "BT-10": f"{AGREED}/ram:BuyerReference",
    "BT-13": f"{AGREED}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
    "BT-25": f"{SETTLED}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
    "BT-26": f"{SETTLED}/ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime"
    "/qdt:DateTimeString",
    "BT-27": f"{AGREED}/ram:SellerTradeParty/ram:Name",
    "BT-44": f"{AGREED}/ram:BuyerTradeParty/ram:Name",
    "BT-35": f"{AGREED}/ram:SellerTradeParty/ram:PostalTradeAddress/ram:LineOne",
    "BT-53": f"{AGREED}/ram:BuyerTradeParty/ram:PostalTradeAddress/ram:PostcodeCode",
    "BT-55": f"{AGREED}/ram:BuyerTradeParty/ram:PostalTradeAddress/ram:CountryID",
    "BT-43": f"{AGREED}/ram:SellerTradeParty/ram:DefinedTradeContact"
    "/ram:EmailURIUniversalCommunication/ram:URIID",
    "BT-84": f"{SETTLED}/ram:SpecifiedTradeSettlementPaymentMeans"
    "/ram:PayeePartyCreditorFinancialAccount/ram:IBANID",
    "BT-106": f"{SUMS}LineTotalAmount",
    "BT-107": f"{SUMS}AllowanceTotalAmount",
    "BT-109": f"{SUMS}TaxBasisTotalAmount",
    "BT-110": f"{SUMS}TaxTotalAmount[1]",
    "BT-111": f"{SUMS}TaxTotalAmount[2]",
    "BT-112": f"{SUMS}GrandTotalAmount",
    "BT-113": f"{SUMS}TotalPrepaidAmount",
    "BT-115": f"{SUMS}DuePayableAmount",
}
UBL_LINE = (
    "cbc:ID",
    "cbc:InvoicedQuantity|cbc:CreditedQuantity",
    "cac:Price/cbc:PriceAmount",
    "cac:Price/cbc:BaseQuantity",
    "cbc:LineExtensionAmount",
    "cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
    "cac:InvoicePeriod/cbc:StartDate",
)
CII_LINE = (
    "ram:AssociatedDocumentLineDocument/ram:LineID",
    "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
    "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
    "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:BasisQuantity",
    (
        "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation"
        "/ram:LineTotalAmount"
    ),
    "ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode",
    (
        "ram:SpecifiedLineTradeSettlement/ram:BillingSpecifiedPeriod/ram:StartDateTime"
        "/udt:DateTimeString"
    ),
)
UBL_GROUPS = (
    ("BG-20", "cac:AllowanceCharge", ("cbc:AllowanceChargeReason", "cbc:Amount")),
    (
        "BG-23",
        "cac:TaxTotal/cac:TaxSubtotal",
        ("cac:TaxCategory/cbc:ID", "cbc:TaxableAmount", "cbc:TaxAmount"),
    ),
    ("BG-25", "cac:InvoiceLine|cac:CreditNoteLine", UBL_LINE),
)
CII_GROUPS = (
    (
        "BG-20",
        f"{SETTLED}/ram:SpecifiedTradeAllowanceCharge",
        ("ram:Reason", "ram:ActualAmount"),
    ),
    (
        "BG-23",
        f"{SETTLED}/ram:ApplicableTradeTax",
        ("ram:CategoryCode", "ram:BasisAmount", "ram:CalculatedAmount"),
    ),
    ("BG-25", f"{TRADE}/ram:IncludedSupplyChainTradeLineItem", CII_LINE),
)


def of_ubl(xml: str) -> Terms:
    """The terms of a UBL text."""
    return _read(xml, UBL, UBL_PATHS, UBL_GROUPS)


def of_cii(xml: str) -> Terms:
    """The terms of a CII text, days written as UBL does."""
    return _read(xml, CII, CII_PATHS, CII_GROUPS)


def _read(xml: str, names: Mapping[str, str], paths: Mapping[str, str], groups: Any) -> Terms:
    root = etree.fromstring(xml.encode())

    def texts(node: Any, path: str) -> list[str]:
        found = node.xpath(path, namespaces=names)
        return [_text(each, names) for each in found]

    terms: Terms = {term: text[0] for term, path in paths.items() if (text := texts(root, path))}
    for group, path, fields in groups:
        nodes = root.xpath(path, namespaces=names)
        terms[group] = [tuple("".join(texts(node, x)) for x in fields) for node in nodes]
    return _exact(terms)


def _text(element: Any, names: Mapping[str, str]) -> str:
    text = str(element.text)
    is_day = names is CII and element.get("format") == "102"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if is_day else text


def of_document(document: Document) -> Terms:
    """The terms that the frozen document stands for."""
    sums, payment = document.totals, document.payment
    is_invoice = document.kind == "invoice" and document.payment_mode != "prepaid"
    pays = is_invoice and sums.amount_due != 0
    terms: dict[str, Any] = {
        "BT-1": document.number,
        "BT-2": document.issue_date,
        "BT-3": "381" if document.kind == "credit_note" else "380",
        "BT-5": document.currency,
        "BT-6": document.accounting and document.accounting.currency,
        "BT-7": document.period_first_day if document.kind == "top_up_invoice" else None,
        "BT-9": payment.due_date if pays else None,
        "BT-10": document.buyer_reference,
        "BT-13": document.order_number,
        "BT-25": document.corrects_number,
        "BT-26": document.corrects_issue_date,
        "BT-27": document.seller.legal_name,
        "BT-44": document.buyer.legal_name,
        "BT-35": document.seller.street,
        "BT-53": document.buyer.postal_code,
        "BT-55": document.buyer.country,
        "BT-43": document.seller.email,
        "BT-84": payment.iban if pays else "",
        "BT-106": sums.subtotal,
        "BT-107": sums.discount if document.allowances else None,
        "BT-109": sums.taxable,
        "BT-110": sums.tax,
        "BT-111": document.accounting and document.accounting.tax,
        "BT-112": sums.total,
        "BT-113": sums.prepaid or None,
        "BT-115": sums.amount_due,
    }
    texts = {term: str(value) for term, value in terms.items() if value not in (None, "")}
    groups = {
        "BG-20": [(each.name, str(each.amount)) for each in document.allowances],
        "BG-23": [
            (tax.category, str(tax.taxable_amount), str(tax.tax_amount)) for tax in document.taxes
        ],
        "BG-25": [
            (
                str(line.number),
                str(line.quantity),
                str(line.unit_price),
                str(line.base_quantity),
                str(line.amount),
                line.tax_category,
                line.period_first_day.isoformat(),
            )
            for line in document.lines
        ],
    }
    return _exact({**texts, **groups})


def _exact(terms: Terms) -> Terms:
    """Amounts as numbers, so that 1.50 is 1.5."""
    places = {"BG-20": (1,), "BG-23": (1, 2), "BG-25": (1, 2, 3, 4)}
    for term in AMOUNTS & terms.keys():
        terms[term] = Decimal(terms[term])
    for group, numbers in places.items():
        terms[group] = [
            tuple(Decimal(x) if n in numbers else x for n, x in enumerate(row))
            for row in terms[group]
        ]
    return terms
