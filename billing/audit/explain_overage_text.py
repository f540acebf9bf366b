"""What was used beyond a plan, in plain words.

Here: how the plan's row, the period and the usage behind it read. Keep out: fees and documents
(`explain_text`) and any arithmetic on money.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.audit.explain_usage_text import traced_text

INDENT = "    "


def overage_text(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is included and what was used, what is new of it, then usage, if traced."""
    row = line["overage"]
    if row is None:
        return
    counted = row["counted"]
    of = f" of {row['model_id']}" if row["model_id"] else ""
    yield (
        f"{INDENT}Plan {row['plan_name']!r} ({row['plan_overage_id']} of {row['plan_id']}) "
        f"includes {row['monthly_quantity']:,} {counted}{of} a month, each more "
        f"{row['unit_price']} {row['currency']}"
    )
    if row["included_days"] < row["period_days"]:
        yield (
            f"{INDENT}For {row['included_days']} of the {row['period_days']} days of the period: "
            f"{row['monthly_quantity']:,} x {row['included_days']} / {row['period_days']}, "
            f"rounded, are {row['included_quantity']:,}"
        )
    over = max(row["used_quantity"] - row["included_quantity"], 0)
    yield f"{INDENT}In its days it used {row['used_quantity']:,} {counted}, so {over:,} beyond:"
    for each in row["stretches"]:
        yield (
            f"{INDENT}{INDENT}Subscription {each['subscription_id']}: {each['quantity']:,}, from "
            f"{each['counts_from_at']} up to {each['counts_to_at']}"
        )
    if row["billed_before_quantity"]:
        yield (
            f"{INDENT}Earlier months billed {row['billed_before_quantity']:,} of this period; "
            "the difference is on the line"
        )
    yield from _usage(line, counted)


def _usage(line: Mapping[str, Any], counted: str) -> Iterator[str]:
    usage = line.get("usage")
    if usage is not None:
        own = line["overage"]["used_quantity"]
        is_same = own == usage["quantity"] == usage["requests"]["quantity"]
        told = ", exactly what was used" if is_same else ", NOT what was used"
        yield from traced_text(usage, counted, told)
