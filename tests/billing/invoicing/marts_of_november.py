"""A small November in which October's usage was taken back: a credit note and nothing else.

Here: rows of the marts beside those of October. Keep out: how dbt arrives at them.
"""

import duckdb

from tests.billing.invoicing.marts_of_october import OCTOBER, insert

NOVEMBER = "2026-11-01"
KEY = {"organization_id": "org_aurora", "billing_month": NOVEMBER}
TAXED = {"tax_category": "S", "tax_rate": "0.19"}


def take_back(connection: duckdb.DuckDBPyConnection, taxed: dict[str, str] = TAXED) -> None:
    """400,000 output tokens at 10.00 a million: 4.00 - 0.40 = 3.60, tax 0.68, in all 4.28."""
    document = {**KEY, "payment_mode": "enterprise", "corrects_month": OCTOBER}
    totals = {
        "subtotal_amount": "4.00",
        "discount_amount": "0.40",
        "taxable_amount": "3.60",
        "tax_amount": "0.68",
        "total_amount": "4.28",
    }
    period = {"period_first_date": OCTOBER, "period_last_date": "2026-10-31"}
    insert(
        connection,
        "finance.fct_invoices",
        **document,
        **totals,
        **period,
        currency="EUR",
        minor_digits=2,
        amount_due="4.28",
        rounding_amount="0",
    )
    what = {"model_id": "gpt-5", "meter": "output_visible", "service_tier": "default"}
    insert(
        connection,
        "finance.fct_invoice_lines",
        **document,
        **taxed,
        **period,
        **what,
        line_number=1,
        line_kind="usage",
        service_month=OCTOBER,
        context_band=0,
        plan_id="",
        quantity=400_000,
        charged_quantity=400_000,
        unit_price="0.00001",
        base_quantity=1_000_000,
        exact_net_amount="3.60",
        line_amount="4.00",
    )
    allowance = {"allowance_number": 1, "discount_name": "Partner", "discount_pct": "0.1"}
    amounts = {"base_amount": "4.00", "discount_amount": "0.40"}
    insert(connection, "finance.fct_invoice_discounts", **document, **taxed, **allowance, **amounts)
    group = {"gross_amount": "4.00", "discount_amount": "0.40", "taxable_amount": "3.60"}
    empty = {"exemption_code": "", "exemption_reason": ""}
    insert(
        connection,
        "finance.fct_invoice_taxes",
        **document,
        **taxed,
        **group,
        **empty,
        tax_amount="0.68",
    )
    _charges(connection)


def _charges(connection: duckdb.DuckDBPyConnection) -> None:
    """Two projects took back 300,000 and 100,000; the month's marts hold them below zero."""
    for project, quantity, amount, off in (
        ("proj_a", -300_000, "-3.00", "-0.30"),
        ("proj_b", -100_000, "-1.00", "-0.10"),
    ):
        amounts = {"list_amount": amount, "contracted_amount": amount, "discount_amount": off}
        insert(
            connection,
            "intermediate.int_rating__charges",
            **KEY,
            **amounts,
            service_month=OCTOBER,
            corrects_month=OCTOBER,
            project_id=project,
            model_id="gpt-5",
            meter="output_visible",
            quantity=quantity,
            price_currency="USD",
            currency="EUR",
            exchange_rate="0.86",
            exchange_rate_date="2026-10-30",
            exchange_source="ECB",
        )
        insert(
            connection,
            "finance.cost_by_project",
            **KEY,
            **amounts,
            project_id=project,
            requests=0,
        )
    tokens = {"output_visible_tokens": -400_000, "other_units": 0}
    others = ("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h")
    zeros = {f"{meter}_tokens": 0 for meter in (*others, "cache_write_unknown_ttl")}
    insert(
        connection,
        "finance.cost_monthly",
        **KEY,
        **tokens,
        **zeros,
        output_reasoning_tokens=0,
        model_id="gpt-5",
        requests=0,
        list_amount="-4.00",
        contracted_amount="-4.00",
        discount_amount="-0.40",
    )
    counted = {"meter": "output_visible", "billed": -400_000, "not_billed": 0}
    insert(connection, "finance.reconciliation", **KEY, **counted)
