"""Every dimension of the price book in one month, and both engines on it.

October 2026 of org_cobalt, in New York: it starts 2026-10-01 04:00 UTC. 20 % are off what `house`
makes, 30 % off house-1 from 16 October 04:00 UTC on. The list is 4 USD per million, at night 1.
Night is 22:00 to 06:00 in Berlin, which is 20:00 to 04:00 UTC until 25 October and 21:00 to 05:00
after it, from Monday's to Friday's. In region eu the list is 10 % higher, from 20 October on 25 %.

Day until 16 October, 4 x 0.8 = 3.2: 5 October 19:59:59, 6 October 04:00, Saturday 10 October
20:00, Sunday 11 October 22:00 (Monday in Berlin, but Sunday's night) = 4 million.
Night until 16 October, 1 x 0.8 = 0.8: 5 October 20:00, 6 October 03:59:59, 10 October 03:45
(Friday's night), 16 October 03:59:59 = 4 million.
From 16 October, day 4 x 0.7 = 2.8: 16 October 04:00 (06:00 in Berlin), 26 October 20:00 (21:00 in
Berlin) = 2 million; night 1 x 0.7 = 0.7: 26 October 21:00 = 1 million.
In eu: 4 x 1.1 x 0.8 = 3.52; at night 1 x 1.1 x 0.8 = 0.88; from 20 October 4 x 1.25 x 0.7 = 3.5.
Enterprise tier 6 x 0.8 = 4.8; audio 10 x 0.8 = 8. house-5 means gpt-5, which has no percentage
off: 1.25.
Requests, 0.001: before 16 October without region 4 + 4 and the one of audio = 9 x 0.0008; from 16
October 3 x 0.0007; in eu 2 x 0.00088 and 1 x 0.000875. The enterprise tier and gpt-5 have none.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from billing.audit.conservation import conservation_findings
from billing.audit.explain import explain
from billing.audit.explain_text import explanation_text
from billing.audit.recompute import audit_month
from billing.catalog import load_catalog
from billing.ingestion.tables import create_raw_tables
from billing.periods import BillingMonth
from tests.dbt_project.price_book_rows import MILLION, raw_rows, write_catalog
from tests.dbt_project.raw_events import insert_events
from tests.dbt_project.warehouse import TABLES, built, insert, read

OCTOBER = BillingMonth(2026, 10)
CHARGED = """
select model_id, meter, service_tier, region, uplift_id, adjustment_id, unit_price, quantity
from intermediate.int_rating__charges order by all
"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October of one customer, built by dbt; its catalog stands beside it."""
    path = tmp_path_factory.mktemp("price_book") / "meterbook.duckdb"
    write_catalog(path.with_name("catalog"))
    with duckdb.connect(str(path)) as connection:
        create_raw_tables(connection)
        connection.execute(TABLES.read_text())
        load_catalog(connection, path.with_name("catalog"), OCTOBER, OCTOBER)
        tables = raw_rows()
        insert_events(connection, *tables.pop("usage_event"))
        for table, rows in tables.items():
            insert(connection, f"raw.{table}", rows)
    built(path, "--exclude-resource-type", "unit_test")
    return path


@pytest.fixture
def warehouse(month: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(month), read_only=True) as connection:
        yield connection


def test_every_price_is_that_of_its_hour_region_and_contract(month: Path) -> None:
    common = ("house-1", "input_uncached", "default")
    first, later = ("house_off",), ("house_1_off",)
    per_million = [
        ("gpt-5", "input_uncached", "default", "", "", "", "1.25", 1),
        ("house-1", "input_audio", "default", "", "", *first, "8", 1),
        (*common, "", "", *later, "0.7", 1),
        (*common, "", "", *later, "2.8", 2),
        (*common, "", "", *first, "0.8", 4),
        (*common, "", "", *first, "3.2", 4),
        (*common, "eu", "eu_of_house", *first, "0.88", 1),
        (*common, "eu", "eu_of_house", *first, "3.52", 1),
        (*common, "eu", "eu_of_house_1", *later, "3.5", 1),
        ("house-1", "input_uncached", "enterprise", "", "", *first, "4.8", 1),
    ]
    requests = [
        ("house-1", "request", "default", "", "", *later, Decimal("0.0007"), 3),
        ("house-1", "request", "default", "", "", *first, Decimal("0.0008"), 9),
        ("house-1", "request", "default", "eu", "eu_of_house", *first, Decimal("0.00088"), 2),
        ("house-1", "request", "default", "eu", "eu_of_house_1", *later, Decimal("0.000875"), 1),
    ]
    tokens = [
        (*row, Decimal(price).scaleb(-6), millions * MILLION)
        for *row, price, millions in per_million
    ]
    assert read(month, CHARGED) == sorted([*map(tuple, tokens), *requests])


