"""Facts about invoices of top-ups and their credit notes, as the second engine computes them.

org_kolkata is five and a half hours ahead: its 5 October begins at 18:30 UTC on the 4th. The tax
is 19 % up to that day and 10 % from it.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit import audited_balances as audited
from billing.audit.audited_table import Row
from billing.audit.books_snapshot import Snapshot, TopUpLeft
from billing.audit.catalog_files import read_catalog_files
from billing.audit.expected import Expected
from billing.audit.recompute import audit_month
from billing.audit.top_up_documents import TopUpBook
from billing.errors import MeterbookError
from billing.periods import BillingMonth
from tests.billing.audit.catalog_folder import CATALOG, write_catalog

WHO = "org_kolkata"
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
PROFILES = CATALOG["billing_profiles"].replace("Kolkata,statement", "Kolkata,de_standard")
RATES = """
country,category,tax_rate,valid_from_date,valid_to_date
DE,S,0.19,2021-01-01,2026-10-05
DE,S,0.10,2026-10-05,
"""
TOP_UPS = """
top_up_id,organization_id,occurred_at,amount,kind
last,org_kolkata,2026-10-04T18:29:59Z,33.33,purchased
first,org_kolkata,2026-10-04T18:30:00Z,33.33,purchased
gift,org_kolkata,2026-10-04T18:30:00Z,5.00,promotional
other,org_kolkata,2026-10-06T00:00:00Z,8.00,purchased
"""
FIRST_AT = datetime(2026, 10, 4, 18, 30, tzinfo=UTC).replace(tzinfo=None)
LAST_AT = FIRST_AT - timedelta(seconds=1)
Amounts = tuple[str, ...]


def computed(
    folder: Path, snapshot: Snapshot, refunded: dict[str, str], **files: str
) -> dict[Row, Amounts]:
    """Rate, net, tax and what is due of each document, by kind and top-up, in its place."""
    texts = {"billing_profiles": PROFILES, "tax_rates": RATES, "top_ups": TOP_UPS, **files}
    catalog = read_catalog_files(write_catalog(folder, **texts))
    expected = Expected()
    back = {lot: Decimal(amount) for lot, amount in refunded.items()}
    TopUpBook(catalog, NOVEMBER, snapshot).expect(expected, catalog.profiles[WHO], back)
    found = expected.take(audited.TOP_UPS)
    rows = sorted((row[0][0], key[1:], row[0]) for key, row in found.items())
    return {key: (str(row[4]), *(str(row[i]) for i in (5, 6, 8))) for _, key, row in rows}


def due(*names: str) -> set[tuple[str, str]]:
    return {(WHO, name) for name in names}


def test_a_top_up_has_the_tax_of_its_local_day(tmp_path: Path) -> None:
    """33.33 at 19 % is 6.3327, so 6.33; at 10 % 3.333, so 3.33. Only what is due is invoiced."""
    found = computed(tmp_path, Snapshot(due=due("last", "first", "gift")), {})
    assert found == {
        ("top_up_invoice", "last"): ("0.19", "33.33", "6.33", "0"),
        ("top_up_invoice", "first"): ("0.10", "33.33", "3.33", "0"),
    }


def test_a_refund_lowers_the_tax_of_the_invoices_of_its_lots(tmp_path: Path) -> None:
    """Of last 3.00 are left with 0.58 tax; 2.97 stay, 0.5643, so 0.56: the note has 0.02."""
    left = [
        TopUpLeft("last", LAST_AT, OCTOBER, "S", Decimal("0.19"), Decimal("3.00"), Decimal("0.58"))
    ]
    snapshot = Snapshot(due=due("other"), top_ups={WHO: left})
    found = computed(tmp_path, snapshot, {"last": "0.03", "other": "8.00", "transfer": "7.00"})
    assert found == {
        ("top_up_invoice", "other"): ("0.10", "8.00", "0.80", "0"),
        ("credit_note", "last"): ("0.19", "0.03", "0.02", "0.05"),
        ("credit_note", "other"): ("0.10", "8.00", "0.80", "8.80"),
    }


def test_what_no_lot_held_comes_from_the_oldest_with_anything_left(tmp_path: Path) -> None:
    """4.00 beyond all lots: 3.00 are left of last, and 1.00 comes from first."""
    tax = ("S", Decimal("0.19"))
    left = [
        TopUpLeft("first", FIRST_AT, OCTOBER, *tax, Decimal("2.00"), Decimal("0.38")),
        TopUpLeft("last", LAST_AT, OCTOBER, *tax, Decimal("3.00"), Decimal("0.57")),
    ]
    found = computed(tmp_path, Snapshot(top_ups={WHO: left}), {"": "4.00"})
    assert found == {
        ("credit_note", "last"): ("0.19", "3.00", "0.57", "3.57"),
        ("credit_note", "first"): ("0.19", "1.00", "0.19", "1.19"),
    }
    more = computed(tmp_path, Snapshot(top_ups={WHO: left}), {"": "40.00", "last": "9.00"})
    assert more[("credit_note", "last")] == ("0.19", "3.00", "0.57", "3.57")
    assert more[("credit_note", "first")] == ("0.19", "2.00", "0.38", "2.38")


@pytest.mark.parametrize(
    "rows",
    [
        "top_up_id,organization_id,occurred_at,amount,kind\n",
        TOP_UPS.replace("last,org_kolkata", "last,org_aurora"),
        TOP_UPS.replace("29Z,33.33,purchased", "29Z,33.33,promotional"),
        TOP_UPS.replace("2026-10-04T18:29:59Z,33.33", "2026-10-09T00:00:00Z,1.00"),
    ],
)
def test_a_refund_gives_back_from_what_was_invoiced_whatever_the_catalog_says(
    tmp_path: Path, rows: str
) -> None:
    """One is gone, another's, a gift, or of another day and amount: the books have it all."""
    left = [
        TopUpLeft("first", FIRST_AT, OCTOBER, "S", Decimal("0.10"), Decimal(2), Decimal("0.20")),
        TopUpLeft("last", LAST_AT, OCTOBER, "S", Decimal("0.19"), Decimal(3), Decimal("0.57")),
    ]
    found = computed(tmp_path, Snapshot(top_ups={WHO: left}), {"": "4.00"}, top_ups=rows)
    assert found == {
        ("credit_note", "last"): ("0.19", "3.00", "0.57", "3.57"),
        ("credit_note", "first"): ("0.10", "1.00", "0.10", "1.10"),
    }


