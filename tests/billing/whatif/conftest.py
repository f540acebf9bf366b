"""A scratch database beside a warehouse of a few rows, both in memory."""

from collections.abc import Iterator

import duckdb
import pytest

STANDING = """
api_key_id varchar, from_at timestamp, to_at timestamp, organization_id varchar,
project_id varchar, payer varchar, subscription_id varchar, contract_id varchar,
price_by varchar, is_key_valid boolean, is_subscription_active boolean
"""
KIND = 1_048_576


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Key `k` of organization `o`: contract c1, in use at two quarter hours of 10 October."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach ':memory:' as warehouse")
        for database in ("memory", "warehouse"):
            connection.execute(f"create schema {database}.intermediate")
            connection.execute(f"create schema {database}.catalog")
        connection.execute(
            f"""
            create table warehouse.intermediate.int_usage__standings (
                standing_id integer, {STANDING}
            );
            insert into warehouse.intermediate.int_usage__standings values
                (1, 'k', '1900-01-01', '2026-01-01', 'o', 'p', 'contract', '', 'c1', 'answered',
                 false, false),
                (2, 'k', '2026-01-01', '9999-12-31', 'o', 'p', 'contract', '', 'c1', 'answered',
                 true, false);
            create table warehouse.intermediate.int_usage__quarter_hours as
            select * from (values
                ({2 * KIND + 5}::bigint, timestamp '2026-10-10 08:00', 1, 10::bigint),
                ({2 * KIND + 5}::bigint, timestamp '2026-10-10 08:15', 1, 20::bigint),
                ({2 * KIND + 6}::bigint, timestamp '2026-10-10 08:15', 2, 30::bigint)
            ) as usage (usage_key_id, quarter_hour, ingest_sequence, requests);
            create table warehouse.intermediate.dim_usage_key as
            select distinct usage_key_id, 'o' as organization_id
            from warehouse.intermediate.int_usage__quarter_hours;
            create table intermediate.int_usage__key_terms ({STANDING});
            """
        )
        yield connection
