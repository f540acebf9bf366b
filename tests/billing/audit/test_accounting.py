"""Facts about the seller's accounts: every document once more, in one currency.

The month is that of `closed_month`: 1.99 + 0.38 EUR of org_berlin, 1.25 USD of org_kolkata,
19.00 + 3.61 EUR of org_plan. In dollars at 1.125: 1.99 is 2.23875, so 2.24, and 0.38 is 0.4275,
so 0.43; 19.00 is 21.375, so 21.38, and 3.61 is 4.06125, so 4.06.
"""

from pathlib import Path

import duckdb
import pytest

from billing.audit.findings import Finding
from billing.audit.recompute import audit_month
from billing.periods import BillingMonth
from tests.billing.audit.catalog_folder import CATALOG, write_catalog

Warehouse = duckdb.DuckDBPyConnection
OCTOBER = BillingMonth(2026, 10)
SELLER = """
seller_id,country,accounting_currency,accounting_source,accounting_max_age_days
us,DE,USD,ecb,{age}
"""
RATES = CATALOG["exchange_rates"].strip() + "\necb,EUR,USD,2026-10-30,1.125\n"
ROWS = """
insert into finance.fct_invoice_accounting values
('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'S', 0.19, 'EUR', 1.99, 0.38, 'USD', 2, 1.125,
 '2026-10-30', 'ecb', 2.24, 0.43, 2.67),
('org_kolkata', '2026-10-01', 'prepaid', '2026-10-01', 'O', 0, 'USD', 1.25, 0, 'USD', 2, 1, null, 'ecb',
 1.25, 0, 1.25),
('org_plan', '2026-10-01', 'subscription', '2026-10-01', 'S', 0.19, 'EUR', 19, 3.61, 'USD', 2, 1.125,
 '2026-10-30', 'ecb', 21.38, 4.06, 25.44)
"""


def _audit(warehouse: Warehouse, folder: Path, age: str = "", rates: str = RATES) -> list[Finding]:
    catalog = write_catalog(folder, seller=SELLER.format(age=age), exchange_rates=rates)
    return audit_month(warehouse, catalog, OCTOBER)


def test_what_the_accounts_hold_is_computed_again(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.execute(ROWS)
    assert _audit(warehouse, tmp_path / "catalog", age="1") == []


@pytest.mark.parametrize(
    "column",
    ["accounting_net_amount", "accounting_tax_amount", "accounting_total_amount", "exchange_rate"],
)
def test_another_amount_is_found(warehouse: Warehouse, tmp_path: Path, column: str) -> None:
    warehouse.execute(ROWS)
    warehouse.execute(
        f"update finance.fct_invoice_accounting set {column} = {column} + 0.01 "
        "where organization_id = 'org_plan'"
    )
    (finding,) = _audit(warehouse, tmp_path / "catalog")
    assert (finding.organization_id, finding.check_name) == ("org_plan", "recomputed_accounting")


def test_without_an_accounting_currency_there_are_none(warehouse: Warehouse, catalog: Path) -> None:
    warehouse.execute(ROWS)
    organizations = {row.organization_id for row in audit_month(warehouse, catalog, OCTOBER)}
    assert organizations == {"org_berlin", "org_kolkata", "org_plan"}


def test_a_rate_that_is_missing_or_too_old_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    """31 October is one day after the 30th; the dollars of org_kolkata need no rate."""
    warehouse.execute(ROWS)
    warehouse.execute("delete from finance.fct_invoice_accounting where currency = 'EUR'")
    old = _audit(warehouse, tmp_path / "old", age="0")
    none = _audit(warehouse, tmp_path / "none", rates=CATALOG["exchange_rates"])
    for findings, limit in ((old, ", at most 0 days old"), (none, "")):
        assert [row.message for row in findings] == [
            f"{organization}: the seller's accounts need the rate of EUR to USD of ecb on "
            f"2026-10-31{limit}, and there is none"
            for organization in ("org_berlin", "org_plan")
        ]
