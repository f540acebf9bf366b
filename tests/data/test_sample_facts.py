"""What the sample month holds: who, how much, which faults and which edges.

Add a test here when another part of the product relies on something being in the sample.
"""

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import zstandard

DATA = Path(__file__).resolve().parents[2] / "data"
SAMPLES, CATALOG = DATA / "samples", DATA / "catalog"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "2026-10" / "EXPECTED.json").read_text("utf-8"))
OCTOBER = EXPECTED["months"]["2026-10"]
FATES = ("billed", "not_billed", "duplicates", "quarantined")
QUARANTINED = {
    "bad_count": 22,
    "conflicting_content": 44,
    "key_of_another_organization": 15,
    "missing_id": 20,
    "missing_model": 5,
    "missing_time": 19,
    "part_larger_than_whole": 28,
    "time_out_of_range": 20,
    "unknown_key": 43,
    "unknown_outcome": 10,
    "unreadable_row": 29,
}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def unpacked(path: Path) -> str:
    return zstandard.ZstdDecompressor().decompress(path.read_bytes()).decode()


def every_account() -> Iterator[dict[str, Any]]:
    for months in (EXPECTED["months"], EXPECTED["late"]["months"]):
        for month in months.values():
            yield from month["organizations"].values()


@pytest.fixture(scope="module")
def native() -> list[dict[str, Any]]:
    rows = []
    for path in sorted(SAMPLES.glob("2026-10/landing/gateway-2026*.zst")):
        for line in unpacked(path).splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
    return rows


@pytest.fixture(scope="module")
def good(native: list[dict[str, Any]]) -> list[dict[str, Any]]:
    needed = {"request_id", "completed_at", "model", "organization_id", "input_tokens"}
    return [row for row in native if needed <= row.keys() and row["completed_at"][:3] == "202"]


def test_about_150_000_requests_fit_in_12_megabytes() -> None:
    assert 145_000 < sum(f["received"] for f in EXPECTED["files"]) < 160_000
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < 12_000_000


def test_at_most_a_fifth_are_spend_logs() -> None:
    received = {f["file"]: f["received"] for f in EXPECTED["files"]}
    spend_logs = sum(rows for name, rows in received.items() if "spendlogs" in name)
    assert 0 < spend_logs * 5 <= sum(received.values())


def test_every_organization_but_one_has_usage() -> None:
    names = {row["organization_id"] for row in table(CATALOG / "organizations.csv")}
    assert names - OCTOBER["organizations"].keys() == {"org_nomad"}


def test_every_used_key_and_twelve_models_are_there(good: list[dict[str, Any]]) -> None:
    models = {m for account in OCTOBER["organizations"].values() for m in account["models"]}
    assert len(models) >= 12
    assert models <= {row["model_id"] for row in table(CATALOG / "models.csv")}
    assert len({row["api_key_id"] for row in good}) > 40


def test_the_books_conserve_rows_and_tokens() -> None:
    for account in every_account():
        assert account["received"] == sum(account[fate] for fate in FATES)
        assert account["not_billed"] == sum(account["not_billed_by_reason"].values())
        assert account["quarantined"] == sum(account["quarantined_by_reason"].values())
        summed: Counter[str] = Counter()
        for fate in FATES:
            summed.update(account["meters"].get(fate, {}))
        assert summed == Counter(account["meters"]["received"])


def test_files_and_months_count_the_same_rows() -> None:
    for part in (EXPECTED, EXPECTED["late"]):
        by_month = sum(month["totals"]["received"] for month in part["months"].values())
        assert by_month == sum(f["received"] for f in part["files"])


def test_the_files_hold_as_many_lines_as_the_books_say() -> None:
    for facts in EXPECTED["files"]:
        path = SAMPLES / "2026-10" / "landing" / facts["file"]
        if path.suffix == ".zst":
            assert unpacked(path).count("\n") == facts["received"]
        if path.suffix == ".csv":
            assert len(table(path)) == facts["received"]
        if path.suffix == ".parquet":
            assert duckdb.read_parquet(str(path)).shape[0] == facts["received"]


def test_each_fault_is_there_in_its_known_number() -> None:
    found: Counter[str] = Counter()
    for facts in EXPECTED["files"]:
        found.update(facts["quarantined_by_reason"])
    assert dict(found) == QUARANTINED
    assert sum(f["duplicates"] for f in EXPECTED["files"]) == 509


