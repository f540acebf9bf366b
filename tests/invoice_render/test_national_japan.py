"""Japan's qualified invoice says what the law asks for, with the frozen amounts."""

from decimal import Decimal

import pytest

from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.formatting import formats_of
from invoice_render.forms import forms
from invoice_render.national.japan import is_registration
from tests.invoice_render.factories import draft_of, japanese_yen
from tests.invoice_render.hostile import HOSTILE, planted
from tests.invoice_render.national_cases import JAPAN, TOKYO, invoice_of, note_of, two_rates
from tests.invoice_render.reading import Page, pdf_text, spaces

FILES = ("invoice.japan.pdf", "invoice.japan.html")


def texts(document: Document) -> list[str]:
    files = files_of(document, None, None)
    return [pdf_text(files[FILES[0]]), Page(files[FILES[1]].decode()).text]


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_it_says_what_the_law_asks_for() -> None:
    """Issuer and number, buyer, days, what was supplied, and sums and tax by rate."""
    for text in texts(invoice_of(JAPAN)):
        for part in (
            "適格請求書",
            "登録番号",
            "T4690852136926",
            "エニーイント株式会社",
            "株式会社デンキ",
            "2026年11月4日",
            "2026年10月1日",
            "入力トークン",
            "適用税率",
            "消費税額等",
            "10%対象",
        ):
            assert squeezed(part) in squeezed(text)
        assert "税務番号" not in text
        assert "※" not in text


def test_sums_and_tax_stand_once_for_each_rate_and_are_the_frozen_ones() -> None:
    """8 % of 5,000 less 12.5 % are 8 % of 4,375 = 350 yen."""
    document = two_rates(JAPAN, "0.08", "5000")
    reduced, ordinary = document.taxes
    assert (reduced.rate, reduced.taxable_amount, reduced.tax_amount) == (
        Decimal("0.08"),
        Decimal(4375),
        Decimal(350),
    )
    amount = formats_of("ja_JP", "JPY", 0).amount
    for text in texts(document):
        for group, name in ((reduced, "8%対象※8%"), (ordinary, "10%対象10%")):
            row = f"{name}{amount(group.taxable_amount)}{amount(group.tax_amount)}"
            assert squeezed(text).count(row) == 1
        assert spaces(formats_of("ja_JP", "JPY", 0).money(document.totals.total)) in text
        for line in document.lines:
            assert amount(line.amount) in text


def test_what_has_the_reduced_rate_is_marked_and_nothing_else_is() -> None:
    """One mark on the line, one in the breakdown, one in the note."""
    for text in texts(two_rates(JAPAN, "0.08", "5000")):
        assert text.count("※") == 3
        assert "※は軽減税率8%の対象です。" in squeezed(text)


def test_a_credit_note_is_a_qualified_return_invoice_of_its_invoice() -> None:
    for text in texts(note_of(JAPAN)):
        assert "適格返還請求書" in squeezed(text)
        assert "INV-2026-000001" in text
        assert "2026年11月4日" in squeezed(text)


def test_it_is_in_japanese_whatever_the_buyer_reads() -> None:
    assert "適格請求書" in squeezed(texts(invoice_of(JAPAN, locale="de_DE"))[0])


def test_what_is_all_outside_the_scope_of_tax_has_none() -> None:
    untaxed = japanese_yen().model_copy(update={"forms": (JAPAN.form,)})
    assert not set(FILES) & set(files_of(untaxed, None, None))
    assert set(FILES) <= set(files_of(invoice_of(JAPAN), None, None))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seller": TOKYO.model_copy(update={"tax_number": ""})}, "registration number"),
        ({"seller": TOKYO.model_copy(update={"tax_number": "T4690852136927"})}, "registration"),
        ({"currency": "USD"}, "Bill in JPY"),
    ],
)
@pytest.mark.parametrize("final", [True, False])
def test_what_it_lacks_is_told_of_a_draft_already(
    change: dict[str, object], said: str, final: bool
) -> None:
    document = invoice_of(JAPAN).model_copy(update=change)
    with pytest.raises(RenderError, match=said):
        files_of(document if final else draft_of(document), None, None)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("T4690852136926", True),
        ("T3690852136926", False),
        ("4690852136926", False),
        ("t4690852136926", False),
        ("T469085213692", False),
        ("T4690852136926 ", False),
        ("T\uff14690852136926", False),
    ],
)
def test_a_registration_number_is_t_and_a_corporate_number(number: str, is_one: bool) -> None:
    """The first of 13 digits checks the others: 9 - 77 mod 9 = 4.

    690852136926 from the right, times 1, 2, 1, 2, ...: 6+4+9+12+3+2+2+10+8+0+9+12 = 77.
    """
    assert is_registration(number) is is_one


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_strangers_stays_text(text: str) -> None:
    document = planted(two_rates(JAPAN, "0.08", "5000"), text)
    seller = document.seller.model_copy(update={"tax_number": TOKYO.tax_number})
    document = document.model_copy(update={"seller": seller})
    paper, page = (squeezed(each) for each in texts(document))
    assert squeezed(text) in paper
    assert squeezed(text) in page


def test_the_same_document_is_the_same_bytes() -> None:
    (form,) = (form for form in forms().values() if form.name == JAPAN.form)
    assert form.file_names == FILES
    assert files_of(note_of(JAPAN), None, None) == files_of(note_of(JAPAN), None, None)
