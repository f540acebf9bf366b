"""A line's usage in plain words: what of it is billed, quarter hours, files and requests.

Here: how outcome rules of a contract and traced usage read. Keep out: prices and documents
(`explain_text`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

INDENT = "    "


def usage_text(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the contract bills otherwise, then usage, if traced, totals before samples."""
    for rule in line["outcome_rules"]:
        said = "is billed" if rule["is_billed"] else f"is not billed ({rule['not_billed_reason']})"
        yield f"{INDENT}By contract {line['contract']['contract_id']}, {rule['outcome']} {said}"
    usage = line.get("usage")
    if usage is not None:
        yield from traced_text(usage, line["meter"], _agreement(line))


def traced_text(usage: Mapping[str, Any], counted: str, agreement: str) -> Iterator[str]:
    """Yield quarter hours, files and requests of what is `counted`, and whether they agree."""
    yield (
        f"{INDENT}{usage['quantity']:,} {counted} in {usage['quarter_hours']:,} quarter "
        f"hours, {usage['first_quarter_hour']} to {usage['last_quarter_hour']}; the largest:"
    )
    for row in usage["largest_quarter_hours"]:
        yield f"{INDENT}{INDENT}{row['quarter_hour']}  {row['quantity']:,}"
    yield f"{INDENT}From {len(usage['files'])} files:"
    for row in usage["files"]:
        yield f"{INDENT}{INDENT}{row['file_name']}  {row['quantity']:,}"
    requests = usage["requests"]
    yield (
        f"{INDENT}{requests['count']:,} requests with {requests['quantity']:,} "
        f"{counted}{agreement}; the first {len(requests['first'])}:"
    )
    for row in requests["first"]:
        yield (
            f"{INDENT}{INDENT}{row['request_id']}  {row['completed_at']}  {row['quantity']:,}  "
            f"{row['file_name']} line {row['line_number']}"
        )


def _agreement(line: Mapping[str, Any]) -> str:
    usage, own = line["usage"], abs(line["used_quantity"])
    if usage["is_shared"] and usage["quantity"] == usage["requests"]["quantity"] >= own:
        return f", of which {own:,} are on this line"
    same = own == usage["quantity"] == usage["requests"]["quantity"]
    return ", exactly the quantity of the line" if same else ", NOT the quantity of the line"
