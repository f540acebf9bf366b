"""Bills of the fixture's provider beside usage counted by hand from raw rows."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.customers import NOVEMBER, Row
from tests.dbt_project.warehouse import built, insert, open_november, read

Copy = Callable[[Path], Path]
BILL_FILE = {
    "bill_number": 1, "file_name": "bill.json", "content_sha256": "b", "size_bytes": 1,
    "format": "usage", "source_id": "usage", "rows": 3, "ingested_at": "2026-11-01 00:00:00",
}  # fmt: skip
BILL_ROW: Row = {
    "bill_number": 1, "line_number": 1, "provider": "any", "bill_date": "2026-10-05",
    "model": "claude", "project": "", "api_key": "", "line_item": "", "service_tier": "",
    "is_batch": False, "is_byok": False, "currency": "USD", "amount": "1",
    "requests": 2, "input_total_tokens": 11000000, "output_total_tokens": 1000,
}  # fmt: skip
ROWS = (
    BILL_ROW,
    BILL_ROW | {"line_number": 2, "model": "gpt-2025-08-07", "input_total_tokens": 330},
    BILL_ROW | {"line_number": 3, "model": "stranger", "bill_date": "2026-10-31"},
)
TIE_OUT = "finance.provider_tie_out"


@pytest.fixture(scope="module")
def billed(october: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October with a bill of provider `any`."""
    path = tmp_path_factory.mktemp("billed") / october.name
    path.write_bytes(october.read_bytes())
    with duckdb.connect(str(path)) as connection:
        insert(connection, "raw.provider_bill_file", [BILL_FILE])
        insert(connection, "raw.provider_bill", ROWS)
    built(path, "--select", "stg_ingestion__provider_bills+")
    return path


def test_without_a_bill_there_is_nothing_to_tie_out(october: Path) -> None:
    assert read(october, f"select * from {TIE_OUT}") == []


def test_usage_of_all_customers_that_reached_the_provider_is_counted_by_utc_day(
    billed: Path,
) -> None:
    assert read(
        billed,
        f"""select model_id, requests, input_total_tokens, output_total_tokens, list_amount,
            bill_input_total_tokens, byok_requests, byok_input_tokens, cache_hit_requests
        from {TIE_OUT} where usage_date = '2026-10-05' order by model_id""",
    ) == [
        ("claude", 2, 11000000, 1000, Decimal("33.015"), 11000000, 0, 0, 0),
        ("gpt", 4, 330, 500, Decimal("0.00533"), 330, 1, 700, 1),
        ("painter", 1, 0, 0, Decimal("0.12"), 0, 0, 0, 0),
    ]


def test_list_cost_follows_prices_of_its_quarter_hour_and_its_context_band(billed: Path) -> None:
    costs = f"select usage_date::varchar, list_amount from {TIE_OUT} where model_id = 'gpt'"
    found = dict(read(billed, costs))
    # 1,000 tokens before 12:15 at 0.000001, 1,000 from then on at 0.000002
    assert found["2026-10-16"] == Decimal("0.003")


def test_what_sets_the_two_apart_is_named(billed: Path) -> None:
    found = read(
        billed,
        f"""select model_id, usage_date::varchar, is_within_tolerance, reasons from {TIE_OUT}
        where usage_date = '2026-10-05' or model_id in ('stranger', 'mystery') order by all""",
    )
    assert found == [
        ("claude", "2026-10-05", False, ""),
        ("gpt", "2026-10-05", False, "byok, gateway_cache_hit"),
        ("mystery", "2026-10-07", False, "missing_bill, unknown_model, no_list_price"),
        ("painter", "2026-10-05", False, "not_billed_by_provider"),
        ("stranger", "2026-10-31", False, "unknown_model"),
    ]


def test_a_newer_bill_of_the_day_replaces_the_older_one_whole(billed: Path, copy_of: Copy) -> None:
    path = copy_of(billed)
    newer = {"bill_number": 2, "content_sha256": "c"}
    with duckdb.connect(str(path)) as connection:
        insert(connection, "raw.provider_bill_file", [BILL_FILE | newer])
        insert(connection, "raw.provider_bill", [BILL_ROW | {"bill_number": 2, "requests": 3}])
    built(path, "--select", "stg_ingestion__provider_bills+")
    bills = f"select model_id, bill_requests from {TIE_OUT} where bill_requests <> 0 order by all"
    assert read(path, bills) == [("claude", 3), ("stranger", 2)]


def test_a_later_month_leaves_the_tie_out_of_the_one_before(billed: Path, copy_of: Copy) -> None:
    path = copy_of(billed)
    open_november(path)
    built(path, "--exclude-resource-type", "unit_test", month=NOVEMBER)
    rows = f"select * from {TIE_OUT} where billing_month = '2026-10-01' order by all"
    assert read(path, rows) == read(billed, rows)
