"""Singapore's tax invoice says what the law asks for, with the frozen amounts."""

import pytest

from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.formatting import formats_of
from invoice_render.national.singapore import is_registration
from tests.invoice_render.assembly import Discount
from tests.invoice_render.factories import draft_of
from tests.invoice_render.hostile import HOSTILE, planted
from tests.invoice_render.lines import fee_line
from tests.invoice_render.national_cases import (
    ORCHARD,
    SINGAPORE,
    invoice_of,
    lines_at,
    note_of,
    with_accounts,
)
from tests.invoice_render.reading import Page, pdf_text, spaces

FILES = ("invoice.singapore.pdf", "invoice.singapore.html")


def texts(document: Document) -> list[str]:
    files = files_of(document, None, None)
    return [pdf_text(files[FILES[0]]), Page(files[FILES[1]].decode()).text]


def squeezed(text: str) -> str:
    return "".join(text.split())


def in_us_dollars() -> Document:
    """A fee of 1,000.00 USD at 1.2950: 1295.00 + 9 % = 116.55."""
    fee = fee_line(1, ("", "Team"), "1000.00", ("S", "0.09"))
    return with_accounts(invoice_of(SINGAPORE, [fee], (), currency="USD"), "SGD", "1.2950")


def test_it_says_what_the_law_asks_for() -> None:
    for text in texts(invoice_of(SINGAPORE)):
        for part in (
            "Tax invoice",
            "GST reg. no.",
            "M90373010A",
            "AnyInt Asia Pte. Ltd.",
            "1 Raffles Place, #20-01",
            "Merlion Data Pte. Ltd.",
            "10 Anson Road, #12-08",
            "4 November 2026",
            "Input tokens",
            "Total excluding GST",
            "Total including GST",
            "9%",
        ):
            assert squeezed(part) in squeezed(text), part
        assert "VAT" not in text


def test_the_sums_are_the_frozen_ones() -> None:
    document = invoice_of(SINGAPORE)
    formats, sums = formats_of("en_SG", "SGD", 2), document.totals
    for text in texts(document):
        for label, amount in (
            ("Total excluding GST", sums.taxable),
            ("GST", sums.tax),
            ("Total including GST", sums.total),
        ):
            assert f"{squeezed(label)}{squeezed(formats.money(amount))}" in squeezed(text)
        for line in document.lines:
            assert spaces(formats.amount(line.amount)) in text


def test_another_currency_has_the_three_sums_in_singapore_dollars() -> None:
    """1,295.00 + 116.55 = 1,411.55, as the frozen accounts say."""
    for text in texts(in_us_dollars()):
        found = squeezed(text)
        assert "SumsinSingaporedollars" in found
        assert "TotalexcludingGST1,295.00" in found
        assert "GST116.55" in found
        assert "TotalincludingGST1,411.55" in found
        assert "1USD=1.295SGD" in found or "1USD=1.2950SGD" in found
    assert "SumsinSingaporedollars" not in squeezed(texts(invoice_of(SINGAPORE))[0])


def test_exempt_and_zero_rated_supplies_stand_apart() -> None:
    """50.00 exempt and 70.00 at 0 %, beside usage at 9 %."""
    usage = lines_at(SINGAPORE, 1)
    exempt = fee_line(len(usage) + 1, ("", "Team"), "50.00", ("E", "0"))
    zero = fee_line(len(usage) + 2, ("", "Team"), "70.00", ("Z", "0"))
    nothing: tuple[Discount, ...] = ()
    for text in texts(invoice_of(SINGAPORE, [*usage, exempt, zero], nothing)):
        assert "ExemptExemptbyArt.132.50.000.00" in squeezed(text)
        assert "Zero-rated0%70.000.00" in squeezed(text)


def test_an_entity_number_among_vat_ids_is_a_registration_too() -> None:
    seller = ORCHARD.model_copy(update={"vat_id": "197401143C", "tax_number": ""})
    for text in texts(invoice_of(SINGAPORE, seller=seller)):
        assert squeezed("GST reg. no. 197401143C") in squeezed(text)


def test_a_credit_note_says_so_and_names_its_tax_invoice() -> None:
    for text in texts(note_of(SINGAPORE)):
        assert "Credit note" in text
        assert "Tax invoice" not in text
        assert "INV-2026-000001" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seller": ORCHARD.model_copy(update={"tax_number": ""})}, "GST registration number"),
        ({"currency": "USD"}, r"Write SGD into seller\.accounting_currency"),
    ],
)
@pytest.mark.parametrize("final", [True, False])
def test_what_it_lacks_is_told_of_a_draft_already(
    change: dict[str, object], said: str, final: bool
) -> None:
    document = invoice_of(SINGAPORE).model_copy(update=change)
    with pytest.raises(RenderError, match=said):
        files_of(document if final else draft_of(document), None, None)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("M90373010A", True),
        ("M2-0023981-4", True),
        ("MR-8500116-9", True),
        ("197401143C", True),
        ("197401143D", False),
        ("T01FC6132D", True),
        ("M9037301A", False),
        ("DE136695976", False),
        ("", False),
    ],
)
def test_a_registration_is_a_gst_number_or_an_entity_number(number: str, is_one: bool) -> None:
    assert is_registration(number) is is_one


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_strangers_stays_text(text: str) -> None:
    document = planted(in_us_dollars(), text)
    seller = document.seller.model_copy(update={"tax_number": ORCHARD.tax_number})
    for each in texts(document.model_copy(update={"seller": seller})):
        assert squeezed(text) in squeezed(each)


def test_the_same_document_is_the_same_bytes() -> None:
    assert files_of(in_us_dollars(), None, None) == files_of(in_us_dollars(), None, None)
