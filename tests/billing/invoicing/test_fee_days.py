"""For how many days of its period a fee is, and an invoice of two plans."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from billing.invoicing.drafts import draft_documents
from billing.invoicing.fee_days import fee_term, fee_words
from billing.periods import BillingMonth

OCTOBER, NOVEMBER, NEVER = date(2026, 10, 1), date(2026, 11, 1), date(9999, 12, 31)


def fee(first: date, last: date, **changed: Any) -> dict[str, Any]:
    """A line of October of a subscription since 15 August."""
    return {
        "subscription_id": "sub",
        "counted_from_date": date(2026, 8, 15),
        "changed_date": NEVER,
        "billing_month": OCTOBER,
        "corrects_month": OCTOBER,
        "period_first_date": first,
        "period_last_date": last,
        **changed,
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (fee(date(2026, 10, 15), date(2026, 11, 14)), ""),
        # Changed on the 25th: 10 of 31 days, and the next one 21.
        (
            fee(date(2026, 10, 15), date(2026, 10, 24), changed_date=date(2026, 10, 25)),
            ", 10 of 31 days",
        ),
        (fee(date(2026, 10, 25), date(2026, 11, 14)), ", 21 of 31 days"),
        # Cancelled, its fee is whole; begun within the period and cancelled, the rest is.
        (fee(date(2026, 10, 15), date(2026, 10, 24)), ""),
        (fee(date(2026, 10, 25), date(2026, 10, 30)), ", 21 of 31 days"),
        # Changed on 3 November: October charges all of it, November gives 12 days back.
        (fee(date(2026, 10, 15), date(2026, 11, 14), changed_date=date(2026, 11, 3)), ""),
        (
            fee(
                date(2026, 11, 3),
                date(2026, 11, 14),
                changed_date=date(2026, 11, 3),
                billing_month=NOVEMBER,
            ),
            ", 12 of 31 days",
        ),
        # Counted from the 31st, the period from 28 February has 31 days.
        (
            fee(date(2026, 3, 1), date(2026, 3, 30), counted_from_date=date(2026, 1, 31)),
            ", 30 of 31 days",
        ),
        (fee(date(2026, 10, 1), date(2026, 10, 31), subscription_id=""), ""),
    ],
)
def test_the_days_of_a_fee_are_told_where_they_are_not_all(
    line: dict[str, Any], words: str
) -> None:
    assert fee_words(line) == words


def test_what_is_told_is_the_term_of_the_line() -> None:
    line = fee(date(2026, 10, 25), date(2026, 11, 14))
    assert fee_term(line) == {
        "kind": "days",
        "name": "",
        "up_to_quantity": 31,
        "used_quantity": 21,
    }


def test_two_plans_on_one_invoice_are_two_rows_of_its_costs(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("insert into catalog.plans (plan_id, name) values ('plan_team', 'Team')")
    warehouse.execute(
        """insert into finance.fct_invoice_lines by name
        select * replace (
            2 as line_number, 'plan_team' as plan_id, 60.68 as line_amount, 60.68 as unit_price,
            60.68 as exact_net_amount
        ) from finance.fct_invoice_lines where plan_id = 'plan_studio'"""
    )
    warehouse.execute(
        """update finance.fct_invoices set subtotal_amount = 159.68, taxable_amount = 159.68,
        total_amount = 159.68, amount_due = 159.68 where payment_mode = 'subscription'"""
    )
    drafts = draft_documents(warehouse, BillingMonth(2026, 10))
    (draft,) = [each for each in drafts if each.payment_mode == "subscription"]
    costs = {row["display_name"]: row["amount"] for row in draft.data["models"]}
    assert (costs["Studio"], costs["Team"]) == (Decimal("99.00"), Decimal("60.68"))
    listed = {row["label"]: row["list_amount"] for row in draft.cost_report["by_model"]}
    assert (listed["Studio"], listed["Team"]) == (Decimal("99.00"), Decimal("60.68"))
    assert draft.cost_report["total"]["list_amount"] == Decimal("159.68")
