"""What happens to a month that is built again: same rows, late files, and altered ones."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dbt_project.customers import NOVEMBER
from tests.dbt_project.warehouse import built, execute, open_november, read

SCHEMAS = "('intermediate', 'finance', 'usage')"
# What a table remembers of its own building is not part of what it says.
KEPT = "columns(lambda name: name <> 'seen_up_to')"
Copy = Callable[[Path], Path]


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table dbt wrote."""
    names = read(
        path,
        f"""select table_schema || '.' || table_name from information_schema.tables
        where table_schema in {SCHEMAS} and table_type = 'BASE TABLE' order by all""",
    )
    return {name: read(path, f"select {KEPT} from {name} order by all") for (name,) in names}


def test_building_a_month_again_changes_no_row(october: Path, copy_of: Copy) -> None:
    path = copy_of(october)
    built(path, "--exclude-resource-type", "unit_test", "test")
    assert contents(path) == contents(october)


@pytest.fixture(scope="module")
def november(october: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """November built after October, from a file that arrived when October was closed."""
    path = tmp_path_factory.mktemp("november") / "copy" / october.name
    shutil.copytree(october.parent, path.parent)
    open_november(path)
    built(path, "--exclude-resource-type", "unit_test", month=NOVEMBER)
    return path


def test_late_usage_is_billed_in_the_open_month_at_the_prices_of_its_own(november: Path) -> None:
    lines = read(
        november,
        """select service_month::varchar, quantity, line_amount, period_first_date::varchar
        from finance.fct_invoice_lines
        where organization_id = 'org_berlin' and billing_month = '2026-11-01'
        order by line_number""",
    )
    assert lines == [
        ("2026-10-01", 5000, Decimal("0.01"), "2026-10-01"),
        ("2026-11-01", 1000000, Decimal("3.50"), "2026-11-01"),
    ]


def test_late_usage_counts_in_the_month_that_bills_it(november: Path) -> None:
    received = read(
        november,
        """select organization_id, received, billed, not_billed from finance.reconciliation
        where billing_month = '2026-11-01' and meter = 'requests' and received > 0 order by all""",
    )
    assert received == [("org_berlin", 2, 2, 0), ("org_tokyo", 1, 0, 1)]
    assert read(november, "select 1 from finance.reconciliation where not is_balanced") == [
        (1,)  # the unpriced usage of October
    ]


def test_building_a_month_leaves_the_months_before_it_alone(november: Path, october: Path) -> None:
    for table in ("fct_invoice_lines", "fct_invoices", "cost_monthly", "reconciliation"):
        rows = f"select * from finance.{table} where billing_month = '2026-10-01' order by all"
        assert read(november, rows) == read(october, rows)


def test_building_the_rollup_anew_gives_what_file_by_file_gave(
    november: Path, copy_of: Copy
) -> None:
    path = copy_of(november)
    built(path, "--full-refresh", "--exclude-resource-type", "unit_test", "test", month=NOVEMBER)
    assert contents(path) == contents(november)


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
