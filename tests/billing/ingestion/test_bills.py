"""Bills of providers: taken whole, beside usage, and never part of its counts."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.billing.ingestion.logs import native, write_bytes, write_json
from tests.billing.ingestion.sites import Site

SAMPLES = Path(__file__).parents[3] / "data" / "samples" / "formats"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((SAMPLES / "EXPECTED.json").read_text())
BILLS = ("openai_org_costs.jsonl", "openai_org_usage.jsonl", "openrouter_activity.csv")
COLUMNS = {
    "bill_date": "bill_date",
    "provider": "provider",
    "model": "model",
    "project": "project",
    "api_key": "api_key",
    "line_item": "line_item",
    "service_tier": "service_tier",
    "is_batch": "is_batch",
    "is_byok": "is_byok",
    "currency": "currency",
    "amount": "amount",
    "requests": "requests",
    "input_total_tokens": "input_total",
    "cache_read_tokens": "cache_read",
    "output_total_tokens": "output_total",
    "output_reasoning_tokens": "output_reasoning",
}


def costs(old: str = "", new: str = "") -> str:
    """The page of costs as text, with one text replaced."""
    page = (SAMPLES / "openai_org_costs.jsonl").read_text()
    assert old in page
    return page.replace(old, new) if old else page


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what says nothing."""
    return {name: value for name, value in row.items() if value not in ("", None, False, 0)}


@pytest.mark.parametrize("name", BILLS)
def test_the_rows_of_a_bill_become_what_was_worked_out_by_hand(site: Site, name: str) -> None:
    report = site.ingest(SAMPLES / name)
    assert report.refused == ()
    found = site.rows(f"select {', '.join(COLUMNS)} from raw.provider_bill order by line_number")
    rows = [told(dict(zip(COLUMNS.values(), row, strict=True))) for row in found]
    wanted = [
        told(
            row
            | {"bill_date": date.fromisoformat(row["bill_date"]), "lines": None}
            | {"amount": Decimal(row["amount"]) if "amount" in row else None}
        )
        for row in EXPECTED[name]
    ]
    assert rows == wanted
    assert [(bill.file_name, bill.rows) for bill in report.bills] == [(name, len(wanted))]


def test_a_bill_changes_no_count_of_usage_and_takes_no_ingest_sequence(site: Site) -> None:
    report = site.ingest(*(SAMPLES / name for name in BILLS))
    assert (report.files, report.received, report.accepted) == (0, 0, 0)
    usage = site.ingest(write_json(site.root / "usage.jsonl", [native()]))
    assert [file.ingest_sequence for file in usage.per_file] == [1]
    assert site.rows("select count(*) from raw.ingest_file") == [(1,)]
    numbers = site.rows("select bill_number from raw.provider_bill_file order by all")
    assert numbers == [(1,), (2,), (3,)]


def test_the_same_bill_twice_is_skipped(site: Site) -> None:
    site.ingest(SAMPLES / BILLS[0])
    again = site.ingest(write_bytes(site.root / "copy.json", (SAMPLES / BILLS[0]).read_bytes()))
    assert (again.skipped, again.bills) == (1, ())
    assert site.rows("select count(*) from raw.provider_bill") == [(3,)]


def test_a_bill_is_taken_while_a_file_of_a_finalized_month_is_missing(site: Site) -> None:
    site.manifest = {"0" * 64: 1}
    assert site.ingest(SAMPLES / BILLS[0]).refused == ()


def test_an_amount_keeps_every_digit_a_number_was_written_with(site: Site) -> None:
    page = costs('"value":0.006', '"value":12345678.123456789012')
    site.ingest(write_bytes(site.root / "costs.json", page.encode()))
    amounts = site.rows("select max(amount) from raw.provider_bill")
    assert amounts == [(Decimal("12345678.123456789012"),)]


def test_a_page_laid_out_over_lines_is_the_same_bill(site: Site) -> None:
    page = json.dumps(json.loads(costs()), indent=2)
    site.ingest(write_bytes(site.root / "costs.json", page.encode()), SAMPLES / BILLS[0])
    one, other = (
        site.rows(f"select * exclude (bill_number) from raw.provider_bill where bill_number = {n}")
        for n in (1, 2)
    )
    assert one == other


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"value":0.006', '"value":"x"', "row 2, field amount: 'x'"),
        ('"value":0.006', '"value":"1,006"', "row 2, field amount"),
        ('"value":0.006,', "", "row 2, field amount: is missing"),
        ("1791158400", "1791158401", "row 1, field bill_date"),
        ("1791158400", "null", "row 1, field bill_date"),
        ('"usd"', '"eur"', "row 1, field currency: 'eur'"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_whole_bill(
    site: Site, old: str, new: str, place: str
) -> None:
    page = costs(old, new)
    report = site.ingest(write_bytes(site.root / "costs.json", page.encode()))
    ((_, message),) = report.refused
    assert place in message
    assert "Nothing of it was taken" in message
    assert site.rows("select * from raw.provider_bill") == []
    assert site.rows("select * from raw.provider_bill_file") == []


def test_counts_without_a_model_are_refused_with_the_remedy(site: Site) -> None:
    page = (SAMPLES / BILLS[1]).read_text().replace('"gpt-5-2025-08-07"', "null")
    ((_, message),) = site.ingest(write_bytes(site.root / "usage.json", page.encode())).refused
    assert "row 1, field model: is missing. Fetch the report grouped by model" in message


def test_a_page_cut_off_after_a_whole_one_is_refused(site: Site) -> None:
    page = costs().strip()
    cut = f"{page}\n{page[:-9]}\n".encode()
    ((_, message),) = site.ingest(write_bytes(site.root / "costs.jsonl", cut)).refused
    assert "costs.jsonl, line 2: is no whole JSON object" in message


def test_a_line_of_a_bill_with_a_value_too_many_is_refused(site: Site) -> None:
    text = (SAMPLES / BILLS[2]).read_text().replace("ws_aurora", "ws,aurora", 1)
    ((_, message),) = site.ingest(write_bytes(site.root / "bill.csv", text.encode())).refused
    assert "Line: 2" in message
