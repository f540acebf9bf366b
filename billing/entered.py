"""What people type about money: amounts, references, instants.

Here: reading them, with the reason for a refusal. Keep out: what is done with them, and what
files say (`billing.catalog.typed`).
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.errors import MeterbookError
from billing.money import minor_digits

LONGEST_REFERENCE = 200
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")


def minor_units(amount: str, currency: str) -> int:
    """Return an amount in minor units.

    Raises MeterbookError when it is none, not above zero, or has more decimals than its currency.
    """
    digits = minor_digits(currency)
    if not _AMOUNT.fullmatch(amount) or not Decimal(amount):
        raise MeterbookError(
            f"{amount!r} is no amount above zero. Write it like 250.00, without sign or separators."
        )
    units = Decimal(amount).scaleb(digits)
    if units != units.to_integral_value():
        raise MeterbookError(f"{amount} has more than the {digits} decimals of {currency}.")
    return int(units)


def reference_of(text: str) -> str:
    """Return a reference in its one spelling: blanks once, letters composed; case counts.

    Raises MeterbookError when it is none.
    """
    trimmed = unicodedata.normalize("NFC", re.sub(" +", " ", text)).strip()
    if not trimmed or len(trimmed) > LONGEST_REFERENCE or not trimmed.isprintable():
        raise MeterbookError(
            f"{text!r} is no reference. Give the client's own, up to {LONGEST_REFERENCE} letters."
        )
    return trimmed


def reason_of(text: str) -> str:
    """Return why something is done. Raises MeterbookError when nothing is said."""
    if not text.strip() or not text.isprintable():
        raise MeterbookError("Say why with --because, in one line: the books keep it.")
    return text.strip()


def past_instant(text: str, zone: str, now: datetime) -> datetime:
    """Return when something happened: an instant, or the beginning of a day in `zone`; else `now`.

    Raises MeterbookError when it is neither, or lies ahead.
    """
    if not text:
        return now
    try:
        if INSTANT.fullmatch(text):
            at = datetime.fromisoformat(text)
        else:
            day = date.fromisoformat(text)
            at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MeterbookError(
            f"{text!r} is no time. Write a day like 2026-11-20, or an instant like "
            "2026-11-20T09:30:00Z."
        ) from error
    if at > now:
        raise MeterbookError(f"{text} lies ahead: it is {now:%Y-%m-%dT%H:%M:%SZ}. Correct it.")
    return at
