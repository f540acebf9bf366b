"""A balance that an amended month changes: deducted with the rest, and shown day by day."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.dbt_project.warehouse import built, execute, read

DEDUCTED = """
select sum(amount) from finance.fct_prepaid_deductions where organization_id = 'org_oslo'
"""
STATED = """
select exact_net_amount from finance.fct_invoices
where organization_id = 'org_oslo' and payment_mode = 'prepaid'
"""
FIRST_DAY = """
select consumed_amount from finance.prepaid_balance_daily
where organization_id = 'org_oslo' and balance_date = date '2026-10-01'
"""


def test_what_an_amended_month_comes_to_is_deducted_as_the_month_begins(
    october: Path, copy_of: Callable[[Path], Path]
) -> None:
    path = copy_of(october)
    (before,) = read(path, DEDUCTED)
    execute(
        path,
        """
        insert into books.rerated_line by name
        select date '2026-09-01' as rated_month, billing_month, organization_id, payment_mode,
            date '2026-09-01' as service_month, model_id, unnest(['image', 'search']) as meter,
            service_tier, tax_category, tax_rate,
            unnest([-0.5, 0.200000000001]) as net_amount
        from (
            from finance.fct_invoice_lines
            where organization_id = 'org_oslo' and payment_mode = 'prepaid' limit 1
        )
        """,
    )
    built(path, "--select", "int_invoicing__adjustments+", "int_prepaid__deductions+")
    (after,) = read(path, DEDUCTED)
    assert after[0] == before[0] - Decimal("0.299999999999")
    assert [after] == read(path, STATED)
    first_day, was = read(path, FIRST_DAY), read(october, FIRST_DAY)
    assert first_day[0][0] == was[0][0] - Decimal("0.299999999999")
