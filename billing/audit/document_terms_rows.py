"""From a row of credits.csv or spend_terms.csv to what the audit knows of it.

Here: reading the text of one row. Keep out: files (`catalog_files`) and validation.
"""

from collections.abc import Mapping
from decimal import Decimal

from billing.audit.catalog_rows import Credit, SpendTerm
from billing.audit.local_time import day_of


def credit(row: Mapping[str, str]) -> Credit:
    """Read one row of credits.csv."""
    return Credit(
        row["credit_id"],
        row["organization_id"],
        row["kind"],
        row["currency"],
        Decimal(row["amount"]),
        row["repeats"],
        int(row["months"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )


def spend_term(row: Mapping[str, str]) -> SpendTerm:
    """Read one row of spend_terms.csv."""
    return SpendTerm(
        row["spend_term_id"],
        row["contract_id"],
        row["kind"],
        row["period"],
        row["currency"],
        Decimal(row["amount"]),
        day_of(row["valid_from_date"]),
        day_of(row["valid_to_date"]),
    )
