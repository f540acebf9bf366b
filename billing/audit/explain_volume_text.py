"""The allowance or the tier step behind a line, in plain words.

Here: how these rows read. Keep out: prices (`explain_text`) and any arithmetic.
"""

from collections.abc import Iterator, Mapping
from typing import Any

INDENT = "    "
Part = Mapping[str, Any]


def volume_text(line: Part) -> Iterator[str]:
    """Yield the rows that replaced the price of a line, if any did."""
    allowance, tier = line.get("allowance"), line.get("tier")
    if allowance is not None:
        yield (
            f"{INDENT}Free: allowance {allowance['name']!r} leaves {allowance['quantity']:,} "
            f"{allowance['meter']}{_models(allowance)} free in each month, {_days(allowance)} "
            f"({allowance['allowance_id']} of {allowance['contract_id']})"
        )
    if tier is not None:
        yield (
            f"{INDENT}{tier['kind'].capitalize()} price {tier['name']!r}, step "
            f"{tier['tier_step']}: {tier['unit_price']} {tier['currency']} {_per(tier)}"
            f"{_span(tier)}{_models(tier)}, {_days(tier)} "
            f"({tier['tier_schedule_id']} of {tier['contract_id']})"
        )
        if tier["kind"] == "package":
            yield (
                f"{INDENT}{line['used_quantity']:,} {line['meter']} on the line; a started "
                "package is charged to the usage that starts it"
            )
        if not line["price"] and not line["contract_price"]:
            yield (
                f"{INDENT}Late usage moved the month's total to another step: what earlier "
                "documents charged is taken back at one step and charged at the other"
            )


def _per(tier: Part) -> str:
    return f"per package of {tier['package_size']:,}" if tier["package_size"] else "per unit"


def _span(tier: Part) -> str:
    above, up_to = tier["above_quantity"], tier["up_to_quantity"]
    spans = [f" above {above:,}"] if above else []
    spans += [f" up to {up_to:,}"] if up_to is not None else []
    if not spans:
        return ""
    whole = " for a month's total" if tier["kind"] == "volume" else " for the part"
    return f"{whole}{''.join(spans)} {tier['meter']}"


def _models(row: Part) -> str:
    if row["model_group_id"]:
        return f" of group {row['model_group_id']}"
    return f" of {row['model_id']}" if row["model_id"] else ""


def _days(row: Part) -> str:
    ends = row["valid_to_date"]
    until = f" until {ends}" if ends else ""
    return f"valid from {row['valid_from_date']}{until}"
