"""What a provider's bill and our own count come to, side by side.

Here: reading the mart `provider_tie_out`, day by day and added up. Keep out: comparing, which the
mart does, and telling anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from billing.first_row import first_row
from billing.periods import BillingMonth

_SIDES = (
    "requests, bill_requests, input_total_tokens, bill_input_total_tokens, "
    "output_total_tokens, bill_output_total_tokens, list_amount, bill_cost_amount"
)


@dataclass(frozen=True)
class TieOut:
    """One model of one provider, on one day or over a month (`usage_date` is None).

    Figures of the bill are None where it does not tell them. `days_apart` counts the days beyond
    tolerance; amounts are USD.
    """

    provider: str
    model_id: str
    usage_date: date | None
    days_apart: int
    requests: int
    bill_requests: int | None
    input_tokens: int
    bill_input_tokens: int | None
    output_tokens: int
    bill_output_tokens: int | None
    list_amount: Decimal
    bill_amount: Decimal | None
    reasons: tuple[str, ...]


def newest_tied_out_month(connection: duckdb.DuckDBPyConnection) -> BillingMonth | None:
    """The last month a bill was compared in, or None."""
    if not _is_built(connection):
        return None
    row = first_row(connection.execute("select max(billing_month) from finance.provider_tie_out"))
    return BillingMonth.of(row[0]) if row and row[0] else None


def days_apart(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> list[TieOut]:
    """Each provider, model and day of a month that differs beyond its tolerance."""
    return _tie_outs(
        connection,
        f"""select provider, model_id, usage_date, 1, {_SIDES}, reasons
        from finance.provider_tie_out
        where billing_month = ? and not is_within_tolerance
        order by provider, model_id, usage_date""",
        month,
    )


def tie_out_of(connection: duckdb.DuckDBPyConnection, month: BillingMonth) -> list[TieOut]:
    """A month by provider and model."""
    sums = ", ".join(f"sum({name.strip()})" for name in _SIDES.split(","))
    return _tie_outs(
        connection,
        f"""select provider, model_id, null, count(*) filter (not is_within_tolerance), {sums},
            string_agg(distinct nullif(reasons, ''), ', ')
        from finance.provider_tie_out where billing_month = ?
        group by provider, model_id order by provider, model_id""",
        month,
    )


def _tie_outs(
    connection: duckdb.DuckDBPyConnection, query: str, month: BillingMonth
) -> list[TieOut]:
    if not _is_built(connection):
        return []
    rows = connection.execute(query, [month.first_day]).fetchall()
    return [TieOut(*(*row[:-1], _reasons(row[-1]))) for row in rows]


def _reasons(text: str | None) -> tuple[str, ...]:
    return tuple(sorted(set(text.split(", ")))) if text else ()


def _is_built(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        connection.execute(
            "select 1 from information_schema.tables "
            "where table_schema = 'finance' and table_name = 'provider_tie_out'"
        ).fetchall()
    )


def providers_of(differences: Sequence[TieOut]) -> list[str]:
    """The providers named, once each."""
    return sorted({each.provider for each in differences})
