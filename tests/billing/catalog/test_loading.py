"""The catalog in the warehouse: types, windows and all or nothing."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from billing.catalog import load_catalog
from billing.errors import CatalogError
from billing.periods import BillingMonth

from .conftest import CatalogFolder

OCTOBER = BillingMonth(2026, 10)
MAY_BE_NOTHING = {
    ("seller", "accounting_max_age_days"),
    ("top_ups", "expires_at"),  # a lot without an end: the marts say null of it, too
    ("balance_movements", "expires_at"),
}


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    yield connection
    connection.close()


@pytest.fixture
def loaded(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> duckdb.DuckDBPyConnection:
    load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER)
    return warehouse


def types_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = connection.sql(f"describe catalog.{table}").fetchall()
    return {row[0]: row[1] for row in rows}


def test_every_file_becomes_a_table_with_all_its_rows(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    counts = load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER)
    for file in catalog.path.glob("*.csv"):
        rows = warehouse.sql(f"select count(*) from catalog.{file.stem}").fetchall()
        assert rows == [(counts[file.stem],)]
        assert counts[file.stem] == len(catalog.rows(file.stem))


def test_money_is_decimal_and_instants_are_timestamps(loaded: duckdb.DuckDBPyConnection) -> None:
    assert types_of(loaded, "prices")["unit_price"] == "DECIMAL(18,12)"
    assert types_of(loaded, "exchange_rates")["rate"] == "DECIMAL(18,8)"
    assert types_of(loaded, "discounts")["discount_pct"] == "DECIMAL(9,6)"
    assert types_of(loaded, "top_ups")["amount"] == "DECIMAL(28,3)"
    assert types_of(loaded, "rating_slice")["terms_from_at"] == "TIMESTAMP"
    assert types_of(loaded, "subscriptions")["starts_at"] == "TIMESTAMP"
    every = loaded.sql("select distinct data_type from information_schema.columns").fetchall()
    assert not {"DOUBLE", "FLOAT", "TIMESTAMP WITH TIME ZONE"} & {row[0] for row in every}


def test_nothing_in_the_catalog_tables_is_null(loaded: duckdb.DuckDBPyConnection) -> None:
    names = [row[0] for row in loaded.sql("show tables from catalog").fetchall()]
    for name in names:
        columns = " and ".join(
            f"{column} is not null"
            for column in types_of(loaded, name)
            if (name, column) not in MAY_BE_NOTHING
        )
        lost = loaded.sql(f"select count(*) from catalog.{name} where not ({columns})").fetchall()
        assert lost == [(0,)], name


def test_a_discount_starts_at_local_midnight(loaded: duckdb.DuckDBPyConnection) -> None:
    query = """
        select organization_id, valid_from_at, valid_to_at
        from catalog.discounts where discount_id = 'disc_bharat_growth'
    """
    starts = datetime(2026, 10, 10, 18, 30)  # noqa: DTZ001 - the warehouse keeps UTC without a zone
    never = datetime(9999, 12, 31)  # noqa: DTZ001 - same
    assert loaded.sql(query).fetchall() == [("org_bharat", starts, never)]


def test_months_reach_one_beyond_both_ends(loaded: duckdb.DuckDBPyConnection) -> None:
    for table in ("rating_slice", "exchange_rate_of_month", "tax_rate_of_month"):
        months = loaded.sql(f"select distinct service_month from catalog.{table}").fetchall()
        assert sorted(months) == [(date(2026, month, 1),) for month in (9, 10, 11)]


def test_rates_reach_back_to_where_they_are_asked_for(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    """Slices do not, and a treatment without a rate so early stops nobody."""
    catalog.change("tax_rates", catalog.row_of("tax_rates", valid_from_date="2007-01-01"),
                   valid_from_date="2020-06-30")  # fmt: skip
    catalog.copy_row("exchange_rates", 2, rate_date="2020-05-29", rate="9")
    april, november = BillingMonth(2020, 4), BillingMonth(2026, 11)
    load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER, rates_from=april)
    rate = "select rate from catalog.exchange_rate_of_month where service_month = ?"
    found = [warehouse.execute(rate, [date(2020, month, 1)]).fetchall() for month in (4, 5, 6)]
    assert found == [[], [(Decimal(9),)], [(Decimal(9),)]]
    first = "select min(service_month) from catalog.{} where {}"
    taxed = warehouse.sql(first.format("tax_rate_of_month", "tax_rate > 0 and category = 'S'"))
    sliced = warehouse.sql(first.format("rating_slice", "true"))
    assert (taxed.fetchall(), sliced.fetchall()) == ([(date(2020, 6, 1),)], [(date(2026, 9, 1),)])
    counts = [
        load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER, rates_from=later)
        for later in (None, november)
    ]
    assert counts[0]["exchange_rate_of_month"] == counts[1]["exchange_rate_of_month"]


def test_the_rate_of_a_month_is_the_last_one_published_in_it(
    loaded: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select rate, rate_date from catalog.exchange_rate_of_month
        where quote_currency = 'EUR' and service_month = date '2026-10-01'
    """
    assert loaded.sql(query).fetchall() == [(Decimal("0.89509488"), date(2026, 10, 30))]


