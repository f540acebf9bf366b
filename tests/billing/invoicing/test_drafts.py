"""A draft says what the marts say, in the fields of the document."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import BooksError
from billing.invoicing.amounts import exact, trimmed
from billing.invoicing.drafts import DraftDocument, draft_documents
from billing.invoicing.spreading import spread
from invoice_render.document import Document
from invoice_render.report import CostReport, UsageReport
from tests.billing.invoicing.run import OCTOBER


@pytest.fixture
def drafts(warehouse: duckdb.DuckDBPyConnection) -> dict[str, DraftDocument]:
    return {draft.payment_mode: draft for draft in draft_documents(warehouse, OCTOBER)}


def test_every_draft_fits_the_frozen_models(drafts: dict[str, DraftDocument]) -> None:
    assert sorted(drafts) == ["enterprise", "prepaid", "subscription"]
    for draft in drafts.values():
        Document(**draft.data)
        UsageReport(**draft.usage_report)
        CostReport(**draft.cost_report)


def test_a_line_is_priced_per_million_tokens(drafts: dict[str, DraftDocument]) -> None:
    line = drafts["enterprise"].data["lines"][0]
    assert line["description"] == "GPT-5, input tokens"
    assert (f"{line['unit_price']:f}", line["base_quantity"]) == ("1.25", 1_000_000)
    assert (line["quantity"], line["amount"]) == (8_004_000, Decimal("10.01"))


def test_the_models_add_up_to_the_subtotal_and_idle_ones_cost_nothing(
    drafts: dict[str, DraftDocument],
) -> None:
    models = [
        (each["display_name"], each["amount"]) for each in drafts["enterprise"].data["models"]
    ]
    assert models == [("GPT-5", Decimal("15.01")), ("GPT-4.1", Decimal("0.00"))]


def test_the_summary_counts_requests_not_billed_by_reason(
    drafts: dict[str, DraftDocument],
) -> None:
    summary = drafts["enterprise"].data["summary"]
    assert (summary["requests"], summary["requests_billed"]) == (12, 10)
    assert summary["not_billed"] == [{"meter": "rate_limited", "quantity": 2}]
    assert summary["meters"] == [
        {"meter": "input_uncached", "quantity": 8_004_000},
        {"meter": "output_visible", "quantity": 500_000},
    ]


def test_the_exchange_rate_is_shown_where_prices_were_converted(
    drafts: dict[str, DraftDocument],
) -> None:
    exchange = drafts["enterprise"].data["exchange"]
    assert (exchange["base_currency"], exchange["quote_currency"]) == ("USD", "EUR")
    assert f"{exchange['rate']:f}" == "0.86"
    assert drafts["prepaid"].data["exchange"] is None


def test_a_daily_rate_is_shown_by_its_last_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("""
        insert into catalog.exchange_terms select distinct contract_id, 'daily'
        from intermediate.int_rating__charges;
        insert into intermediate.int_rating__charges
        select * replace (0.87 as exchange_rate, date '2026-10-31' as exchange_rate_date)
        from intermediate.int_rating__charges
    """)
    drafts = {draft.payment_mode: draft.data for draft in draft_documents(warehouse, OCTOBER)}
    exchange = drafts["enterprise"]["exchange"]
    assert (exchange["date_rule"], f"{exchange['rate']:f}") == ("daily", "0.87")
    Document(**drafts["enterprise"])


@pytest.mark.parametrize("inserted", ["daily", "other"])
def test_of_both_date_rules_on_one_day_the_daily_one_is_named(
    warehouse: duckdb.DuckDBPyConnection, inserted: str
) -> None:
    """Two contracts of one month, in either order of their rows."""
    warehouse.execute(f"""
        insert into catalog.exchange_terms values ('daily', 'daily');
        create temp table charge as from intermediate.int_rating__charges;
        update intermediate.int_rating__charges set contract_id = '{inserted}';
        insert into intermediate.int_rating__charges
        select * replace ('{"other" if inserted == "daily" else "daily"}' as contract_id)
        from charge
    """)
    drafts = {draft.payment_mode: draft.data for draft in draft_documents(warehouse, OCTOBER)}
    assert drafts["enterprise"]["exchange"]["date_rule"] == "daily"


@pytest.mark.parametrize(
    ("mode", "category", "is_shown"),
    [
        ("enterprise", "S", True),
        ("enterprise", "O", False),
        ("prepaid", "S", True),
        ("prepaid", "O", False),
    ],
)
def test_the_sellers_accounts_are_shown_where_tax_is(
    warehouse: duckdb.DuckDBPyConnection,
    mode: str,
    category: str,
    is_shown: bool,
) -> None:
    """Two tax groups of 10.00 + 1.90 and 5.00 + 0.35 make 15.00 + 2.25 = 17.25."""
    for rate, amounts in (("0.19", (10, "1.90", "11.90")), ("0.07", (5, "0.35", "5.35"))):
        warehouse.execute(
            "insert into finance.fct_invoice_accounting select organization_id, billing_month, "
            "payment_mode, corrects_month, ?, ?, 'EUR', 'USD', 2, 1.125, '2026-10-30', 'ecb', ?, ?, ? "
            "from finance.fct_invoices where payment_mode = ?",
            [category, rate, *amounts, mode],
        )
    drafts = {draft.payment_mode: draft.data for draft in draft_documents(warehouse, OCTOBER)}
    accounting = drafts[mode]["accounting"]
    assert (accounting is not None) == is_shown
    if accounting is not None:
        sums = [f"{accounting[name]:f}" for name in ("net", "tax", "total", "rate")]
        assert sums == ["15.00", "2.25", "17.25", "1.125"]
        assert str(Document(**drafts[mode]).accounting.tax) == "2.25"  # type: ignore[union-attr]


def test_a_statement_is_paid_from_the_balance_and_adds_up(
    drafts: dict[str, DraftDocument],
) -> None:
    data = drafts["prepaid"].data
    assert data["kind"] == "statement"
    assert (data["totals"]["prepaid"], data["totals"]["amount_due"]) == (Decimal("15.01"), 0)
    balance = data["balance"]
    amounts = [entry["amount"] for entry in balance["entries"]]
    assert balance["opening"] + sum(amounts) == balance["closing"] == Decimal("134.99")


def test_days_of_a_statement_are_the_customers(drafts: dict[str, DraftDocument]) -> None:
    days = [
        (entry["kind"], str(entry["day"])) for entry in drafts["prepaid"].data["balance"]["entries"]
    ]
    assert days == [("top_up", "2026-10-03"), ("consumption", "2026-10-31")]


def test_a_plan_fee_is_a_line_and_its_usage_costs_nothing(
    drafts: dict[str, DraftDocument],
) -> None:
    data = drafts["subscription"].data
    assert [line["description"] for line in data["lines"]] == ["Studio plan, monthly fee"]
    models = {each["display_name"]: each for each in data["models"]}
    assert models["Studio"]["amount"] == Decimal("99.00")
    assert (models["GPT-5"]["amount"], models["GPT-5"]["requests"]) == (0, 4)
    assert data["exchange"] is None


def test_a_cost_report_adds_up_to_its_document(drafts: dict[str, DraftDocument]) -> None:
    for draft in drafts.values():
        report, totals = draft.cost_report, draft.data["totals"]
        assert report["total"]["contracted_amount"] == totals["subtotal"]
        assert report["total"]["discount_amount"] == totals["discount"]
        for name in ("list_amount", "contracted_amount", "discount_amount", "net_amount"):
            for rows in (report["by_model"], report["by_project"]):
                assert sum(row[name] for row in rows) == report["total"][name]


def test_a_usage_report_holds_no_amount(drafts: dict[str, DraftDocument]) -> None:
    report = drafts["enterprise"].usage_report
    assert [row["label"] for row in report["by_key"]] == ["CI (sk-1***)"]
    assert [row["label"] for row in report["by_day"]] == ["2026-10-05"]
    assert "amount" not in str(report)


def test_an_amount_that_is_not_rounded_is_refused(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("update finance.fct_invoices set tax_amount = 2.571")
    with pytest.raises(BooksError, match=r"2\.571 is not rounded to 2 decimals"):
        draft_documents(warehouse, OCTOBER)


@pytest.mark.parametrize(
    ("number", "digits", "written"),
    [
        ("1.250000000000", 2, "1.25"),
        ("10.000000", 2, "10.00"),
        ("0.000000", 0, "0"),
        ("190.000", 0, "190"),
        ("0.000030000000", 2, "0.00003"),
    ],
)
def test_prices_are_written_plainly(number: str, digits: int, written: str) -> None:
    assert format(trimmed(Decimal(number), digits), "f") == written


def test_whole_yen_have_no_decimals() -> None:
    assert format(exact(Decimal("1234.000"), 0), "f") == "1234"


@given(
    total=st.integers(0, 10**15),
    weights=st.lists(st.decimals(0, 10**9, places=12), max_size=8),
)
def test_spread_parts_add_up_and_stay_next_to_their_share(
    total: int, weights: list[Decimal]
) -> None:
    amount = Decimal(total).scaleb(-2)
    parts = spread(amount, weights, 2)
    assert sum(parts) == (amount if weights else 0)
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        if whole:
            units, share = int(part.scaleb(2)), total * int(weight.scaleb(12))
            assert abs(units * int(whole.scaleb(12)) - share) < int(whole.scaleb(12))
