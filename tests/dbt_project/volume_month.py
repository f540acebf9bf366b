"""A small month of customers with allowances and tiers: catalog files, raw rows, watermarks.

Here: what every such month has in common, from rows to a warehouse that dbt can build. Keep
out: which customers there are (`random_volumes`, `worked_volumes`).
"""

import csv
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from billing.catalog import load_catalog
from billing.ingestion.tables import create_raw_tables
from billing.invoicing.snapshot import TABLES
from billing.invoicing.watermarks import UNKNOWN, Watermark, WatermarkPlan
from billing.periods import BillingMonth
from tests.dbt_project.raw_events import keep_events
from tests.dbt_project.usage_rows import METERS

SAMPLE = Path(__file__).parents[2] / "data" / "catalog"
MONTHS = (BillingMonth(2026, 10), BillingMonth(2026, 11), BillingMonth(2026, 12))
MODELS = ("alpha", "beta", "gamma")
COUNTED = ("input_uncached", "output_visible", "image")
OTHER = ("image", "request")
Row = dict[str, Any]
Files = dict[str, list[Row]]
READ = {"source": "test", "checked_date": "2026-01-01"}
REPLACED = (
    "organizations", "billing_profiles", "projects", "api_keys", "contracts", "contract_prices",
    "discounts", "subscriptions", "subscription_items", "top_ups", "document_forms", "plan_models",
    "models", "prices", "model_aliases",
)  # fmt: skip
PRICES = (SAMPLE / "prices.csv").read_text(encoding="utf-8").splitlines()[0]
NEW_FILES = {
    "prices": f"{PRICES},price_window_id",
    "price_windows": "price_window_id,starts_time,ends_time,weekdays,zone",
    "region_uplifts": "uplift_id,provider,model_id,region,uplift_pct,valid_from_at,valid_to_at,"
    "source,checked_date",
    "price_adjustments": "adjustment_id,contract_id,model_id,family,provider,off_pct,"
    "valid_from_date,valid_to_date",
    "exchange_terms": "contract_id,date_rule,max_age_days,price_digits",
    "model_groups": "model_group_id,model_id",
    "allowances": "allowance_id,contract_id,name,meter,model_id,model_group_id,quantity,"
    "valid_from_date,valid_to_date",
    "tier_schedules": "tier_schedule_id,contract_id,name,kind,meter,model_id,model_group_id,"
    "currency,package_size,valid_from_date,valid_to_date",
    "tier_steps": "tier_schedule_id,above_quantity,unit_price",
    "credits": "credit_id,organization_id,kind,name,currency,amount,repeats,months,"
    "valid_from_date,valid_to_date",
    "spend_terms": "spend_term_id,contract_id,kind,period,currency,amount,valid_from_date,"
    "valid_to_date",
}


def no_customers() -> Files:
    """Return three models with prices that change on 16 October; beta and gamma are a pair."""
    files: Files = {name: [] for name in (*REPLACED, *NEW_FILES)}
    files["models"] = [
        {"model_id": m, "display_name": m.title(), "provider": "any", "family": "any",
         "modality": "text"}
        for m in MODELS
    ]  # fmt: skip
    files["model_groups"] = [{"model_group_id": "pair", "model_id": m} for m in ("beta", "gamma")]
    files["prices"] = [_price(m, meter, at) for m in MODELS for meter in COUNTED for at in (1, 16)]
    return files


def add_customer(files: Files, organization: str, currency: str = "USD", zone: str = "UTC") -> str:
    """Add an organization with two projects of one key each; returns how its other ids begin."""
    short = organization.removeprefix("org_")
    profiles = (SAMPLE / "billing_profiles.csv").read_text(encoding="utf-8")
    profile = next(csv.DictReader(profiles.splitlines()))
    own = {"organization_id": organization}
    files["organizations"].append({**own, "name": short, "created_date": "2026-01-01"})
    changed = {"currency": currency, "zone": zone, "locale": "en_US", "endpoint_id": "",
               "endpoint_scheme": ""}  # fmt: skip
    files["billing_profiles"].append({**profile, **own, **changed})
    for number in (1, 2):
        project = {"project_id": f"proj_{short}_{number}", **own}
        files["projects"].append({**project, "name": "p", "environment": "production"})
        key = {"api_key_id": f"key_{short}_{number}", **project, "name": "k", "payer": "contract"}
        sha256 = f"{len(files['api_keys']):064x}"
        times = {"valid_from_at": "2026-01-01T00:00:00Z", "valid_to_at": ""}
        secret = {"masked_prefix": "sk-…a1b2", "key_sha256": sha256, "subscription_id": ""}
        files["api_keys"].append({**key, **secret, **times})
    return short


def _price(model: str, meter: str, day: int) -> Row:
    start = f"2026-{'01' if day == 1 else '10'}-{day:02d}T00:00:00Z"
    return {
        "price_id": f"{model}/{meter}/{day}",
        "model_id": model,
        "meter": meter,
        "service_tier": "default",
        "context_above_tokens": 0,
        "region": "",
        "currency": "USD",
        "unit_price": f"0.{day + MODELS.index(model)}3",
        "valid_from_at": start,
        "valid_to_at": "",
        "price_window_id": "",
        **READ,
    }