def test_every_reason_not_to_bill_occurs() -> None:
    found: Counter[str] = Counter()
    for account in OCTOBER["organizations"].values():
        found.update(account["not_billed_by_reason"])
    assert found.keys() == {
        "byok",
        "client_error",
        "gateway_cache_hit",
        "included_in_subscription",
        "key_not_valid",
        "rate_limited",
        "subscription_inactive",
        "upstream_error",
    }


def test_requests_complete_on_both_sides_of_every_month_end(native: list[dict[str, Any]]) -> None:
    completed: dict[str, set[str]] = {}
    for row in native:
        completed.setdefault(row.get("organization_id", ""), set()).add(row.get("completed_at"))
    profiles = table(CATALOG / "billing_profiles.csv")
    zones = {row["organization_id"]: ZoneInfo(row["zone"]) for row in profiles}
    spend_logs = {"org_etoile", "org_gaucho", "org_indigo", "org_nomad"}
    for organization in zones.keys() - spend_logs:
        for month in (10, 11):
            start = dt.datetime(2026, month, 1, tzinfo=zones[organization]).astimezone(dt.UTC)
            around = (start - dt.timedelta(milliseconds=1), start)
            wanted = {f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z" for at in around}
            assert wanted <= completed[organization]


def test_the_known_edges_are_there(good: list[dict[str, Any]]) -> None:
    tiers = Counter(row["service_tier_served"] for row in good)
    assert tiers["batch"] > 500
    assert tiers["priority"] > 100
    assert any(row["service_tier"] == "priority" != row["service_tier_served"] for row in good)
    long = [row for row in good if row["model"] == "gemini-2.5-pro"]
    assert sum(row["input_tokens"] > 200_000 for row in long) > 100
    assert any("cache_write_5m" in row for row in good)
    assert any("cache_write_1h" in row for row in good)
    assert any(row["latency_ms"] > 2 * 3_600_000 for row in good)
    assert any(row["outcome"] == "upstream_error" and row["input_tokens"] for row in good)
    assert any(row["usage_quality"] == "missing" and row["outcome"] == "success" for row in good)
    assert any(row["model"].rpartition("-20")[0] != row["requested_model"] for row in good)


def test_requests_keep_the_token_counts_of_the_traces(good: list[dict[str, Any]]) -> None:
    real = set()
    for name in ("azure_2023", "mooncake"):
        for row in csv.reader(io.StringIO(unpacked(SAMPLES / "inputs" / f"{name}.csv.zst"))):
            real.add(tuple(row[1:3] if name == "azure_2023" else row[:2]))
    text = [r for r in good if "images" not in r and r["input_tokens"] and "output_visible" in r]
    kept = [(str(r["input_tokens"]), str(r["output_visible"])) in real for r in text]
    # The others are the very long requests, of two real ones each, and the faults.
    assert sum(kept) > 0.96 * len(text)


def test_the_late_file_brings_october_to_six_organizations() -> None:
    october = EXPECTED["late"]["months"]["2026-10"]["organizations"]
    late = {owner: facts["billed"] + facts["not_billed"] for owner, facts in october.items()}
    assert {owner: rows for owner, rows in late.items() if rows} == {
        "org_aurora": 60,
        "org_bharat": 20,
        "org_cobalt": 25,
        "org_fjord": 40,
        "org_harbor": 30,
        "org_kestrel": 15,
    }
    assert EXPECTED["late"]["files"][0]["duplicates"] == 25


def test_all_billable_usage_has_a_price() -> None:
    priced = {(row["model_id"], row["meter"]) for row in table(CATALOG / "prices.csv")}
    for account in every_account():
        for model, facts in account["models"].items():
            assert {(model, meter) for meter in facts["billed"]} <= priced


def test_the_licences_and_the_attribution_stand_beside_the_inputs() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    names = {path.name for path in (SAMPLES / "LICENSES").iterdir()}
    assert names == {
        "azure-llm-2023-CC-BY-4.0.txt",
        "mooncake-Apache-2.0.txt",
        "servegen-Apache-2.0.txt",
    }
    assert all(f"LICENSES/{name}" in readme for name in names)
