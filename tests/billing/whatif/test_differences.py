"""Old and new beside each other."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from billing.whatif.differences import differences
from billing.whatif.pairs import Pair

D = Decimal


@pytest.mark.parametrize(
    ("old", "new", "difference", "percent"),
    [
        ("80", "100", "20", "25.00"),
        ("3", "2", "-1", "-33.33"),
        ("800", "801", "1", "0.13"),  # 0.125 is rounded half up
        ("-10", "-5", "5", "50.00"),  # a credit that halves: more is owed
        ("0", "7", "7", None),
        ("0", "0", "0", None),
    ],
)
def test_percent_is_of_the_old_amount(
    old: str, new: str, difference: str, percent: str | None
) -> None:
    pair = Pair(D(old), D(new))
    assert pair.difference == D(difference)
    assert pair.percent == (None if percent is None else D(percent))


@pytest.fixture
def months(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Organization o pays 10 less 1 of discount in EUR; under the other catalog 12 in USD."""
    for database, currency, gross, off in (
        ("warehouse", "EUR", 10, 1),
        ("memory", "USD", 12, 0),
    ):
        of_month = f"'o' as organization_id, date '2026-10-01' as billing_month, '{currency}' "
        connection.execute(
            f"""
            create schema {database}.finance;
            create table {database}.finance.fct_invoices as
            select {of_month} as currency, 'enterprise' as payment_mode, date '2026-10-01' as corrects_month,
                {gross}::decimal(28, 3) as subtotal_amount,
                {gross - off}::decimal(28, 3) as taxable_amount,
                0::decimal(28, 3) as amount_due;
            create table {database}.finance.fct_invoice_lines as
            select {of_month} as currency, 'enterprise' as payment_mode, date '2026-10-01' as corrects_month,
                'usage' as line_kind,
                date '2026-10-01' as service_month, 'm' as model_id, 'image' as meter,
                'default' as service_tier, 0 as context_band, '' as plan_id,
                '' as subscription_id, 4::bigint as quantity,
                {gross}::decimal(38, 12) as exact_amount, {gross}::decimal(28, 3) as line_amount;
            create table {database}.intermediate.int_rating__charges as
            select {of_month} as currency, 'm' as model_id,
                {gross - off}::decimal(38, 12) as net_amount;
            create table {database}.intermediate.int_rating__unpriced as
            select {of_month} as currency, date '2026-10-01' as service_month, 'n' as model_id,
                'image' as meter, 'default' as service_tier, '' as region, 0 as context_band,
                'no_price' as problem, 2::bigint as quantity, 'no price row' as detail;
            """
        )
    connection.execute(
        """
        insert into finance.fct_invoice_lines
        select * replace ('plan_fee' as line_kind, '' as model_id, 'p' as plan_id, 5 as exact_amount)
        from finance.fct_invoice_lines
        """
    )
    return connection


def test_what_changes_currency_is_one_row_for_each(months: duckdb.DuckDBPyConnection) -> None:
    found = differences(months, date(2026, 10, 1), [], with_lines=True)
    documents = [(row.key["currency"], row.main.old, row.main.new) for row in found.documents]
    assert documents == [("EUR", D(9), D(0)), ("USD", D(0), D(12))]
    assert found.totals == {"EUR": Pair(D(9), D(0)), "USD": Pair(D(0), D(12))}
    assert [row.key["currency"] for row in found.lines] == ["USD", "EUR", "USD"]


def test_models_are_net_of_discounts_and_hold_fees_lines_are_not(
    months: duckdb.DuckDBPyConnection,
) -> None:
    found = differences(months, date(2026, 10, 1), [], with_lines=True)
    models = [(row.key["model_id"], row.main.old, row.main.new) for row in found.models]
    assert models == [("", D(0), D(5)), ("m", D(9), D(0)), ("m", D(0), D(12))]
    usage = [row.main for row in found.lines if row.key["line_kind"] == "usage"]
    assert usage == [Pair(D(10), D(0)), Pair(D(0), D(12))]


def test_unpriced_usage_is_named_with_whether_it_was_before(
    months: duckdb.DuckDBPyConnection,
) -> None:
    found = differences(months, date(2026, 10, 1), [], with_lines=False)
    assert [(row["model_id"], row["was_unpriced"]) for row in found.unpriced] == [("n", True)]
    months.execute("delete from warehouse.intermediate.int_rating__unpriced")
    found = differences(months, date(2026, 10, 1), [], with_lines=False)
    assert [(row["model_id"], row["was_unpriced"]) for row in found.unpriced] == [("n", False)]
    assert found.lines == ()


def test_only_the_asked_organizations_and_month(months: duckdb.DuckDBPyConnection) -> None:
    for month, chosen in ((date(2026, 10, 1), ["other"]), (date(2026, 11, 1), [])):
        found = differences(months, month, chosen, with_lines=True)
        assert (found.documents, found.models, found.lines, found.unpriced) == ((), (), (), ())
