"""Credits and balances from the marts to the books.

org_aurora's October: 15.01 less 10 % = 1.50 less a coupon of 3.51 is 10.00, tax 1.90, total 11.90;
a balance pays 5.00 of it and 6.90 are due. Of the coupon of 20.00 earlier months had used 4.00.
"""

import json
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from billing.books import Books
from billing.books.credit_uses import CreditUsed
from billing.errors import BooksError
from billing.invoicing.drafts import DraftDocument, draft_documents
from billing.invoicing.snapshot import write_snapshot
from billing.invoicing.watermarks import plan_watermarks
from tests.billing.invoicing.marts_of_october import insert
from tests.billing.invoicing.run import OCTOBER, ORGANIZATIONS, finalize_october

Warehouse = duckdb.DuckDBPyConnection
DOCUMENT = {
    "organization_id": "org_aurora",
    "billing_month": "2026-10-01",
    "payment_mode": "enterprise",
    "corrects_month": "2026-10-01",
}


@pytest.fixture
def credited(warehouse: Warehouse) -> Warehouse:
    """The small October with a coupon and a payment from a balance."""
    insert(
        warehouse,
        "finance.fct_invoice_discounts",
        **DOCUMENT,
        allowance_number=2,
        discount_kind="coupon",
        discount_name="Welcome",
        discount_pct="0",
        tax_category="S",
        tax_rate="0.19",
        base_amount="13.51",
        discount_amount="3.51",
    )
    where = "where organization_id = 'org_aurora'"
    sums = "discount_amount = 5.01, taxable_amount = 10.00, tax_amount = 1.90"
    warehouse.execute(f"update finance.fct_invoice_taxes set {sums} {where}")
    warehouse.execute(
        f"update finance.fct_invoices set {sums}, total_amount = 11.90, amount_due = 6.90 {where}"
    )
    use(warehouse, 1, ("coupon", "welcome", "Welcome"), ("20.00", "16.00", "3.51", "12.49"))
    use(warehouse, 2, ("purchased", "paid", "Prepaid"), ("5.00", "5.00", "5.00", "0.00"))
    return warehouse


def use(
    connection: Warehouse, number: int, what: tuple[str, str, str], amounts: tuple[str, ...]
) -> None:
    kind, credit_id, name = what
    names = ("granted_amount", "available_amount", "used_amount", "left_amount")
    insert(
        connection,
        "finance.fct_credit_uses",
        **DOCUMENT,
        use_number=number,
        credit_id=credit_id,
        credit_kind=kind,
        credit_name=name,
        repeats="once",
        grant_month="2026-08-01",
        valid_to_date="2027-01-01" if kind == "purchased" else "9999-12-31",
        **dict(zip(names, amounts, strict=True)),
    )


def aurora(connection: Warehouse) -> DraftDocument:
    drafts = draft_documents(connection, OCTOBER)
    return next(draft for draft in drafts if draft.organization_id == "org_aurora")


def test_a_draft_shows_what_was_there_used_and_left(credited: Warehouse) -> None:
    data = aurora(credited).data
    shown = [(row["kind"], row["available"], row["used"], row["left"]) for row in data["credits"]]
    assert shown == [
        ("coupon", Decimal("16.00"), Decimal("3.51"), Decimal("12.49")),
        ("purchased", Decimal("5.00"), Decimal("5.00"), Decimal("0.00")),
    ]
    assert [row["last_day"] for row in data["credits"]] == [None, date(2026, 12, 31)]
    assert (data["totals"]["prepaid"], data["totals"]["amount_due"]) == (
        Decimal("5.00"),
        Decimal("6.90"),
    )


def test_finalizing_posts_what_each_document_used(books: Books, credited: Warehouse) -> None:
    finalize_october(books, connection=credited)
    granted = date(2026, 8, 1)
    assert books.credits_used(OCTOBER) == []
    assert books.credits_used(OCTOBER.next) == [
        CreditUsed("org_aurora", "paid", granted, Decimal("5.00"), Decimal("5.00")),
        CreditUsed("org_aurora", "welcome", granted, Decimal("20.00"), Decimal("3.51")),
    ]
    nets = [(row.organization_id, row.net) for row in books.billed_nets(OCTOBER.next)]
    assert nets == [("org_aurora", Decimal("10.00"))]
    (document, _) = books.documents(OCTOBER, "org_aurora")[0]
    assert (document.prepaid_minor, document.amount_due_minor) == (500, 690)


