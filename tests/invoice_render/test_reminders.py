"""The letter that reminds of overdue invoices: its words, its amounts, its bytes."""

import hashlib
import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from pydantic import ValidationError

from invoice_render import reminder_letter
from invoice_render.errors import RenderError
from invoice_render.messages import languages
from invoice_render.reminder import Reminder
from tests.invoice_render.hostile import CONTROL, HOSTILE, planted
from tests.invoice_render.reading import Page, pdf_pages, pdf_text, spaces
from tests.invoice_render.reminder_factories import FIRST, SECOND, reminder

ROOT = Path(__file__).parents[2]
LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "zh": "zh_Hans_CN", "ja": "ja_JP"}
TITLES = {
    "en": ("Payment reminder", "Overdue payment notice", "Final payment notice"),
    "de": ("Zahlungserinnerung", "Mahnung", "Letzte Mahnung"),
    "fr": ("Rappel de paiement", "Relance pour impayé", "Dernière relance"),
    "zh": ("付款提醒", "逾期付款催告", "最后付款催告"),
    "ja": ("お支払いのお願い", "お支払いの督促", "最終のお支払い督促"),
}
AMOUNTS = {
    "en": ("11,241.78", "1,000.00", "10,241.78", "59.50", "10,301.28", "€10,301.28"),
    "de": ("11.241,78", "1.000,00", "10.241,78", "59,50", "10.301,28", "10.301,28 €"),
    "fr": ("11 241,78", "1 000,00", "10 241,78", "59,50", "10 301,28", "10 301,28 €"),
    "zh": ("11,241.78", "1,000.00", "10,241.78", "59.50", "10,301.28", "€10,301.28"),
    "ja": ("11,241.78", "1,000.00", "10,241.78", "59.50", "10,301.28", "€10,301.28"),
}
DAYS = {
    "en": ("Dec 5, 2026", "As of December 20, 2026"),
    "de": ("05.12.2026", "Stand 20. Dezember 2026"),
    "fr": ("5 déc. 2026", "Situation au 20 décembre 2026"),
    "zh": ("2026年12月5日", "截至2026年12月20日"),
    "ja": ("2026/12/05", "2026年12月20日現在"),
}


def shown(letter: Reminder) -> tuple[str, str]:
    """The text of the page and of the paper, without line breaks or blanks."""
    page, paper = Page(reminder_letter.html(letter)).text, pdf_text(reminder_letter.pdf(letter))
    return squeezed(page), squeezed(paper)


def squeezed(text: str) -> str:
    return "".join(spaces(text).split())


def test_every_language_is_looked_at() -> None:
    assert set(languages()) == set(LOCALES) == set(TITLES) == set(AMOUNTS) == set(DAYS)


@pytest.mark.parametrize("language", LOCALES)
def test_every_amount_and_day_reads_back_from_page_and_paper(language: str) -> None:
    for text in shown(reminder(locale=LOCALES[language])):
        for expected in (*AMOUNTS[language], *DAYS[language], FIRST.number, SECOND.number):
            assert squeezed(expected) in text
        for expected in ("DE89370400440532013000", "COBADEFFXXX", "Musterbank Berlin"):
            assert squeezed(expected) in text
        assert squeezed("INV-2026-000001, INV-2026-000017") in text
        row = f"{FIRST.days_overdue}{''.join(map(squeezed, AMOUNTS[language][:3]))}"
        assert row in text


@pytest.mark.parametrize("language", LOCALES)
def test_the_tone_follows_the_step_and_ends_at_the_third(language: str) -> None:
    told = [shown(reminder(step, LOCALES[language])) for step in (1, 2, 3, 4)]
    for title, texts in zip((*TITLES[language], TITLES[language][2]), told, strict=True):
        assert all(text.startswith(squeezed(f"AnyInt Europe GmbH{title}")) for text in texts)
    assert told[2] == told[3]
    assert len({page for page, _ in told}) == 3


