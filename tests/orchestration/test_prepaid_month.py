"""Balances of the sample month, by key and quarter hour, against counting by hand."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest

from billing.audit.usage import MAIN_METERS
from tests.orchestration.installation import Installation

PREPAID = ("org_fjord", "org_gaucho", "org_harbor")
UNDISCOUNTED = ("org_fjord", "org_harbor")

TOKENS = " union all ".join(
    f"select usage_key_id, quarter_hour, '{meter}' as meter, {meter}_tokens as quantity "
    "from intermediate.int_usage__quarter_hours"
    for meter in MAIN_METERS
)
USED = f"""
select keys.organization_id, keys.api_key_id, keys.billed_model_id, used.quarter_hour, used.meter,
    sum(used.quantity)
from (
    {TOKENS}
    union all
    select usage_key_id, quarter_hour, meter, quantity
    from intermediate.int_usage__quarter_hour_meters
) as used
inner join intermediate.dim_usage_key as keys using (usage_key_id)
where keys.payer = 'balance' and keys.not_billed_reason = ''
group by all
"""


@pytest.fixture(scope="module")
def warehouse(closed_sample: Installation) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(closed_sample.warehouse), read_only=True)


def test_deductions_are_what_the_statement_charges(warehouse: duckdb.DuckDBPyConnection) -> None:
    deducted = dict(
        warehouse.sql(
            "select organization_id, sum(amount) from finance.fct_prepaid_deductions group by all"
        ).fetchall()
    )
    exact = dict(
        warehouse.sql(
            "select organization_id, exact_net_amount from finance.fct_invoices "
            "where payment_mode = 'prepaid'"
        ).fetchall()
    )
    assert set(deducted) == set(PREPAID)
    assert deducted == exact


def test_each_quarter_hour_is_its_tokens_times_their_price(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """Where a model's meters have one price all month and nothing is discounted, by hand."""
    prices: defaultdict[tuple[str, str], dict[str, set[Decimal]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for organization, model, meter, price in warehouse.sql(
        "select organization_id, model_id, meter, unit_price from intermediate.int_rating__charges "
        "where payer = 'balance'"
    ).fetchall():
        prices[organization, model][meter].add(price)
    plain = {
        place: {meter: next(iter(found)) for meter, found in meters.items()}
        for place, meters in prices.items()
        if place[0] in UNDISCOUNTED and all(len(found) == 1 for found in meters.values())
    }
    start, end = shared_october(warehouse)
    by_hand: defaultdict[tuple[str, str, str, datetime], Decimal] = defaultdict(Decimal)
    for organization, key, model, quarter_hour, meter, quantity in warehouse.sql(USED).fetchall():
        if (organization, model) in plain and start <= quarter_hour < end and quantity:
            price = plain[organization, model][meter]
            by_hand[organization, key, model, quarter_hour] += int(quantity) * price
    found = {
        tuple(row[:4]): row[4]
        for row in warehouse.sql(
            "select organization_id, api_key_id, model_id, quarter_hour, amount "
            "from finance.fct_prepaid_deductions"
        ).fetchall()
        if (row[0], row[2]) in plain and start <= row[3] < end
    }
    assert len(found) > 1000
    assert found == {place: amount for place, amount in by_hand.items() if amount}


def shared_october(warehouse: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime]:
    """A stretch that lies in October for all three customers."""
    (row,) = warehouse.sql(
        "select max(starts_at), min(ends_at) from intermediate.int_rating__month_bounds "
        "where service_month = date '2026-10-01'"
    ).fetchall()
    return row


def test_days_lead_from_the_opening_to_the_exact_closing(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for organization in PREPAID:
        days = warehouse.execute(
            "select balance_date, opening_amount, top_up_amount, consumed_amount, closing_amount, "
            "lowest_amount from finance.prepaid_balance_daily where organization_id = ? "
            "order by balance_date",
            [organization],
        ).fetchall()
        assert [row[0].day for row in days] == list(range(1, 32))
        entries = warehouse.execute(
            "select entry_kind, sum(amount) from finance.fct_prepaid_entries "
            "where organization_id = ? group by all",
            [organization],
        ).fetchall()
        stated = dict(entries)
        balance = Decimal(stated["opening"])
        for _, opening, top_up, consumed, closing, lowest in days:
            assert opening == balance
            balance += top_up - consumed
            assert closing == balance
            assert lowest <= closing
        assert sum(row[2] for row in days) == stated["top_up"]
        assert abs(balance - stated["closing"]) <= Decimal("0.005")


def test_nobody_of_the_sample_runs_out(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.sql("from finance.prepaid_exhaustions").fetchall() == []
    lowest = warehouse.sql("select min(lowest_amount) from finance.prepaid_balance_daily")
    assert lowest.fetchall()[0][0] > 0