def test_a_rate_published_after_the_month_is_not_used(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    catalog.copy_row("exchange_rates", 2, rate_date="2026-11-01", rate="9")
    load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER)
    query = """
        select max(rate) filter (service_month = date '2026-10-01'),
               max(rate) filter (service_month = date '2026-11-01')
        from catalog.exchange_rate_of_month where quote_currency = 'EUR'
    """
    assert warehouse.sql(query).fetchall() == [(Decimal("0.89509488"), Decimal(9))]


def test_the_tax_of_a_month_is_the_rate_on_its_last_day(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    load_catalog(warehouse, catalog.path, BillingMonth(2020, 6), BillingMonth(2020, 12))
    query = """
        select service_month, tax_rate from catalog.tax_rate_of_month
        where tax_treatment_id = 'de_standard' order by all
    """
    rates = {f"{day:%Y-%m}": rate for day, rate in warehouse.sql(query).fetchall()}
    assert rates["2020-06"] == rates["2021-01"] == Decimal("0.19")
    assert rates["2020-07"] == rates["2020-12"] == Decimal("0.16")


def test_a_month_without_a_tax_rate_is_refused(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    row = catalog.row_of("tax_rates", tax_rate_id="de_s_2021")
    catalog.change("tax_rates", row, valid_to_date="2026-10-31")
    with pytest.raises(CatalogError, match="no rate of category S in DE on 2026-10-31"):
        load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER)


def test_minor_units_follow_iso_4217(loaded: duckdb.DuckDBPyConnection) -> None:
    digits = dict(loaded.sql("select currency, digits from catalog.minor_unit").fetchall())
    assert (digits["EUR"], digits["JPY"], digits["KWD"]) == (2, 0, 3)


def test_a_refused_catalog_leaves_the_warehouse_as_it_was(
    loaded: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    before = loaded.sql("from catalog.prices order by all").fetchall()
    catalog.change("plans", 2, monthly_fee="-5")
    with pytest.raises(CatalogError, match=r"plans\.csv, row 2, field monthly_fee"):
        load_catalog(loaded, catalog.path, OCTOBER, OCTOBER)
    assert loaded.sql("from catalog.prices order by all").fetchall() == before


def test_a_failure_while_writing_rolls_everything_back(
    loaded: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    before = loaded.sql("from catalog.fingerprint order by all").fetchall()
    loaded.execute("drop table catalog.tax_rates")
    loaded.execute("create view catalog.tax_rates as select 1 as in_the_way")
    catalog.change("plans", 2, monthly_fee="5.00")
    with pytest.raises(duckdb.CatalogException):
        load_catalog(loaded, catalog.path, OCTOBER, OCTOBER)
    assert loaded.sql("from catalog.fingerprint order by all").fetchall() == before
    fees = loaded.sql("select monthly_fee from catalog.plans order by all").fetchall()
    assert (Decimal("5.00"),) not in fees


def test_a_fingerprint_changes_with_its_file_only(
    loaded: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    before = dict(loaded.sql("from catalog.fingerprint").fetchall())
    catalog.change("plans", 2, monthly_fee="5.00")
    load_catalog(loaded, catalog.path, OCTOBER, OCTOBER)
    after = dict(loaded.sql("from catalog.fingerprint").fetchall())
    assert {name for name in after if after[name] != before[name]} == {"plans"}
    assert after["plans"] == hashlib.sha256(catalog.file("plans").read_bytes()).hexdigest()


def test_a_catalog_without_subscriptions_discounts_and_currencies_loads(
    warehouse: duckdb.DuckDBPyConnection, catalog: CatalogFolder
) -> None:
    kept = [key for key in catalog.rows("api_keys") if not key["subscription_id"]]
    catalog.write("api_keys", kept)
    contracts = [contract | {"exchange_source": ""} for contract in catalog.rows("contracts")]
    catalog.write("contracts", contracts)
    emptied = ("subscription_items", "subscriptions", "plan_models", "plans", "top_ups")
    for name in (*emptied, "discounts", "contract_prices", "exchange_rates", "model_aliases"):
        header = catalog.file(name).read_text("utf-8").splitlines()[0]
        catalog.file(name).write_text(header + "\n")
    counts = load_catalog(warehouse, catalog.path, OCTOBER, OCTOBER)
    assert counts["discounts"] == counts["exchange_rate_of_month"] == 0
    assert types_of(warehouse, "discounts")["valid_from_at"] == "TIMESTAMP"
    assert types_of(warehouse, "plans")["monthly_fee"] == "DECIMAL(28,3)"
