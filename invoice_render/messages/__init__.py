"""The words of every form, as data: one TOML file per language.

Here: choosing and reading them. Add a language as a file with the same keys as `en.toml`.
Keep out: words inside templates or code.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel import Locale

FALLBACK = "en"


@dataclass(frozen=True)
class Messages:
    """The words of one language, by section."""

    language: str
    words: Mapping[str, str]
    meters: Mapping[str, str]
    units: Mapping[str, str]
    reasons: Mapping[str, str]
    taxes: Mapping[str, str]
    exemptions: Mapping[str, str]
    rate_sources: Mapping[str, str]

    def meter(self, meter: str) -> str:
        """The name of a meter."""
        return self.meters.get(meter) or _readable(meter)

    def reason(self, reason: str) -> str:
        """The name of an outcome or of a reason not to bill."""
        return self.reasons.get(reason) or _readable(reason)

    def tax(self, category: str) -> str:
        """The name of a tax category."""
        return self.taxes.get(category) or category

    def exemption(self, category: str, reason: str) -> str:
        """Why no tax is due, where a reason is given; unknown categories keep its own words."""
        return self.exemptions.get(category, "{reason}").format(reason=reason) if reason else ""

    def rate_source(self, source: str) -> str:
        """Who published an exchange rate."""
        return self.rate_sources.get(source.casefold()) or source


def messages_of(locale: Locale) -> Messages:
    """The words for a locale; English where its language has no file."""
    return _read(locale.language if _file(locale.language).is_file() else FALLBACK)


def languages() -> tuple[str, ...]:
    """Every language there is a file for."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read(language: str) -> Messages:
    data = tomllib.loads(_file(language).read_text("utf-8"))
    return Messages(language, **data)


def _file(language: str) -> Traversable:
    return files(__name__) / f"{language}.toml"


def _readable(key: str) -> str:
    return key.replace("_", " ").capitalize()
