"""What a document about a top-up says: when it was paid, that nothing is, and whose tax it is."""

from decimal import Decimal

import pytest
from babel import Locale
from lxml import etree

from invoice_render import html, pdf
from invoice_render.bundle import files_of
from invoice_render.consistency import violations
from invoice_render.document import Document
from invoice_render.einvoice import ubl
from invoice_render.messages import messages_of
from tests.invoice_render.factories import enterprise_euro
from tests.invoice_render.reading import pdf_text, spaces
from tests.invoice_render.top_up_factories import top_up_invoice, top_up_note
from tests.invoice_render.ubl_laws import NS, texts, tree


def test_the_invoice_of_a_top_up_is_paid_in_the_words_of_its_language() -> None:
    """22:30:07 UTC on the 14th is 00:30:07 on the 15th in Berlin."""
    for text in (html.render(top_up_invoice()), pdf_text(pdf.render(top_up_invoice()))):
        read = spaces(text)
        for words in (
            "Rechnung über eine Aufladung",
            "15. Oktober 2026, 00:30:07",
            "Karte 4242",
            "Bezahlter Betrag",
            "Nichts zu zahlen",
            "Aufladung des Guthabens",
            "39,66",
            "6,33",
        ):
            assert words in read, words
        assert "IBAN" not in read
        assert "Anfragen" not in read
        assert "Nutzung" not in read


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en_GB",
            (
                "Refund of a top-up|Refund 20 November 2026, Überweisung 7|"
                "Refunded top-up, paid 15 October 2026, 00:30:07|Reference of the top-up Karte 4242"
            ),
        ),
        (
            "de_DE",
            (
                "Erstattung einer Aufladung|Rückerstattung 20. November 2026, Überweisung 7|"
                "Erstattete Aufladung, bezahlt am 15. Oktober 2026, 00:30:07|"
                "Referenz der Aufladung Karte 4242"
            ),
        ),
        (
            "fr_FR",
            (
                "une recharge|Remboursement 20 novembre 2026, Überweisung 7|"
                "Recharge remboursée, payée le 15 octobre 2026, 00:30:07|"
                "Référence de la recharge Karte 4242"
            ),
        ),
        (
            "zh_Hans_CN",
            (
                "充值退款|退款 2026年11月20日, Überweisung 7|所退充值的支付时间 2026年10月15日, 00:30:07|"
                "充值参考号 Karte 4242"
            ),
        ),
        (
            "ja_JP",
            (
                "チャージの返金|返金 2026年11月20日, Überweisung 7|"
                "返金対象のチャージ日時 2026年10月15日, 00:30:07|チャージの参照番号 Karte 4242"
            ),
        ),
    ],
)
def test_a_note_says_what_it_gives_back(locale: str, words: str) -> None:
    """The refund by its own local day, 00:30 on the 20th; the top-up as what was refunded."""
    read = shown(top_up_note(locale))
    for each in [*words.split("|"), "TI-2026-000001"]:
        assert each in read, each
    paid = messages_of(Locale.parse(locale)).words["paid_at"]
    assert f" {paid} 15" not in read
    assert f" {paid} 2026" not in read


def shown(document: Document) -> str:
    """The words of the page, as they are read one after the other."""
    return " ".join(" ".join(etree.HTML(html.render(document)).itertext()).split())


def test_a_note_that_was_filed_without_its_refunds_is_the_bytes_it_was() -> None:
    note = top_up_note()
    assert b'"refunds":[{"movement_id":"refund_aurora_001",' in note.frozen_bytes()
    bare = note.model_copy(update={"top_up": note.top_up.model_copy(update={"refunds": ()})})
    assert b"refunds" not in bare.frozen_bytes()
    assert Document.model_validate_json(note.frozen_bytes()) == note


def test_the_electronic_invoice_is_prepaid_and_names_no_account() -> None:
    invoice = tree(ubl.render(top_up_invoice()))
    assert texts(invoice, ".//cbc:InvoiceTypeCode") == ["380"]
    assert texts(invoice, ".//cbc:PrepaidAmount") == ["39.66"]
    assert texts(invoice, ".//cbc:PayableAmount") == ["0.00"]
    assert texts(invoice, ".//cac:PaymentMeans/cbc:PaymentMeansCode") == ["1"]
    assert texts(invoice, ".//cac:PaymentMeans/cbc:PaymentID") == ["Karte 4242"]
    assert invoice.xpath(".//cac:PayeeFinancialAccount", namespaces=NS) == []
    assert texts(invoice, ".//cbc:DueDate") == []
    note = tree(ubl.render(top_up_note()))
    assert etree.QName(note).localname == "CreditNote"
    assert texts(note, ".//cac:BillingReference//cbc:ID") == ["TI-2026-000001"]
    assert texts(note, ".//cbc:PayableAmount") == ["1.32"]


def test_the_tax_point_is_the_local_day_of_the_payment() -> None:
    """BT-7, for the tax is that of the day; BT-8 would exclude it. A note has that of its invoice."""
    invoice = tree(ubl.render(top_up_invoice()))
    assert texts(invoice, "./cbc:TaxPointDate") == ["2026-10-15"]
    names = [etree.QName(element).localname for element in invoice]
    place = names.index("TaxPointDate")
    assert names[place - 1 : place + 2] == [
        "InvoiceTypeCode",
        "TaxPointDate",
        "DocumentCurrencyCode",
    ]
    assert texts(invoice, ".//cac:InvoicePeriod/cbc:DescriptionCode") == []
    for other in (top_up_note(), enterprise_euro()):
        assert texts(tree(ubl.render(other)), ".//cbc:TaxPointDate") == []


def test_it_has_no_reports() -> None:
    files = files_of(top_up_invoice(), None, None)
    assert sorted(files) == [
        "invoice.html",
        "invoice.json",
        "invoice.pdf",
        "invoice.xml",
        "lines.csv",
        "lines.xlsx",
    ]


def test_an_invoice_that_is_not_paid_whole_does_not_add_up() -> None:
    paid = top_up_invoice()
    less = {"prepaid": Decimal("39.65"), "amount_due": Decimal("0.01")}
    spoiled = paid.model_copy(update={"totals": paid.totals.model_copy(update=less)})
    assert violations(paid) == ()
    assert violations(spoiled) == ("paid before: 39.65 is not 39.66",)


def test_documents_without_a_top_up_are_the_bytes_they_were() -> None:
    """Their hashes are in the books of whoever closed months before there were top-ups."""
    assert b"top_up" not in enterprise_euro().frozen_bytes()
    frozen = top_up_invoice().frozen_bytes()
    assert b'"top_up":{' in frozen
    assert Document.model_validate_json(frozen) == top_up_invoice()
