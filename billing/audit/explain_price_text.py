"""The prices behind a line in plain words: list, window, uplift, percentage off, negotiated.

Here: how the rows that made a unit price read. Add words when a price gains a dimension. Keep
out: charges and usage (`explain_text`, `explain_usage_text`) and any arithmetic.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.audit.percents import percent

Part = Mapping[str, Any]
INDENT = "    "


def price_text(line: Part) -> Iterator[str]:
    """Yield the price rows of a usage line, the list price first."""
    agreed, listed = line["contract_price"], line["price"]
    replaced = line.get("allowance") or line.get("tier")
    if listed is not None:
        standing = "List price, not applied" if agreed or replaced else "List price"
        yield (
            f"{INDENT}{standing}: {_price(listed)}, {validity(listed, 'at')}, "
            f"from {listed['source']}, checked {listed['checked_date']} ({listed['price_id']})"
        )
        yield from _hours(line.get("price_window"))
    yield from _uplift(line.get("uplift"))
    yield from _adjustment(line.get("adjustment"))
    if agreed is not None:
        standing = "Negotiated price, not applied" if replaced else "Negotiated price"
        yield (
            f"{INDENT}{standing}: {_price(agreed)}, {validity(agreed, 'date')} "
            f"({agreed['contract_price_id']} of {agreed['contract_id']})"
        )


def validity(row: Part, unit: str) -> str:
    """Say from when until when a row is valid."""
    ends = row[f"valid_to_{unit}"]
    until = f" until {ends}" if ends else ""
    return f"valid from {row[f'valid_from_{unit}']}{until}"


def scope(row: Part) -> str:
    """Say what a row of a contract is about, where it is not about everything."""
    names = ("model_id", "family", "provider", "service_tier", "meter")
    words = {"model_id": "", "service_tier": "tier "}
    found = [f"{words.get(name, name + ' ')}{row[name]}" for name in names if row.get(name)]
    return f" on {', '.join(found)}" if found else ""


def _price(row: Part) -> str:
    above = row["context_above_tokens"]
    band = f" for input above {above:,} tokens" if above else ""
    return f"{row['unit_price']} {row['currency']} per unit{band}, tier {row['service_tier']}"


def _hours(window: Part | None) -> Iterator[str]:
    if window is not None:
        days = window["weekdays"] or "every day"
        yield (
            f"{INDENT}Only from {window['starts_time']} to {window['ends_time']} in "
            f"{window['zone']}, {days} ({window['price_window_id']})"
        )


def _uplift(row: Part | None) -> Iterator[str]:
    if row is not None:
        what = row["model_id"] or f"models of {row['provider']}"
        yield (
            f"{INDENT}Region {row['region']}: list prices of {what} raised by "
            f"{percent(row['uplift_pct'])}, {validity(row, 'at')}, from {row['source']}, "
            f"checked {row['checked_date']} ({row['uplift_id']})"
        )


def _adjustment(row: Part | None) -> Iterator[str]:
    if row is not None:
        yield (
            f"{INDENT}{percent(row['off_pct'])} off the list price{scope(row)}, "
            f"{validity(row, 'date')} ({row['adjustment_id']} of {row['contract_id']})"
        )
