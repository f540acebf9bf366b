"""Facts about the second engine on a whole month: it agrees, or it names both amounts."""

from pathlib import Path

import duckdb
import pytest

from billing.audit.findings import Finding
from billing.audit.recompute import audit_month
from billing.errors import MeterbookError
from billing.periods import BillingMonth
from tests.billing.audit.catalog_folder import CATALOG, write_catalog

OCTOBER = BillingMonth(2026, 10)
Warehouse = duckdb.DuckDBPyConnection


def _only(findings: list[Finding], check_name: str) -> list[Finding]:
    return [finding for finding in findings if finding.check_name == check_name]


def test_a_month_worked_out_by_hand_has_no_finding(warehouse: Warehouse, catalog: Path) -> None:
    assert audit_month(warehouse, catalog, OCTOBER) == []


def test_a_staged_price_that_is_not_in_the_files_names_both_amounts(
    warehouse: Warehouse, catalog: Path
) -> None:
    warehouse.execute("""
        update intermediate.int_rating__charges
        set unit_price = 0.000001126, contracted_amount = 1.126003378 where charge_id = 'a'
    """)
    findings = audit_month(warehouse, catalog, OCTOBER)
    assert {finding.organization_id for finding in findings} == {"org_berlin"}
    messages = [finding.message for finding in findings]
    assert any("0.000001125" in text and "0.000001126" in text for text in messages)
    assert any("1.125003375" in text and "1.126003378" in text for text in messages)


def test_a_line_one_minor_unit_off_names_both_amounts(warehouse: Warehouse, catalog: Path) -> None:
    warehouse.execute("""
        update finance.fct_invoice_lines set line_amount = 1.26
        where organization_id = 'org_kolkata'
    """)
    (finding,) = audit_month(warehouse, catalog, OCTOBER)
    assert (finding.organization_id, finding.expected, finding.actual) == (
        "org_kolkata",
        "1.25",
        "1.260",
    )


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("finance.fct_invoice_lines", "exact_amount"),
        ("finance.fct_invoice_lines", "unit_price"),
        ("finance.fct_invoice_lines", "quantity"),
        ("finance.fct_invoice_lines", "tax_rate"),
        ("finance.fct_invoice_discounts", "base_amount"),
        ("finance.fct_invoice_discounts", "discount_amount"),
        ("finance.fct_invoice_taxes", "taxable_amount"),
        ("finance.fct_invoice_taxes", "tax_amount"),
        ("finance.fct_invoices", "total_amount"),
        ("finance.fct_invoices", "amount_due"),
        ("finance.fct_invoices", "exact_net_amount"),
        ("finance.fct_invoices", "rounding_amount"),
        ("finance.cost_monthly", "net_amount"),
        ("finance.cost_by_project", "discount_amount"),
        ("finance.cost_change_monthly", "price_change_amount"),
        ("finance.cost_change_by_model", "mix_change_amount"),
        ("intermediate.int_rating__charges", "list_price"),
        ("intermediate.int_rating__charges", "quantity"),
        ("intermediate.int_rating__charges", "exchange_rate"),
        ("intermediate.int_rating__charges", "exchange_rate_date"),
        ("intermediate.int_rating__charges", "net_amount"),
        ("intermediate.int_rating__discounts", "base_amount"),
        ("intermediate.int_rating__discounts", "step"),
    ],
)
def test_one_unit_more_in_any_audited_column_is_found(
    warehouse: Warehouse, catalog: Path, table: str, column: str
) -> None:
    warehouse.execute(
        f"update {table} set {column} = {column} + 1 where organization_id = 'org_berlin'"
    )
    findings = audit_month(warehouse, catalog, OCTOBER)
    assert findings
    assert {finding.organization_id for finding in findings} == {"org_berlin"}


def test_an_altered_rollup_disagrees_with_what_was_billed(
    warehouse: Warehouse, catalog: Path
) -> None:
    warehouse.execute("""
        update intermediate.int_usage__quarter_hours
        set output_visible_tokens = 201 where usage_key_id = 1
    """)
    findings = _only(audit_month(warehouse, catalog, OCTOBER), "recomputed_charges")
    (quantity,) = [row for row in findings if row.subject.endswith(": quantity")]
    assert (quantity.expected, quantity.actual) == ("201", "200")


