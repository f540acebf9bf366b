"""Numbers, money and dates in every language."""

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from invoice_render.errors import RenderError
from invoice_render.formatting import Formats, formats_of, minor
from invoice_render.messages import languages, messages_of

NBSP, THIN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("locale", "currency", "digits", "amount", "text"),
    [
        ("de_DE", "EUR", 2, "1234567.80", f"1.234.567,80{NBSP}€"),
        ("en_US", "USD", 2, "1234567.8", "$1,234,567.80"),
        ("en_IN", "USD", 2, "1234567.80", "$12,34,567.80"),
        ("fr_FR", "EUR", 2, "1234567.80", f"1{THIN}234{THIN}567,80{NBSP}€"),
        ("ja_JP", "JPY", 0, "1234567", "\uffe51,234,567"),
        ("zh_Hans_CN", "USD", 2, "-5.00", "\u2212US$5.00"),
        ("en_US", "KWD", 3, "1.500", f"KWD{NBSP}1.500"),
    ],
)
def test_money_is_written_as_the_locale_does(
    locale: str, currency: str, digits: int, amount: str, text: str
) -> None:
    assert formats_of(locale, currency, digits).money(Decimal(amount)) == text


@given(cents=st.integers(-(10**40), 10**40))
def test_no_digit_of_an_amount_is_ever_lost(cents: int) -> None:
    text = formats_of("en_US", "USD", 2).amount(Decimal(f"{cents}E-2"))
    assert text.replace(",", "").replace("\u2212", "-") == _plain_cents(cents)


def _plain_cents(cents: int) -> str:
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


def test_an_amount_finer_than_its_minor_unit_is_refused_not_rounded() -> None:
    with pytest.raises(RenderError, match=r"0\.005 is not rounded to 2 decimals"):
        formats_of("de_DE", "EUR", 2).money(Decimal("0.005"))
    assert minor(Decimal("12.340"), 2) == Decimal("12.34")


def test_a_unit_price_keeps_every_decimal_and_two_at_least() -> None:
    formats = formats_of("de_DE", "EUR", 2)
    assert formats.price(Decimal("0.000000001230")) == "0,00000000123"
    assert formats.price(Decimal("1250.000000")) == "1.250,00"
    assert formats.price(Decimal("1E+1")) == "10,00"


def test_a_percentage_keeps_every_decimal() -> None:
    assert formats_of("en_US").percent(Decimal("0.125000")) == "12.5%"
    assert formats_of("de_DE").percent(Decimal("0.190000")) == f"19{NBSP}%"
    assert formats_of("en_US").percent(Decimal(0)) == "0%"


def test_a_period_is_one_span_of_inclusive_days() -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    dashes = formats_of("en_GB").period(first, last).replace("\u2009", "")
    assert dashes == "1\u201331 Oct 2026"
    assert formats_of("ja_JP").period(first, first) == "2026/10/01"


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(RenderError, match="Write it like de_DE"):
        formats_of("xx_YY")
    with pytest.raises(RenderError, match="Write it like de_DE"):
        formats_of("../../etc")


def test_every_language_has_every_word_with_the_same_places() -> None:
    english = messages_of(Locale("en"))
    assert languages() == ("de", "en", "fr", "ja", "zh")
    for language in languages():
        messages = messages_of(Locale(language))
        for section in ("words", "meters", "units", "reasons", "taxes"):
            ours, theirs = getattr(messages, section), getattr(english, section)
            assert list(ours) == list(theirs)
            for key, text in ours.items():
                assert text.strip()
                assert _places(text) == _places(theirs[key]), (language, key)


def test_a_language_without_words_speaks_english_with_its_own_numbers() -> None:
    formats = formats_of("fi_FI", "EUR", 2)
    assert messages_of(formats.locale).language == "en"
    assert formats.amount(Decimal("1234.50")) == f"1{NBSP}234,50"


def test_formats_are_built_once() -> None:
    assert formats_of("de_DE", "EUR", 2) is formats_of("de_DE", "EUR", 2)
    assert isinstance(formats_of("de_DE"), Formats)


def _places(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_nothing_never_carries_a_minus() -> None:
    formats = formats_of("de_DE", "EUR", 2)
    assert formats.amount(Decimal("0.00").copy_negate()) == "0,00"
    assert formats.money(Decimal(0).copy_negate()).startswith("0,00")


def test_a_count_of_nothing_is_a_dash_in_a_column_of_counts() -> None:
    assert formats_of("de_DE").count_or_dash(0) == "\u2013"
    assert formats_of("de_DE").count_or_dash(1000) == "1.000"
