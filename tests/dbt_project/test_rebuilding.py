"""What happens to a month that is built again: same rows, late files, and altered ones."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.dbt_project.catalog_rows import NOVEMBER
from tests.dbt_project.warehouse import built, open_november, read

SCHEMAS = "('intermediate', 'finance', 'usage')"
Copy = Callable[[Path], Path]


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table dbt wrote."""
    names = read(
        path,
        f"""select table_schema || '.' || table_name from information_schema.tables
        where table_schema in {SCHEMAS} and table_type = 'BASE TABLE' order by all""",
    )
    return {name: read(path, f"select * from {name} order by all") for (name,) in names}


def execute(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def test_building_a_month_again_changes_no_row(october: Path, copy_of: Copy) -> None:
    path = copy_of(october)
    built(path, "--exclude-resource-type", "unit_test", "test")
    assert contents(path) == contents(october)


def test_late_usage_is_billed_in_the_open_month_at_the_prices_of_its_own(
    october: Path, copy_of: Copy
) -> None:
    path = copy_of(october)
    open_november(path)
    built(path, "--exclude-resource-type", "unit_test", month=NOVEMBER)
    lines = read(
        path,
        """select service_month::varchar, quantity, line_amount, period_first_date::varchar
        from finance.fct_invoice_lines
        where organization_id = 'org_berlin' and billing_month = '2026-11-01'
        order by line_number""",
    )
    assert lines == [
        ("2026-10-01", 5000, Decimal("0.01"), "2026-10-01"),
        ("2026-11-01", 1000000, Decimal("3.50"), "2026-11-01"),
    ]
    october_rows = "select * from finance.fct_invoice_lines where billing_month = '2026-10-01' order by all"
    assert read(path, october_rows) == read(october, october_rows)
    received = read(
        path,
        """select received, billed, is_balanced from finance.reconciliation
        where organization_id = 'org_berlin' and billing_month = '2026-11-01'
        and meter = 'requests'""",
    )
    assert received == [(2, 2, True)]


def test_a_month_that_became_empty_is_emptied(october: Path, copy_of: Copy) -> None:
    path = copy_of(october)
    execute(path, "update books.month_watermark set watermark = 0")
    built(path, "--exclude-resource-type", "unit_test", "test")
    rows = read(path, "select count(*) from finance.fct_invoice_lines where line_kind = 'usage'")
    assert rows == [(0,)]
    assert read(path, "select count(*) from intermediate.int_rating__charges") == [(0,)]


def test_an_altered_token_of_the_rollup_unbalances_its_organization(
    october: Path, copy_of: Copy
) -> None:
    path = copy_of(october)
    execute(
        path,
        """update intermediate.int_usage__quarter_hours
        set output_visible_tokens = output_visible_tokens + 1
        where usage_key_id in (
            select usage_key_id from intermediate.dim_usage_key
            where organization_id = 'org_tokyo'
        )""",
    )
    built(path, "--exclude-resource-type", "unit_test", "test")
    rows = read(
        path,
        """select organization_id, meter, accepted, rolled_up from finance.reconciliation
        where not is_balanced and organization_id <> 'org_gap'""",
    )
    assert rows == [("org_tokyo", "output_visible", 1000, 1001)]


def test_an_altered_charge_unbalances_its_organization(october: Path, copy_of: Copy) -> None:
    path = copy_of(october)
    execute(
        path,
        """update intermediate.int_rating__charges set quantity = quantity - 1
        where organization_id = 'org_tokyo' and meter = 'output_visible'""",
    )
    built(path, "--select", "reconciliation", "--exclude-resource-type", "unit_test", "test")
    rows = read(
        path,
        """select organization_id, billed, rated, invoiced from finance.reconciliation
        where not is_balanced and organization_id <> 'org_gap'""",
    )
    assert rows == [("org_tokyo", 1000, 999, 1000)]
