"""What documents of a balance say whose usage is taxed: receipts, invoices it paid, and notes."""

from decimal import Decimal

import pytest
from lxml import etree

from invoice_render import html, pdf
from invoice_render.bundle import files_of
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.errors import RenderError
from tests.invoice_render.balance_factories import balance_invoice, balance_note
from tests.invoice_render.reading import pdf_text, spaces
from tests.invoice_render.top_up_factories import top_up_receipt
from tests.invoice_render.ubl_laws import NS, texts, tree

RECEIPTS = {
    "en_GB": "Receipt for a top-up|Amount received|no tax invoice: tax is invoiced with what you use",
    "de_DE": "Quittung über eine Aufladung|Erhaltener Betrag|keine Rechnung: Die Steuer wird mit",
    "fr_FR": "Reçu de recharge|Montant reçu|la taxe est facturée avec votre consommation",
    "zh_Hans_CN": "充值收据|已收金额|税款随实际用量开具发票",
    "ja_JP": "チャージの領収書|領収金額|消費税はご利用分とともに請求されます",
}
NOTES = {
    "en_GB": "Returned to your prepaid balance",
    "de_DE": "Ihrem Guthaben gutgeschrieben",
    "fr_FR": "Rendu à votre solde prépayé",
    "zh_Hans_CN": "已退回您的预付余额",
    "ja_JP": "前払い残高へ返金",
}


def shown(document: Document) -> str:
    """The words of the page, as they are read one after the other."""
    return " ".join(" ".join(etree.HTML(html.render(document)).find("body").itertext()).split())


@pytest.mark.parametrize("locale", RECEIPTS)
def test_a_receipt_says_what_was_received_and_no_tax(locale: str) -> None:
    receipt = top_up_receipt(locale)
    read = shown(receipt)
    for words in [*RECEIPTS[locale].split("|"), "Karte 4242", "RC-2026-000001"]:
        assert words in read, words
    assert ("33,33" in read) or ("33.33" in read)
    for words in ("IBAN", "Umsatzsteuer", "Steuerübersicht", "Tax summary", "%"):
        assert words not in read, words
    assert RECEIPTS[locale].split("|")[0] in spaces(pdf_text(pdf.render(receipt)))


def test_a_receipt_has_no_electronic_invoice() -> None:
    files = files_of(top_up_receipt(), None, None)
    assert sorted(files) == [
        "invoice.html",
        "invoice.json",
        "invoice.pdf",
        "lines.csv",
        "lines.xlsx",
    ]
    with pytest.raises(RenderError, match=r"is a top_up_receipt\. Only invoices have"):
        ubl.render(top_up_receipt())


def test_a_receipt_that_is_not_of_all_that_was_paid_does_not_add_up() -> None:
    receipt = top_up_receipt()
    less = {"prepaid": Decimal("33.32"), "amount_due": Decimal("0.01")}
    spoiled = receipt.model_copy(update={"totals": receipt.totals.model_copy(update=less)})
    assert violations(receipt) == ()
    assert violations(spoiled) == ("paid before: 33.32 is not 33.33",)


def test_an_invoice_of_a_balance_is_paid_by_it_and_names_no_account() -> None:
    document = balance_invoice()
    invoice = tree(ubl.render(document))
    total = f"{document.totals.total:.2f}"
    assert texts(invoice, ".//cbc:PrepaidAmount") == [total]
    assert texts(invoice, ".//cbc:PayableAmount") == ["0.00"]
    assert texts(invoice, ".//cbc:DueDate") == []
    assert invoice.xpath(".//cac:PaymentMeans", namespaces=NS) == []
    read = shown(document)
    for words in (
        "Rechnung",
        "Umsatzsteuer",
        "Guthaben",
        "Aus Ihrem Guthaben bezahlt",
        "Nichts zu zahlen",
    ):
        assert words in read, words
    assert "Rechnungskorrektur" in read
    assert "INV-2026-000001" in read
    assert "IBAN" not in read


def test_an_invoice_of_a_balance_that_asks_for_something_does_not_add_up() -> None:
    document = balance_invoice()
    asked = {"prepaid": Decimal(0), "amount_due": document.totals.total}
    spoiled = document.model_copy(update={"totals": document.totals.model_copy(update=asked)})
    assert violations(document) == ()
    assert violations(spoiled) == (f"paid before: 0 is not {document.totals.total:f}",)


@pytest.mark.parametrize("locale", NOTES)
def test_a_note_on_it_says_that_it_goes_to_the_balance(locale: str) -> None:
    assert NOTES[locale] in shown(balance_note(locale))
    note = tree(ubl.render(balance_note(locale)))
    assert texts(note, ".//cbc:PayableAmount") == ["0.00"]
    assert texts(note, ".//cac:BillingReference//cbc:ID") == ["INV-2026-000007"]