def add_price_book(files: Files) -> None:
    """Add prices of evenings, of a region and per request."""
    evening = {"price_window_id": "evening", "unit_price": "0.077", "price_id": "evening"}
    files["price_windows"].append(
        {"price_window_id": "evening", "starts_time": "18:00", "ends_time": "02:00",
         "weekdays": "", "zone": "Europe/Berlin"}
    )  # fmt: skip
    files["prices"].append(_price("alpha", "input_uncached", 1) | evening)
    files["prices"].append(_price("beta", "request", 1))
    files["region_uplifts"].append(
        {"uplift_id": "eu", "provider": "any", "model_id": "", "region": "eu",
         "uplift_pct": "0.1", "valid_from_at": "2026-01-01T00:00:00Z", "valid_to_at": "", **READ}
    )  # fmt: skip


def write_files(folder: Path, files: Files) -> None:
    """Write a catalog folder: the sample's, with these files in place of its own."""
    shutil.copytree(SAMPLE, folder)
    for name, rows in files.items():
        header = NEW_FILES.get(name) or (SAMPLE / f"{name}.csv").read_text().splitlines()[0]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header.split(","), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def event(organization: str, file: int, number: int, at: datetime, used: Mapping[str, Any]) -> Row:
    """Return a raw row; `used` has a model, a project (1 or 2), tokens and other meters.

    An other meter that it does not name stands in no row beside it; 0 does, as a count of none.
    """
    short, project = organization.removeprefix("org_"), used.get("project", 1)
    return {
        "ingest_sequence": file,
        "source_id": "gateway",
        "native_id": f"req_{short}_{file}_{number}",
        "kind": "usage",
        "organization_id": organization,
        "project_id": f"proj_{short}_{project}",
        "api_key_id": f"key_{short}_{project}",
        "requested_model": used.get("model", "alpha"),
        "answered_model": used.get("model", "alpha"),
        "completed_at": at,
        "started_at": at,
        "row_version": 0,
        "response_id": "",
        "parent_id": "",
        "parent_relation": "",
        "key_type": "",
        "provider": "any",
        "region": used.get("region", ""),
        "service_tier_asked": "",
        "service_tier": "default",
        "is_byok": False,
        "outcome": "success",
        "status_code": 200,
        "throttle_cause": "",
        "usage_quality": "reported",
        "latency_ms": 1,
        **{meter: used.get(meter) for meter in OTHER},
        **{f"{meter}_tokens": used.get(meter, 0) for meter in METERS},
    }


def fill(connection: duckdb.DuckDBPyConnection, folder: Path, events: Sequence[Row]) -> None:
    """Load the catalog and the events of all files."""
    create_raw_tables(connection)
    load_catalog(connection, folder, MONTHS[0], MONTHS[-1])
    lines = count(1)
    _insert(connection, folder.parent, [row | {"line_number": next(lines)} for row in events])


def _insert(connection: duckdb.DuckDBPyConnection, folder: Path, events: list[Row]) -> None:
    """Write the events through Parquet: a thousand single inserts take longer than rating them."""
    counted = [
        {"ingest_sequence": row["ingest_sequence"], "line_number": row["line_number"],
         "fate": "accepted", "meter": meter, "quantity": row[meter]}
        for row in events
        for meter in OTHER
        if row[meter] is not None
    ]  # fmt: skip
    connection.execute("create or replace temp table given as from raw.usage_event limit 0")
    for table, rows in (("given", events), ("raw.usage_event_meter", counted)):
        if not rows:
            continue
        names = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
        frame = pl.DataFrame(rows)
        file = str(folder / "rows.parquet")
        frame.select(name for name in frame.columns if name in names).write_parquet(file)
        connection.execute(f"insert into {table} by name from read_parquet(?)", [file])
    connection.execute("create or replace temp table kinds as from given")
    connection.execute("update given set kind = 'usage'")
    keep_events(connection, "given")
    connection.execute("""
        update raw.accepted_event set is_reversal = true
        where (ingest_sequence, line_number) in (
            select (ingest_sequence, line_number) from kinds where kind = 'reversal'
        )
    """)


def plan(connection: duckdb.DuckDBPyConnection, ids: Sequence[str], closed: int) -> None:
    """Let the first `closed` months count up to their own file: the last of them is open."""
    watermarks = tuple(
        Watermark(organization, month, sequence, is_finalized=sequence < closed)
        for organization in (*ids, UNKNOWN)
        for sequence, month in enumerate(MONTHS[:closed], start=1)
    )
    rows = {
        "month_watermark": [
            (each.organization_id, each.billing_month.first_day, each.sequence, each.is_finalized)
            for each in watermarks
        ],
        "late_route": [
            (route.organization_id, route.service_month.first_day, route.after_sequence,
             route.up_to_sequence, route.billing_month.first_day)
            for route in WatermarkPlan(MONTHS[closed - 1], watermarks).routes(MONTHS[0])
        ],
    }  # fmt: skip
    connection.execute("create schema if not exists books")
    for name, columns in TABLES.items():
        connection.execute(f"create or replace table books.{name} ({columns})")
        if name in rows:
            places = ", ".join("?" for _ in rows[name][0])
            connection.executemany(f"insert into books.{name} values ({places})", rows[name])