def test_the_two_engines_agree(month: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert audit_month(warehouse, month.with_name("catalog"), OCTOBER) == []


def test_nothing_is_lost_where_requests_are_charged(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert conservation_findings(warehouse, OCTOBER) == []


def test_a_daily_window_makes_two_states_of_a_slice_and_not_two_a_day(month: Path) -> None:
    """October is cut on the 15th, where another model's price changes, the 16th and the 20th."""
    states = """
        select starts_at::varchar, price_state, rated_at::varchar
        from intermediate.int_rating__billing_slices
        where organization_id = 'org_cobalt' order by all
    """
    assert read(month, states) == [
        ("2026-10-01 04:00:00", 0, "2026-10-01 04:00:00"),
        ("2026-10-01 04:00:00", 1, "2026-10-01 20:00:00"),
        ("2026-10-15 00:00:00", 0, "2026-10-15 04:00:00"),
        ("2026-10-15 00:00:00", 1, "2026-10-15 00:00:00"),
        ("2026-10-16 04:00:00", 0, "2026-10-16 04:00:00"),
        ("2026-10-16 04:00:00", 1, "2026-10-16 20:00:00"),
        ("2026-10-20 00:00:00", 0, "2026-10-20 04:00:00"),
        ("2026-10-20 00:00:00", 1, "2026-10-20 00:00:00"),
    ]


def test_what_is_priced_per_token_is_shown_per_million(month: Path) -> None:
    lines = "select distinct base_quantity from finance.fct_invoice_lines where meter = '{}'"
    assert read(month, lines.format("input_audio")) == [(MILLION,)]
    assert read(month, lines.format("request")) == [(1,)]


def test_every_line_is_followed_to_its_requests_and_says_what_made_its_price(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute("""
        select line_number, quantity, cast(line_amount as varchar) from finance.fct_invoice_lines
        where organization_id = 'org_cobalt' order by line_number
    """).fetchall()
    names = ("kind", "description", "service_month", "period_first_day", "period_last_day")
    lines = [
        {"number": number, "quantity": quantity, "amount": amount, "unit_price": "0",
         "base_quantity": 1, **dict.fromkeys(names, "usage")}
        for number, quantity, amount in rows
    ]  # fmt: skip
    document = {
        "number": "", "kind": "invoice", "billing_month": "2026-10", "currency": "USD",
        "payment_mode": "enterprise", "buyer": {"party_id": "org_cobalt"}, "lines": lines,
        "totals": dict.fromkeys(
            ("total", "subtotal", "discount", "tax", "prepaid", "amount_due"), "0"
        ),
        "allowances": [], "taxes": [],
    }  # fmt: skip
    words = []
    for number, quantity, _ in rows:
        explanation = explain(warehouse, document, line=number)
        (line,) = explanation["lines"]
        assert line["usage"]["quantity"] == line["usage"]["requests"]["quantity"] == quantity
        words += explanation_text(explanation)
    text = "\n".join(words)
    for said in (
        "Only from 22:00 to 06:00 in Europe/Berlin, mon tue wed thu fri (night)",
        "Region eu: list prices of models of house raised by 10 %",
        "Region eu: list prices of house-1 raised by 25 %",
        "20 % off the list price on provider house",
        "30 % off the list price on house-1",
    ):
        assert said in text
