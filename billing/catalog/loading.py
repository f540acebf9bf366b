"""The catalog into the warehouse: schema `catalog`, replaced as a whole.

Here: the tables that other stages join, from checked files. Keep out: checking
(`catalog.read_catalog`) and anything about usage.
"""

import hashlib
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from billing.boundaries import reached
from billing.catalog import known
from billing.catalog.catalog import read_catalog
from billing.catalog.chains import instants_of, with_changes
from billing.catalog.clock import price_clock
from billing.catalog.exchange_days import exchange_days, exchange_rates_of_day
from billing.catalog.files import FILES
from billing.catalog.forms import Forms
from billing.catalog.of_month import exchange_rates_of_month, tax_rates_of_month
from billing.catalog.slices import OWN_TERMS, months_between, rating_slices, with_instants
from billing.periods import BillingMonth

SCHEMA = "catalog"


def load_catalog(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    first_month: BillingMonth,
    last_month: BillingMonth,
    *,
    rates_from: BillingMonth | None = None,
    forms: Forms | None = None,
) -> dict[str, int]:
    """Check the catalog and replace schema `catalog` in one transaction; rows per table.

    Months are covered from the one before `first_month` to the one after `last_month`, exchange
    and tax rates of months from `rates_from` where that is earlier: what corrects a document has
    its rates. Chosen forms are checked where `forms` says which there are.
    Raises CatalogError with all problems; the schema then keeps what it had.
    """
    tables = warehouse_tables(folder, first_month, last_month, rates_from, forms)
    with TemporaryDirectory() as scratch:
        for name, table in tables.items():
            table.write_parquet(Path(scratch) / f"{name}.parquet")
        _replace(connection, Path(scratch))
    return {name: table.height for name, table in tables.items()}


def _replace(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Read the tables from Parquet: scanning a frame in memory would need pyarrow."""
    connection.execute("begin transaction")
    try:
        connection.execute(f"create schema if not exists {SCHEMA}")
        for file in sorted(scratch.iterdir()):
            connection.execute(
                f"create or replace table {SCHEMA}.{file.stem} as from read_parquet($file)",
                {"file": str(file)},
            )
    except BaseException:
        connection.execute("rollback")
        raise
    reached("catalog.before_commit")
    connection.execute("commit")
    reached("catalog.after_commit")


def warehouse_tables(
    folder: Path,
    first_month: BillingMonth,
    last_month: BillingMonth,
    rates_from: BillingMonth | None = None,
    forms: Forms | None = None,
) -> dict[str, pl.DataFrame]:
    """Every table of schema `catalog` as a frame, by name."""
    tables = _with_own_instants(dict(read_catalog(folder, forms)))
    months = months_between(first_month.shift(-1), last_month.shift(1))
    with_rates = months_between(min(months[0], rates_from or months[0]), months[-1])
    rates, days = tables["exchange_rates"], exchange_days(tables, months)
    return tables | {
        "rating_slice": rating_slices(tables, months, days),
        "exchange_day": days,
        **price_clock(tables["price_windows"], *_span(months)),
        "exchange_rate_of_month": exchange_rates_of_month(rates, with_rates),
        "exchange_rate_of_day": exchange_rates_of_day(tables, months),
        "tax_rate_of_month": tax_rates_of_month(tables, with_rates, needed=months),
        "minor_unit": pl.DataFrame(
            sorted(known.minor_units().items()),
            schema={"currency": pl.String, "digits": pl.Int32},
            orient="row",
        ),
        "fingerprint": _fingerprints(folder),
    }


def _span(months: list[BillingMonth]) -> tuple[datetime, datetime]:
    """First instant that is in the first month somewhere, and first that is after the last."""
    first, last = months[0].first_day, months[-1].next.first_day
    return (
        datetime.combine(first, time()) - timedelta(days=1),
        datetime.combine(last, time()) + timedelta(days=1),
    )


def _with_own_instants(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give agreements and subscriptions the UTC instants of their local days."""
    zones = tables["billing_profiles"].select("organization_id", "zone")
    owners = tables["contracts"].select("contract_id", "organization_id")
    for name in OWN_TERMS:
        table = tables[name]
        if name != "contracts":
            table = table.join(owners, on="contract_id", how="left", maintain_order="left")
        days = {"valid_from_date": "valid_from_at", "valid_to_date": "valid_to_at"}
        tables[name] = _in_zone(table, zones, days)
    sold = instants_of(tables["subscriptions"], tables["billing_profiles"])
    tables["subscriptions"] = with_changes(sold)
    return tables


def _in_zone(table: pl.DataFrame, zones: pl.DataFrame, days: dict[str, str]) -> pl.DataFrame:
    zoned = table.join(zones, on="organization_id", how="left", maintain_order="left")
    return with_instants(zoned, days).drop("zone")


def _fingerprints(folder: Path) -> pl.DataFrame:
    """SHA-256 of each file's bytes: a stage rebuilds when a file it used has changed."""
    rows = [
        (name, hashlib.sha256((folder / file.file_name).read_bytes()).hexdigest())
        for name, file in FILES.items()
        if not file.may_be_absent or (folder / file.file_name).exists()
    ]
    schema = {"table_name": pl.String, "sha256": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