def test_a_day_without_a_tax_rate_is_named(tmp_path: Path) -> None:
    """Others of its customer are expected all the same, so that nothing else seems wrong."""
    rates = RATES.replace("2021-01-01", "2026-10-05", 1).replace("2026-10-05,\n", "2026-10-06,\n")
    named = (
        r"^top-up last was paid on 2026-10-04, and DE has 0 tax rates of category S on 2026-10-04, "
        r"not one\. Enter the rate of that day in tax_rates\.csv; .* in invoiced_as"
    )
    catalog = read_catalog_files(
        write_catalog(tmp_path, billing_profiles=PROFILES, tax_rates=rates, top_ups=TOP_UPS)
    )
    book = TopUpBook(catalog, NOVEMBER, Snapshot(due=due("last", "other")))
    expected = Expected()
    with pytest.raises(MeterbookError, match=named):
        book.expect(expected, catalog.profiles[WHO], {})
    assert list(expected.take(audited.TOP_UPS)) == [(WHO, "top_up_invoice", "other")]


ROW = """
insert into finance.fct_top_up_documents by name
select 'org_kolkata' as organization_id, date '2026-10-01' as billing_month,
    'top_up_invoice' as document_kind, 'top_1' as top_up_id, 1 as document_place,
    date '2026-10-01' as corrects_month, date '2026-10-05' as top_up_date, 'S' as tax_category,
    0.19 as tax_rate, 10.00 as net_amount, 1.90 as tax_amount, 11.90 as total_amount,
    0 as amount_due, 'USD' as currency, 2 as minor_digits
"""


@pytest.mark.parametrize(
    "change",
    [
        "tax_amount = 1.91",
        "net_amount = 10.01",
        "tax_rate = 0.16",
        "amount_due = 11.90",
        "top_up_date = date '2026-10-04'",
        "top_up_id = 'top_2'",
    ],
)
def test_another_amount_blocks_the_organization(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, change: str
) -> None:
    catalog = write_catalog(tmp_path / "catalog", billing_profiles=PROFILES)
    warehouse.execute("insert into books.top_up_due values ('org_kolkata', '2026-10-01', 'top_1')")
    warehouse.execute(ROW)
    assert audit_month(warehouse, catalog, BillingMonth(2026, 10)) == []
    warehouse.execute(f"update finance.fct_top_up_documents set {change}")
    findings = audit_month(warehouse, catalog, BillingMonth(2026, 10))
    assert {(each.organization_id, each.check_name) for each in findings} == {
        (WHO, "recomputed_top_up_documents")
    }