def test_a_missing_and_an_extra_row_are_found(warehouse: Warehouse, catalog: Path) -> None:
    warehouse.execute("delete from finance.fct_invoice_lines where organization_id = 'org_plan'")
    warehouse.execute("""
        insert into finance.fct_invoices
        select * replace ('org_ghost' as organization_id)
        from finance.fct_invoices where organization_id = 'org_plan'
    """)
    findings = audit_month(warehouse, catalog, OCTOBER)
    missing, extra = (
        _only(findings, name)[0] for name in ("recomputed_lines", "recomputed_totals")
    )
    assert (missing.organization_id, missing.actual) == ("org_plan", "missing")
    assert (extra.organization_id, extra.expected) == ("org_ghost", "missing")


def test_a_row_that_is_there_twice_is_found(warehouse: Warehouse, catalog: Path) -> None:
    warehouse.execute("""
        insert into finance.fct_invoice_discounts
        select * from finance.fct_invoice_discounts where discount_id = 'd_all'
    """)
    (finding,) = audit_month(warehouse, catalog, OCTOBER)
    assert (finding.check_name, finding.expected) == ("recomputed_discounts", "missing")


def test_usage_without_a_price_names_model_meter_and_tier(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    without = "\n".join(line for line in CATALOG["prices"].splitlines() if "p_son" not in line)
    catalog = write_catalog(tmp_path / "catalog", prices=without)
    (finding,) = _only(audit_month(warehouse, catalog, OCTOBER), "unpriced_usage")
    assert finding.organization_id == "org_berlin"
    for part in ("500001", "sonnet", "input_uncached", "default", "no_price"):
        assert part in finding.message


def test_usage_with_two_prices_names_both_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    second = CATALOG["prices"].strip() + (
        "\np_again,sonnet,input_uncached,default,0,,EUR,0.000002,2026-01-01T00:00:00Z,\n"
    )
    catalog = write_catalog(tmp_path / "catalog", prices=second)
    (finding,) = _only(audit_month(warehouse, catalog, OCTOBER), "unpriced_usage")
    assert "two_prices (p_son_in, p_again)" in finding.message


def test_a_missing_exchange_rate_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    header = CATALOG["exchange_rates"].strip().splitlines()[0]
    catalog = write_catalog(tmp_path / "catalog", exchange_rates=header)
    findings = _only(audit_month(warehouse, catalog, OCTOBER), "unpriced_usage")
    assert {finding.organization_id for finding in findings} == {"org_berlin"}
    assert all(
        "no_exchange_rate (USD to EUR of ecb on 2026-10-31)" in row.message for row in findings
    )


def test_usage_outside_every_contract_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    ended = CATALOG["contracts"].replace(
        "c_kolkata,org_kolkata,answered,ecb,2026-01-01,",
        "c_kolkata,org_kolkata,answered,ecb,2026-01-01,2026-10-01",
    )
    catalog = write_catalog(tmp_path / "catalog", contracts=ended)
    (finding,) = _only(audit_month(warehouse, catalog, OCTOBER), "unpriced_usage")
    assert "no_contract" in finding.message


def test_a_country_without_a_tax_rate_blocks_only_its_organizations(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    ended = CATALOG["tax_rates"].replace("2021-01-01,\n", "2021-01-01,2026-10-31\n")
    catalog = write_catalog(tmp_path / "catalog", tax_rates=ended)
    findings = audit_month(warehouse, catalog, OCTOBER)
    named = {row.organization_id for row in _only(findings, "tax")}
    assert named == {"org_berlin", "org_plan"}
    assert "org_kolkata" not in {row.organization_id for row in findings}


def test_a_usage_key_that_hides_billable_usage_is_found(
    warehouse: Warehouse, catalog: Path
) -> None:
    warehouse.execute("""
        update intermediate.dim_usage_key set not_billed_reason = 'byok' where usage_key_id = 3
    """)
    (finding,) = _only(audit_month(warehouse, catalog, OCTOBER), "usage_keys")
    assert finding.organization_id == "org_kolkata"
    assert finding.actual == "'byok'"


def test_a_missing_catalog_file_is_refused_by_name(warehouse: Warehouse, catalog: Path) -> None:
    (catalog / "prices.csv").unlink()
    with pytest.raises(MeterbookError, match=r"prices\.csv is missing"):
        audit_month(warehouse, catalog, OCTOBER)
