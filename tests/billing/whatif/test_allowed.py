"""Catalogs that ask more than the rollup knows."""

import duckdb
import pytest

from billing.errors import MeterbookError
from billing.whatif.allowed import refuse_unanswerable


@pytest.fixture
def catalogs(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Both sides alike: one organization in Berlin, and a price above 200,000 tokens."""
    for database in ("memory", "warehouse"):
        connection.execute(
            f"""
            create table {database}.catalog.context_ladder as select 200000 as threshold_tokens;
            create table {database}.catalog.billing_profiles as
                select 'o' as organization_id, 'Europe/Berlin' as zone;
            create table {database}.catalog.contract_prices as select 200000 as context_above_tokens;
            create table {database}.catalog.prices as select 0 as context_above_tokens;
            """
        )
    return connection


def test_the_same_catalog_may_be_asked(catalogs: duckdb.DuckDBPyConnection) -> None:
    refuse_unanswerable(catalogs)


def test_a_new_threshold_is_refused_where_a_price_uses_it(
    catalogs: duckdb.DuckDBPyConnection,
) -> None:
    catalogs.execute("insert into catalog.context_ladder values (300000)")
    refuse_unanswerable(catalogs)
    catalogs.execute("insert into catalog.contract_prices values (300000)")
    with pytest.raises(MeterbookError, match=r"contract_prices.csv: .* above 300000 tokens"):
        refuse_unanswerable(catalogs)


def test_another_zone_is_refused_where_there_is_usage(
    catalogs: duckdb.DuckDBPyConnection,
) -> None:
    catalogs.execute("update catalog.billing_profiles set zone = 'Asia/Tokyo'")
    with pytest.raises(MeterbookError, match="o has zone Asia/Tokyo instead of Europe/Berlin"):
        refuse_unanswerable(catalogs)
    catalogs.execute("delete from warehouse.intermediate.dim_usage_key")
    refuse_unanswerable(catalogs)