def test_a_month_starts_from_what_the_one_before_used(books: Books, credited: Warehouse) -> None:
    finalize_october(books, connection=credited.cursor())
    for month, used in ((OCTOBER, []), (OCTOBER.next, [("paid", "5.000"), ("welcome", "3.510")])):
        plan = plan_watermarks(books, month, ORGANIZATIONS, 3, use_drafts=False)
        write_snapshot(credited, books, plan)
        rows = credited.execute(
            "select credit_id, used_amount::varchar from books.credit_used order by credit_id"
        ).fetchall()
        assert rows == used


@pytest.mark.parametrize(
    "spoil",
    [
        "update finance.fct_credit_uses set used_amount = 3.50 where credit_id = 'welcome'",
        "delete from finance.fct_credit_uses where credit_id = 'paid'",
    ],
)
def test_a_document_that_shows_other_uses_is_refused(
    books: Books, credited: Warehouse, spoil: str
) -> None:
    credited.execute(spoil)
    with pytest.raises(BooksError, match=r"use of (credits|balances) is"):
        finalize_october(books, connection=credited, organizations=["org_aurora"])
    assert books.finalized() == {}


def test_more_than_was_granted_is_refused_by_the_books(books: Books, credited: Warehouse) -> None:
    credited.execute(
        "update finance.fct_credit_uses set granted_amount = 3.50 where credit_id = 'welcome'"
    )
    with pytest.raises(BooksError, match=r"credit_use_granted|than was granted"):
        finalize_october(books, connection=credited, organizations=["org_aurora"])


def test_an_invoice_that_balances_pay_in_full_is_settled(books: Books, credited: Warehouse) -> None:
    credited.execute(
        "update finance.fct_invoices set amount_due = 0 where organization_id = 'org_aurora'"
    )
    credited.execute(
        "update finance.fct_credit_uses set granted_amount = 50, available_amount = 11.90, "
        "used_amount = 11.90 where credit_id = 'paid'"
    )
    finalize_october(books, connection=credited, organizations=["org_aurora"])
    frozen = json.loads(books.document("INV-2026-000001").frozen)
    assert frozen["status"] == "settled"


def test_the_cost_report_spreads_a_coupon_over_what_percentages_left(credited: Warehouse) -> None:
    """One model was billed: 15.01 contracted, 1.50 + 3.51 off, 10.00 left."""
    billed, idle = aurora(credited).cost_report["by_model"]
    assert (billed["discount_amount"], billed["net_amount"]) == (Decimal("5.01"), Decimal("10.00"))
    assert (idle["discount_amount"], idle["net_amount"]) == (Decimal(0), Decimal(0))


def test_what_a_minimum_asks_for_belongs_to_no_model(credited: Warehouse) -> None:
    """7.00 more: subtotal 22.01; the report shows it in a row of its own without a discount."""
    insert(
        credited,
        "finance.fct_invoice_lines",
        **DOCUMENT,
        line_number=3,
        line_kind="true_up",
        service_month="2026-10-01",
        period_first_date="2026-10-01",
        period_last_date="2026-10-31",
        model_id="",
        meter="",
        service_tier="",
        context_band=0,
        plan_id="",
        quantity=1,
        unit_price="7",
        base_quantity=1,
        exact_net_amount="7",
        line_amount="7.00",
        tax_category="S",
        tax_rate="0.19",
    )
    credited.execute(
        "update finance.fct_invoices set subtotal_amount = 22.01 "
        "where organization_id = 'org_aurora'"
    )
    draft = aurora(credited)
    assert [(row.get("kind"), row["amount"]) for row in draft.data["models"] if row["amount"]] == [
        (None, Decimal("15.01")),
        ("true_up", Decimal("7.00")),
    ]
    assert draft.data["lines"][-1]["description"] == "Minimum spend, difference"
    for view in ("by_model", "by_project"):
        last = draft.cost_report[view][-1]
        assert (last["net_amount"], last["discount_amount"]) == (Decimal("7.00"), Decimal(0))
