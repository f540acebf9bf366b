"""Credits and bounds over two months, and again from a warehouse that was deleted.

The cases and their arithmetic stand in tests/scenarios.
"""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.scenarios.cases import Case, deliver, write_catalog

pytestmark = pytest.mark.long

CASES = [
    Case("a_maximum_over_a_term_counts_what_was_billed"),
    Case("balances_pay_after_tax_soonest_expiry_first"),
    Case("minimum_spend_by_days_and_without_usage"),
]
AFTER = {"2026-10": "2026-11-05T06:00:00Z", "2026-11": "2026-12-05T06:00:00Z"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October and November finalized, one after the other."""
    home = Installation(tmp_path_factory.mktemp("terms") / "home")
    write_catalog(home.root / "catalog", CASES, "2026-11")
    for month, now in AFTER.items():
        files = list(deliver(home.root / "delivered", CASES, month))
        home.must("ingest", *files, now=now)
        home.must("close", month, "--finalize", now=now)
    return home


def test_a_deleted_warehouse_leads_to_the_same_documents(
    closed: Installation, tmp_path: Path
) -> None:
    """November starts from the books: what October used is not in any file."""
    home = closed.copy(tmp_path / "home")
    shutil.rmtree(home.warehouse.parent)
    shutil.rmtree(home.root / "documents")
    now = AFTER["2026-11"]
    home.must("ingest", *sorted((home.root / "delivered").glob("*.csv")), now=now)
    again = home.must("close", "2026-11", "--finalize", "--json", now=now).json
    assert again["blocked"] == []
    rebuilt = home.documents()
    assert sum(name.endswith("invoice.json") for name in rebuilt) == len(CASES)
    assert rebuilt.items() <= closed.documents().items()


def test_the_marts_say_where_a_commitment_and_a_balance_stand(closed: Installation) -> None:
    """In November 300.00 of 500.00 were billed before; 31.00 and 20.00 pay 51.00 of 59.50."""
    with duckdb.connect(str(closed.warehouse), read_only=True) as connection:
        terms = connection.sql(
            """select committed_amount::varchar, billed_before_amount::varchar,
            net_amount::varchar from finance.fct_spend_terms
            where spend_term_id = 'st_cap' and billing_month = '2026-11-01'"""
        ).fetchall()
        uses = connection.sql(
            """select credit_id, available_amount::varchar, used_amount::varchar
            from finance.fct_credit_uses
            where organization_id = 'org_balances' and billing_month = '2026-11-01'
            order by use_number"""
        ).fetchall()
    assert terms == [("500.000", "300.000", "200.000")]
    assert uses == [("cr_year", "31.000", "31.000"), ("cr_reserve", "20.000", "20.000")]


def test_explain_names_the_rows_behind_allowances_payments_and_true_ups(
    closed: Installation,
) -> None:
    numbers = {
        (each["organization_id"], each["billing_month"]): each["number"]
        for each in closed.must("invoices", "--json").json["invoices"]
    }
    capped = closed.must("explain", numbers["org_cap", "2026-11"]).out
    assert "maximum, st_cap" in capped
    assert "300 billed in earlier months" in capped
    paid = closed.must("explain", numbers["org_balances", "2026-11"], "--json").json
    assert [row["credit_id"] for row in paid["credits"]] == ["cr_year", "cr_reserve"]
    least = closed.must("explain", numbers["org_minimum", "2026-10"]).out
    assert "310 x 15 of 31 days = 150" in least
    assert "below its minimum spend" in least


def test_the_electronic_invoice_names_what_was_paid_before(closed: Installation) -> None:
    folder = closed.root / "documents"
    found = [
        path.with_name("invoice.xml").read_text()
        for path in folder.rglob("invoice.json")
        if (document := json.loads(path.read_text()))["buyer"]["party_id"] == "org_balances"
        and document["billing_month"] == "2026-11"
    ]
    (xml,) = found
    assert '<cbc:PrepaidAmount currencyID="EUR">51.00</cbc:PrepaidAmount>' in xml
    assert '<cbc:PayableAmount currencyID="EUR">8.50</cbc:PayableAmount>' in xml
