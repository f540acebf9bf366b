"""Facts about the second engine's own view of what is billed, by outcome and by contract.

The usage of org_kolkata completed in the first quarter hour of its October: 18:30 UTC the day
before, which is 1 October in Asia/Kolkata.
"""

from pathlib import Path

import duckdb
import pytest

from billing.audit.findings import Finding
from billing.audit.recompute import audit_month
from billing.periods import BillingMonth
from tests.billing.audit.catalog_folder import CATALOG, write_catalog

OCTOBER = BillingMonth(2026, 10)
Warehouse = duckdb.DuckDBPyConnection
HEADER = "contract_id,outcome,is_billed,not_billed_reason\n"
IN_OCTOBER = CATALOG["contracts"].replace(
    "c_kolkata,org_kolkata,answered,ecb,2026-01-01,",
    "c_kolkata,org_kolkata,answered,ecb,2026-01-01,2026-10-01\n"
    "c_kolkata_new,org_kolkata,answered,ecb,2026-10-01,",
)


def _findings(warehouse: Warehouse, folder: Path, *rules: str) -> list[Finding]:
    write_catalog(folder, contracts=IN_OCTOBER, contract_outcome_rules=HEADER + "\n".join(rules))
    found = audit_month(warehouse, folder, OCTOBER)
    return [finding for finding in found if finding.check_name == "usage_keys"]


def _key(warehouse: Warehouse, number: int, values: str) -> None:
    warehouse.execute(
        f"update intermediate.dim_usage_key set {values} where usage_key_id = {number}"
    )


def test_a_contract_that_ended_before_the_usage_says_nothing(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    assert _findings(warehouse, tmp_path, "c_kolkata,success,false,goodwill") == []


def test_a_rule_of_the_contract_in_force_is_missed_by_name(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    (finding,) = _findings(warehouse, tmp_path, "c_kolkata_new,success,false,goodwill")
    assert (finding.organization_id, finding.expected, finding.actual) == (
        "org_kolkata",
        "'goodwill'",
        "''",
    )


def test_what_the_contract_bills_may_not_be_hidden(warehouse: Warehouse, tmp_path: Path) -> None:
    hidden = "outcome = 'upstream_error', not_billed_reason = 'upstream_error'"
    _key(warehouse, 3, hidden)
    assert _findings(warehouse, tmp_path) == []
    (finding,) = _findings(warehouse, tmp_path, "c_kolkata_new,upstream_error,true,")
    assert (finding.expected, finding.actual) == ("'' or 'key_not_valid'", "'upstream_error'")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), "byok"),
        (("c_kolkata_new,byok,true,",), ""),
        (("c_kolkata_new,byok,false,own_key",), "own_key"),
        (("c_kolkata,byok,true,", "c_berlin,byok,true,"), "byok"),
        (("c_kolkata_new,byok,true,", "c_kolkata_new,success,false,goodwill"), "goodwill"),
    ],
)
def test_requests_with_an_own_key_are_billed_where_the_contract_says_so(
    warehouse: Warehouse, tmp_path: Path, rules: tuple[str, ...], expected: str
) -> None:
    _key(warehouse, 3, f"is_byok = true, not_billed_reason = '{expected}'")
    assert _findings(warehouse, tmp_path, *rules) == []
    _key(warehouse, 3, "not_billed_reason = 'another'")
    (finding,) = _findings(warehouse, tmp_path, *rules)
    assert repr(expected) in finding.expected.split(" or ")


def test_what_a_contract_bills_is_included_in_a_subscription_all_the_same(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    _key(warehouse, 4, "outcome = 'upstream_error'")
    assert _findings(warehouse, tmp_path, "c_plan,upstream_error,true,") == []


def test_usage_that_one_key_has_under_two_contracts_must_suit_both(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A usage key is of one contract; one that is not would hide which rules it follows."""
    warehouse.execute("""
        update intermediate.dim_usage_key set not_billed_reason = 'goodwill' where usage_key_id = 3;
        insert into intermediate.int_usage__quarter_hours (usage_key_id, quarter_hour, requests)
        values (3, '2026-10-15 12:00', 1);
        insert into books.month_watermark values ('org_kolkata', '2026-09-01', 0);
        insert into intermediate.int_usage__quarter_hours (usage_key_id, quarter_hour, requests)
        values (3, '2026-09-15 12:00', 1)
    """)
    (finding,) = _findings(warehouse, tmp_path, "c_kolkata_new,success,false,goodwill")
    assert finding.expected == "'' or 'key_not_valid'"
