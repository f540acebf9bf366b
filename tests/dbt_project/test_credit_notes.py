"""November's documents when October's usage is taken back after it was billed.

Berlin's 1,000,000 output tokens of claude at EUR 0.000012 fall away: 12.00, 10 % = 1.20, 20 % of
10.80 = 2.16, taxable 8.64, tax 1.64, given back 10.28. Late too are 5,000 of gpt, at 0.000001753086
= 0.00876543, and November itself has 1,000,000 in one request, so above 200,000, at 0.000003506173
= 3.506173: together 3.51, 10 % = 0.35, taxable 3.16, tax 0.60, total 3.76. Oslo, prepaid in USD, loses its 1,000,000 of claude at 0.000003: -3.00
on November's statement. Kolkata has nothing but 10,000 of claude taken back: 0.15.
"""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.customers import NOVEMBER, OCTOBER
from tests.dbt_project.usage_rows import LATE_FILE
from tests.dbt_project.warehouse import built, insert, open_november, read

D = Decimal
TAKEN_BACK = {
    "org_berlin": "2026-10-20 09:30:00",
    "org_oslo": "2026-10-05 00:00:00",
    "org_kolkata": "2026-10-10 18:29:59.999999",
}


def take_back(path: Path) -> None:
    """Let the second file reverse one request of each, as a newer version of its row does."""
    with duckdb.connect(str(path)) as connection:
        for number, (organization, at) in enumerate(TAKEN_BACK.items(), start=500):
            connection.execute(
                f"""insert into raw.accepted_event by name
                select * replace (
                    true as is_reversal, {LATE_FILE} as ingest_sequence, {number} as line_number
                ) from raw.accepted_event
                where (ingest_sequence, line_number) in (
                    select (ingest_sequence, line_number) from raw.usage_event
                    where organization_id = ? and completed_at = ? and ingest_sequence = 1
                )""",
                [organization, at],
            )
            for payer in ("contract", "balance"):
                row = {"organization_id": organization, "payer": payer, "service_month": OCTOBER}
                billed = {"billing_month": NOVEMBER, "corrects_month": OCTOBER, "number": "INV-1"}
                billed |= {"notes": 0}
                insert(connection, "books.corrected_document", [row | billed])


@pytest.fixture(scope="module")
def november(october: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notes") / october.name
    path.write_bytes(october.read_bytes())
    open_november(path)
    take_back(path)
    built(path, "--exclude-resource-type", "unit_test", month=NOVEMBER)
    return path


def totals(path: Path) -> list[tuple[object, ...]]:
    return read(
        path,
        """select organization_id, payment_mode, corrects_month::varchar, subtotal_amount,
        discount_amount, tax_amount, total_amount, amount_due
        from finance.fct_invoices where billing_month = '2026-11-01' and payment_mode <>
        'subscription' and organization_id <> 'org_gap' order by all""",
    )


def test_what_falls_and_what_rises_are_two_documents(november: Path) -> None:
    assert totals(november) == [
        ("org_berlin", "enterprise", "2026-10-01", D(12), D("3.36"), D("1.64"), D("10.28"), D("10.28")),
        ("org_berlin", "enterprise", "2026-11-01", D("3.51"), D("0.35"), D("0.60"), D("3.76"), D("3.76")),
        ("org_kolkata", "enterprise", "2026-10-01", D("0.15"), D(0), D(0), D("0.15"), D("0.15")),
        ("org_oslo", "prepaid", "2026-11-01", D("-3.00"), D(0), D(0), D("-3.00"), D(0)),
    ]  # fmt: skip


def test_a_notes_lines_are_positive_and_charges_stay_below_zero(november: Path) -> None:
    lines = read(
        november,
        """select organization_id, quantity, exact_amount, line_amount
        from finance.fct_invoice_lines where corrects_month < billing_month order by all""",
    )
    assert lines == [
        ("org_berlin", 1000000, D(12), D(12)),
        ("org_kolkata", 10000, D("0.15"), D("0.15")),
    ]
    charges = read(
        november,
        """select organization_id, quantity, net_amount from intermediate.int_rating__charges
        where billing_month = '2026-11-01' and quantity < 0 order by all""",
    )
    assert charges == [
        ("org_berlin", -1000000, D("-8.64")),
        ("org_kolkata", -10000, D("-0.15")),
        ("org_oslo", -1000000, D("-3")),
    ]


def test_the_balance_gets_back_what_it_lost(november: Path) -> None:
    entries = read(
        november,
        """select entry_kind, amount from finance.fct_prepaid_entries
        where organization_id = 'org_oslo' and billing_month = '2026-11-01'
        and entry_kind = 'consumption'""",
    )
    assert entries == [("consumption", D("3.00"))]


def test_every_meter_balances_below_zero_too(november: Path) -> None:
    rows = read(
        november,
        """select organization_id, billed, rated, invoiced, is_balanced
        from finance.reconciliation where billing_month = '2026-11-01'
        and meter = 'output_visible' and billed <> 0 order by all""",
    )
    assert [row[:4] for row in rows] == [
        ("org_berlin", -1000000, -1000000, -1000000),
        ("org_kolkata", -10000, -10000, -10000),
    ]


def test_october_is_as_it_was_closed(october: Path, november: Path) -> None:
    query = "select * from finance.fct_invoices where billing_month = '2026-10-01' order by all"
    assert read(november, query) == read(october, query)
