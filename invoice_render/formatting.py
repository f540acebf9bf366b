"""Numbers, money and dates as a customer's locale writes them.

Here: Babel behind exact decimals: an amount that is not already rounded to its minor unit is
refused, so no form can round. Add a format here. Keep out: words (`messages`) and amounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from invoice_render.errors import RenderError

_PRECISION = 76
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE = "\u2013"


def minor(amount: Decimal, digits: int) -> Decimal:
    """The same amount with exactly `digits` decimals. Raises RenderError if it has more."""
    with localcontext() as context:
        context.prec = _PRECISION
        exact = amount.quantize(Decimal(1).scaleb(-digits))
    if exact != amount:
        raise RenderError(f"{amount:f} is not rounded to {digits} decimals. Round it before.")
    return exact


def percent_number(fraction: Decimal) -> Decimal:
    """0.125 as 12.5: the decimal point moves, nothing is computed."""
    with localcontext() as context:
        context.prec = _PRECISION
        return fraction.scaleb(2).normalize()


def shortest(number: Decimal) -> Decimal:
    """The same number without trailing zeros."""
    with localcontext() as context:
        context.prec = _PRECISION
        return number.normalize()


@dataclass(frozen=True)
class Formats:
    """The formats of one locale and one currency."""

    locale: Locale
    currency: str
    minor_digits: int

    def money(self, amount: Decimal) -> str:
        """An amount with its currency sign."""
        pattern = str(self.locale.currency_formats["standard"].pattern)
        if get_currency_symbol(self.currency, self.locale)[-1:].isalpha():
            pattern = pattern.replace("¤#", f"¤{NO_BREAK_SPACE}#")
        return self._apply(pattern, minor(amount, self.minor_digits), self.minor_digits)

    def amount(self, amount: Decimal) -> str:
        """An amount alone, for tables whose head names the currency."""
        exact = minor(amount, self.minor_digits)
        return self._apply(_decimal_pattern(self.locale), exact, self.minor_digits)

    def price(self, price: Decimal, least_decimals: int = 2) -> str:
        """A unit price with every decimal it has, two at least."""
        digits = max(2, least_decimals, decimals(price))
        return self._apply(_decimal_pattern(self.locale), price, digits)

    def count(self, number: int) -> str:
        """A whole number in groups."""
        return self._apply(_decimal_pattern(self.locale), Decimal(number), 0)

    def count_or_dash(self, number: int) -> str:
        """A whole number; a dash where nothing was counted, so that the others stand out."""
        return self.count(number) if number else NONE

    def percent(self, fraction: Decimal) -> str:
        """A fraction as percent with every decimal it has: 0.125 as 12.5 %."""
        pattern = self.locale.percent_formats[None].pattern
        return self._apply(pattern, fraction, decimals(percent_number(fraction)))

    def rate(self, rate: Decimal) -> str:
        """An exchange rate, digit by digit as it was published."""
        return self._apply(_decimal_pattern(self.locale), rate, decimals(rate))

    def day(self, day: date) -> str:
        """A day with the name of its month."""
        return format_date(day, "long", locale=self.locale)

    def short_day(self, day: date) -> str:
        """A day as tables have room for."""
        return format_date(day, "medium", locale=self.locale)

    def period(self, first: date, last: date) -> str:
        """Two inclusive days as one span."""
        if first == last:
            return self.short_day(first)
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def month(self, month: str) -> str:
        """`YYYY-MM` as a month with its year."""
        first = date.fromisoformat(f"{month}-01")
        return format_skeleton("yMMMM", first, locale=self.locale)

    def weekdays(self, days: Sequence[str]) -> str:
        """Days of the week, `mon` to `sun`, by their short names."""
        short = self.locale.days["format"]["abbreviated"]
        names = {day: str(short[place]) for place, day in enumerate(_WEEK)}
        return NO_BREAK_SPACE.join(names.get(day, day) for day in days)

    def country(self, code: str) -> str:
        """A country's name in the language of the document."""
        return str(self.locale.territories.get(code, code))

    def _apply(self, pattern: str, number: Decimal, digits: int) -> str:
        shaped = _pattern(pattern, digits)
        exact = number or Decimal(0)  # a negated nothing would print a minus
        with localcontext() as context:
            context.prec = _PRECISION
            text = shaped.apply(exact, self.locale, currency=self.currency, currency_digits=False)
        return str(text).replace("-", MINUS)


@cache
def formats_of(locale: str, currency: str = "", minor_digits: int = 0) -> Formats:
    """The formats of a locale such as `de_DE`. Raises RenderError for an unknown one."""
    try:
        return Formats(Locale.parse(locale), currency, minor_digits)
    except (UnknownLocaleError, ValueError) as error:
        raise RenderError(f"Unknown locale {locale!r}. Write it like de_DE.") from error


@cache
def _pattern(pattern: str, digits: int) -> NumberPattern:
    shaped = parse_pattern(pattern)
    shaped.frac_prec = (digits, digits)
    return shaped


def _decimal_pattern(locale: Locale) -> str:
    return str(locale.decimal_formats[None].pattern)


def decimals(number: Decimal) -> int:
    """How many decimals a number needs, without trailing zeros."""
    exponent = shortest(number).as_tuple().exponent
    return max(0, -int(exponent))
