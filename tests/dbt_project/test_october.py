"""What October comes to, counted by hand from the fixture's rows."""

from decimal import Decimal
from pathlib import Path

from tests.dbt_project.warehouse import read

D = Decimal


def lines(path: Path, organization_id: str) -> list[tuple[object, ...]]:
    return read(
        path,
        f"""select model_id, meter, context_band, quantity, unit_price, line_amount
        from finance.fct_invoice_lines where organization_id = '{organization_id}'
        order by line_number""",
    )


def totals(path: Path, organization_id: str) -> tuple[object, ...]:
    rows = read(
        path,
        f"""select subtotal_amount, discount_amount, taxable_amount, tax_amount, total_amount,
        amount_due from finance.fct_invoices where organization_id = '{organization_id}'""",
    )
    assert len(rows) == 1
    return rows[0]


def test_usd_prices_become_euros_once_per_unit_and_lines_add_up_by_largest_remainder(
    october: Path,
) -> None:
    # 0.000001, 0.000002, 0.000004 and 0.0000001 USD at 0.87654321, each rounded to 12 decimals.
    # Exact: 12 + 0.167419713 + 0.001753086 + 0.666176376173 + 0.00175308 = 12.837102255173.
    assert lines(october, "org_berlin") == [
        ("claude", "output_visible", 0, 1000000, D("0.000012"), D("12.00")),
        ("gpt", "input_uncached", 0, 191000, D("0.000000876543"), D("0.17")),
        ("gpt", "input_uncached", 0, 1000, D("0.000001753086"), D("0.00")),
        ("gpt", "input_uncached", 200000, 190001, D("0.000003506173"), D("0.67")),
        ("gpt", "cache_read", 0, 20000, D("0.000000087654"), D("0.00")),
    ]


def test_a_price_change_on_a_quarter_hour_holds_from_that_instant(october: Path) -> None:
    rows = read(
        october,
        """select price_id, quantity from intermediate.int_rating__charges
        where organization_id = 'org_berlin' and meter = 'input_uncached' and context_band = 0
        order by price_id""",
    )
    assert rows == [
        ("gpt/input_uncached/0/2026-01-01", 191000),
        ("gpt/input_uncached/0/2026-10-16", 1000),
    ]


def test_a_second_discount_is_taken_from_what_the_first_left(october: Path) -> None:
    # 10 % of 12.84 is 1.28; claude's part of it is 1.19, so 20 % of 10.81 is 2.16.
    rows = read(
        october,
        """select discount_id, base_amount, discount_amount from finance.fct_invoice_discounts
        where organization_id = 'org_berlin' order by allowance_number""",
    )
    assert rows == [
        ("disc_berlin_all", D("12.84"), D("1.28")),
        ("disc_berlin_claude", D("10.81"), D("2.16")),
    ]
    assert totals(october, "org_berlin") == (
        D("12.84"), D("3.44"), D("9.40"), D("1.79"), D("11.19"), D("11.19"),
    )  # fmt: skip


def test_exact_discounts_are_stacked_too(october: Path) -> None:
    # claude: 12 less 10 % less 20 % of the rest; gpt: 0.837102255173 less 10 % of each charge.
    rows = read(
        october,
        """select model_id, list_amount, contracted_amount, net_amount from finance.cost_monthly
        where organization_id = 'org_berlin' order by model_id""",
    )
    assert rows == [
        ("claude", D("13.148148"), D("12"), D("8.64")),
        ("gpt", D("0.837102255173"), D("0.837102255173"), D("0.753392029656")),
    ]


def test_a_month_in_kolkata_starts_at_half_past_six_in_the_evening_before(october: Path) -> None:
    # 1,000 tokens at 18:29:59.999999 belong to September; a discount starts with the local day.
    rows = read(
        october,
        """select quantity, line_amount, period_first_date::varchar, period_last_date::varchar
        from finance.fct_invoice_lines where organization_id = 'org_kolkata'
        order by line_number""",
    )
    assert rows == [
        (12000, D("0.18"), "2026-10-01", "2026-10-10"),
        (100000, D("1.50"), "2026-10-11", "2026-10-31"),
    ]
    discounts = read(
        october,
        """select base_amount, discount_amount from finance.fct_invoice_discounts
        where organization_id = 'org_kolkata'""",
    )
    assert discounts == [(D("1.50"), D("0.19"))]


def test_yen_have_no_minor_unit(october: Path) -> None:
    # 10,000,000 x 0.000472236214 + 1,000 x 0.002361181068 = 4724.723321068; 5 % of 4725 is 236.
    assert [row[5] for row in lines(october, "org_tokyo")] == [D(4723), D(2)]
    assert totals(october, "org_tokyo") == (D(4725), D(236), D(4489), D(0), D(4489), D(4489))


def test_a_prepaid_month_is_deducted_from_the_balance_and_nothing_is_due(october: Path) -> None:
    # 3.00 + 0.005 + 0.12 = 3.125 rounds up; failures, BYOK and cache hits cost nothing.
    assert totals(october, "org_oslo") == (
        D("3.13"), D(0), D("3.13"), D(0), D("3.13"), D(0),
    )  # fmt: skip
    entries = read(
        october,
        """select entry_kind, reference, amount from finance.fct_prepaid_entries
        where organization_id = 'org_oslo' order by entry_number""",
    )
    assert entries == [
        ("opening", "", D(20)),
        ("top_up", "Card 2", D(50)),
        ("top_up", "Card 3", D(25)),
        ("consumption", "", D("-3.13")),
        ("closing", "", D("91.87")),
    ]


def test_a_subscription_period_starts_on_the_last_day_of_a_shorter_month(october: Path) -> None:
    rows = read(
        october,
        """select organization_id, line_kind, model_id, line_amount, tax_rate,
        period_first_date::varchar, period_last_date::varchar
        from finance.fct_invoice_lines where payment_mode = 'subscription'
        order by organization_id, line_number""",
    )
    assert rows == [
        ("org_custom", "item_fee", "claude", D("35.50"), D(0), "2026-10-05", "2026-11-04"),
        ("org_custom", "item_fee", "gpt", D(240), D(0), "2026-10-05", "2026-11-04"),
        ("org_plan", "plan_fee", "", D(99), D("0.19"), "2026-10-31", "2026-11-29"),
    ]


def test_an_organization_without_usage_gets_no_document(october: Path) -> None:
    assert (
        read(october, "select * from finance.fct_invoices where organization_id = 'org_silent'")
        == []
    )