def test_a_yen_letter_has_no_decimals() -> None:
    row = FIRST.model_copy(
        update={
            "amount": Decimal(120_000),
            "paid_or_credited": Decimal(0),
            "open": Decimal(120_000),
        }
    )
    letter = reminder(
        locale="ja_JP", currency="JPY", minor_digits=0, invoices=(row,), total_open=Decimal(120_000)
    )
    for text in shown(letter):
        assert "￥120,000" in text
        assert "120,000.0" not in text


def test_a_letter_has_three_files_of_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in reminder_letter.files_of(reminder()).items()
    }
    assert list(here) == ["reminder.json", "reminder.html", "reminder.pdf"]
    script = (
        "import hashlib\n"
        "from invoice_render.reminder_letter import files_of\n"
        "from tests.invoice_render.reminder_factories import reminder\n"
        "for name, data in files_of(reminder()).items():\n"
        "    print(name, hashlib.sha256(data).hexdigest())\n"
    )
    told = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, **told, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert dict(line.split() for line in there.stdout.splitlines()) == here
    read = Reminder.model_validate_json(reminder_letter.files_of(reminder())["reminder.json"])
    assert read == reminder()


def test_the_pdf_is_archival_tagged_and_dated_when_it_was_raised() -> None:
    with pikepdf.open(io.BytesIO(reminder_letter.pdf(reminder()))) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata.get("pdfaid:part") == "3"
            assert metadata.get("pdfaid:conformance") == "B"
            assert metadata.get("pdfuaid:part") == "1"
            assert str(metadata.get("xmp:CreateDate")).startswith("2026-12-20T06:35:00")
        assert bool(opened.Root.MarkInfo.Marked)


@pytest.mark.parametrize("text", HOSTILE)
def test_names_of_strangers_stay_text(text: str) -> None:
    hostile, harmless = (planted(reminder(), each) for each in (text, "Harmless"))
    page, plain_page = (Page(reminder_letter.html(each)) for each in (hostile, harmless))
    assert page.tags == plain_page.tags
    assert text in page.text
    assert squeezed(text) in squeezed(pdf_text(reminder_letter.pdf(hostile)))


def test_control_characters_vanish_and_endless_names_stay_on_the_page() -> None:
    for text in shown(planted(reminder(), CONTROL)):
        assert "ABCDEFGHI" in text
    buyer = reminder().buyer.model_copy(update={"legal_name": "x" * 4000})
    assert pdf_text(reminder_letter.pdf(reminder(buyer=buyer))).count("x") >= 4000


def test_a_hundred_invoices_are_all_listed_and_no_page_has_a_lone_one() -> None:
    rows = tuple(
        SECOND.model_copy(update={"number": f"INV-2026-{place:06}"}) for place in range(1, 101)
    )
    letter = reminder(invoices=rows, total_open=Decimal("5950.00"))
    pages = [page.count("INV-2026-") for page in pdf_pages(reminder_letter.pdf(letter))]
    assert sum(pages) == 102
    assert all(listed > 1 for listed in pages)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"total_open": Decimal("10301.27")}, "total open is not the sum"),
        ({"invoices": (), "total_open": Decimal(0)}, "names no invoice"),
        (
            {"invoices": (FIRST.model_copy(update={"open": Decimal("10241.77")}), SECOND)},
            "INV-2026-000001: amount less what was paid or credited",
        ),
        (
            {"invoices": (FIRST, SECOND.model_copy(update={"days_overdue": 0}))},
            "INV-2026-000017: nothing of it is overdue",
        ),
        (
            {"invoices": (FIRST, SECOND.model_copy(update={"amount": Decimal("59.501")}))},
            "not rounded to 2 decimals",
        ),
    ],
)
def test_a_letter_whose_sums_do_not_hold_is_refused(
    changed: dict[str, object], reason: str
) -> None:
    with pytest.raises(RenderError, match=reason):
        reminder_letter.files_of(reminder(**changed))


def test_a_letter_holds_nothing_beside_the_allow_list_and_no_step_before_the_first() -> None:
    for changed in ({"cost": Decimal(1)}, {"step": 0}, {"total_open": 10301.28}):
        with pytest.raises(ValidationError):
            reminder(**changed)
