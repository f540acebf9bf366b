"""Codes the catalog may use: currencies, countries, zones, locales, meters, tiers.

Here: closed lists, each from its standard's own package, and the checksum tests of tax and
bank numbers. Add a code here when the whole product learns it. Keep out: any value that
belongs to one operator; that is catalog data.
"""

from functools import cache
from importlib import resources
from zoneinfo import available_timezones

import babel
import iso4217
import stdnum
from stdnum import bic, iban
from stdnum.eu import vat

TOKEN_METERS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write_unknown_ttl",
    "output_visible",
    "output_reasoning",
)
MODALITY_TOKEN_METERS = (
    "input_audio",
    "input_image",
    "cache_read_audio",
    "output_audio",
    "output_image",
)
OTHER_METERS = (
    "image",
    "web_search",
    "request",
    "video_second",
    "audio_second",
    "character",
    "page",
    "generation",
    "task",
)
METERS = TOKEN_METERS + MODALITY_TOKEN_METERS + OTHER_METERS
SERVICE_TIERS = ("default", "batch", "flex", "priority")
CHANNEL_TIERS = ("basic", "stable", "enterprise")
PRICED_TIERS = SERVICE_TIERS + CHANNEL_TIERS
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OUTCOMES = (
    "success",
    "client_aborted",
    "upstream_error",
    "client_error",
    "rate_limited",
    "gateway_cache_hit",
    "refund",
)
LANGUAGES = ("en", "de", "fr", "zh", "ja")
TAX_CATEGORIES = ("S", "AE", "O", "G", "K", "E", "Z")
EU = "EU"


@cache
def minor_units() -> dict[str, int]:
    """Digits of the minor unit of every ISO 4217 currency that has one."""
    return {
        currency.code: currency.exponent
        for currency in iso4217.Currency
        if currency.exponent is not None
    }


@cache
def countries() -> frozenset[str]:
    """ISO 3166 alpha-2 codes, as the time zone database lists them."""
    text = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in text.splitlines() if not line.startswith("#"))


@cache
def eu_members() -> frozenset[str]:
    """ISO 3166 codes of the European Union; Northern Ireland (XI) is in it for goods only."""
    return frozenset(code.upper() for code in vat.MEMBER_STATES) - {"XI"}


@cache
def zones() -> frozenset[str]:
    """IANA zone names this installation knows, without those that are no place."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


@cache
def is_locale(text: str) -> bool:
    """Whether Babel knows the locale and documents exist in its language."""
    try:
        return babel.Locale.parse(text).language in LANGUAGES
    except (ValueError, babel.UnknownLocaleError):
        return False


def is_iban(text: str) -> bool:
    """Whether country, length and checksum of an IBAN hold."""
    return bool(iban.is_valid(text))


def is_bic(text: str) -> bool:
    """Whether a BIC is well formed."""
    return bool(bic.is_valid(text))


@cache
def is_vat_id(text: str, country: str) -> bool:
    """Whether `text` is a VAT or business tax number of `country`, checksum included.

    Numbers of EU members carry their prefix (Greece writes EL). A country for which no check
    is known accepts anything: refusing would be guessing.
    """
    prefix = {"GR": "EL"}.get(country, country)
    if prefix.lower() in vat.MEMBER_STATES or prefix == "EL":
        return text.startswith(prefix) and bool(vat.is_valid(text))
    module = stdnum.get_cc_module(country.lower(), "vat")
    return module is None or bool(module.is_valid(text))
