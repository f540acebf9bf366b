"""The genai-prices book as plain data: the installed package's own, or its JSON file.

Here: reading it, and finding the entry of a model by the book's own rules of names. Both
readings give the same shape: providers with models, prices as Decimals. Keep out: what a price
means (`genai_map`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from billing.catalog.price_files import read_price_file
from billing.errors import MeterbookError

PACKAGE = "genai-prices"
Entry = Mapping[str, Any]
"""One provider or model of the book."""


class UnreadableRuleError(Exception):
    """A rule of names that would have to be read to find a model, and cannot be."""


def read_book(file: Path | None) -> Sequence[Entry]:
    """Read the providers of the book in `file`, or of the installed package.

    Raises MeterbookError when there is no such package or the file is not such a book.
    """
    providers = _installed() if file is None else read_price_file(file)
    if not isinstance(providers, list) or not all(_is_provider(each) for each in providers):
        raise MeterbookError(
            f"{file} is not a readable price book: it is no list of providers with models."
        )
    return providers


def installed_edition() -> str:
    """Return the version of the installed package. Raises MeterbookError if there is none."""
    _installed()
    return version(PACKAGE)


def entry_of(book: Sequence[Entry], provider: str, names: Iterable[str]) -> Entry | None:
    """Return the model that the book finds for the first name it knows; None if it knows none.

    A name that is an id is that model; otherwise, as in the book, the first model whose rule fits
    has it. Raises UnreadableRuleError when a rule before it cannot be read.
    """
    sellers = [each for each in book if each["id"] == provider] or [
        each for each in book if _fits(each.get("provider_match"), provider)
    ]
    models: Sequence[Entry] = sellers[0]["models"] if sellers else ()
    for name in (name.lower() for name in names):
        same = (model for model in models if model["id"].lower() == name)
        fitting = (model for model in models if _fits(model.get("match"), name))
        found = next(same, None) or next(fitting, None)
        if found is not None:
            return found
    return None


def _is_provider(value: Any) -> bool:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return False
    models = value.get("models")
    return isinstance(models, list) and all(
        isinstance(model, dict) and isinstance(model.get("id"), str) for model in models
    )


def _fits(rule: Any, name: str) -> bool:  # noqa: ANN401  # whatever JSON holds
    if rule is None:
        return False
    kind, value = next(iter(rule.items())) if isinstance(rule, dict) and rule else ("", rule)
    if kind in ("or", "and") and isinstance(value, list):
        return (any if kind == "or" else all)(_fits(each, name) for each in value)
    if not isinstance(value, str) or kind not in TESTS:
        raise UnreadableRuleError(f"its rule {rule!r} is not understood")
    return TESTS[kind](name, value)


def _matches(name: str, pattern: str) -> bool:
    """Search with an engine whose time is linear: the pattern comes from outside."""
    try:
        return bool(pl.Series([name]).str.contains(pattern)[0])
    except pl.exceptions.ComputeError as error:
        raise UnreadableRuleError(f"its rule {pattern!r} is not understood") from error


TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "equals": lambda name, text: name == text.lower(),
    "starts_with": lambda name, text: name.startswith(text.lower()),
    "ends_with": lambda name, text: name.endswith(text.lower()),
    "contains": lambda name, text: text.lower() in name,
    "regex": _matches,
}


def _installed() -> Any:  # noqa: ANN401  # the same shape as JSON
    try:
        from genai_prices.data import providers  # noqa: PLC0415  # an optional package
    except ImportError as error:
        raise MeterbookError(
            f"The package {PACKAGE} is not installed. Install it, or name the book's JSON file."
        ) from error
    return [
        {
            "id": provider.id,
            "provider_match": _plain(provider.provider_match),
            "models": _plain(provider.models),
        }
        for provider in providers
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401  # objects of the package, as JSON has them
    if value is None or isinstance(value, str | Decimal | bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    items = value if isinstance(value, dict) else vars(value)
    return {name.rstrip("_"): _plain(each) for name, each in items.items() if each is not None}
