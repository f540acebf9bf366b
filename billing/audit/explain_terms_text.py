"""Credits and spend terms of an explanation in plain words.

Here: how each of them reads. Keep out: any arithmetic.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Part = Mapping[str, Any]


def terms_text(explanation: Part, currency: str) -> Iterator[str]:
    """Yield one line of text for each credit used and each spend term in force."""
    yield from (_credit(row, currency) for row in explanation.get("credits", ()))
    yield from (_spend_term(row, currency) for row in explanation.get("spend_terms", ()))


def _credit(row: Part, currency: str) -> str:
    until = f" until {row['valid_to_date']}" if row["valid_to_date"] else ""
    rest = (
        f"{row['left_amount']} stay for later"
        if row["repeats"] == "once"
        else "what is not used lapses with the month"
    )
    return (
        f"Credit {row['name']!r} ({row['kind']}, {row['credit_id']}): granted "
        f"{row['granted_amount']} {currency} {row['repeats']}, valid from "
        f"{row['valid_from_date']}{until}; {row['available_amount']} there, "
        f"{row['used_amount']} used, {rest}"
    )


def _spend_term(row: Part, currency: str) -> str:
    name = f"{row['kind'].capitalize()} spend {row['spend_term_id']} of {row['contract_id']}"
    if row["period"] == "month":
        days = row["days"], row["month_days"]
        share = "" if days[0] == days[1] else f" x {days[0]} of {days[1]} days"
        bound = f"{row['amount']}{share} = {row['committed_amount']}"
    else:
        bound = (
            f"{row['committed_amount']} from {row['valid_from_date']} until "
            f"{row['valid_to_date']}, {row['billed_before_amount']} billed in earlier months"
        )
        bound += "" if row["is_due"] else ", not due before its last month"
    return f"{name}: {bound}; this invoice nets {row['net_amount']} {currency}"
