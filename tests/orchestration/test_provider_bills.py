"""A provider's bill beside our own count, through the command line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey

from billing.home import Home
from orchestration.instance import open_instance
from tests.orchestration.installation import ROOT, Installation
from tests.orchestration.test_bad_input import GOOD, write_log
from tests.programs import Done

ROSETTA = ROOT / "tests" / "billing" / "ingestion" / "rosetta"
USAGE = ROSETTA / "openai_chat_usage.jsonl"
BILL = ROSETTA / "openai_org_usage_completions.jsonl"
COSTS = ROSETTA / "openai_org_costs.jsonl"
CHECK = AssetCheckKey(AssetKey(["finance", "provider_tie_out"]), "providers_agree")
COST = "0.009348"


def altered(path: Path, text: str, **new: object) -> Path:
    """A copy of a page of the bill with figures replaced."""
    page = json.loads(text)
    for name, value in new.items():
        result = page["data"][0]["results"][0]
        if name == "value":
            result["amount"][name] = value
        else:
            result[name] = value
    path.write_text(json.dumps(page))
    return path


def check_of(home: Installation) -> Any:
    """The newest evaluation of the check."""
    with open_instance(Home(home.root)) as instance:
        store = instance.event_log_storage
        record = store.get_asset_check_execution_history(CHECK, limit=1)[0]
    assert record.event
    return record.event.asset_check_evaluation


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home with R2 of the shared example, one other customer's request, and the bill of R2."""
    home = Installation.new(tmp_path_factory.mktemp("bills") / "home")
    key = next(
        line for line in (home.root / "catalog" / "api_keys.csv").read_text().splitlines()[1:]
    )
    settings = [
        *("--set", f"api_key_id={key.split(',')[0]}"),
        *("--set", "completed_at=2026-10-03T10:15:34Z"),
    ]
    home.must("ingest", USAGE, *settings)
    return home


@pytest.fixture(scope="module")
def ingested(home: Installation) -> Done:
    return home.must("ingest", BILL, COSTS, "--json")


@pytest.fixture(scope="module")
def closed(home: Installation, ingested: Done) -> Done:
    del ingested
    return home.must("close", "2026-10", "--json")


def test_a_bill_is_told_in_a_line_of_its_own_and_in_no_count_of_usage(ingested: Done) -> None:
    assert ingested.json == {
        "files": 0, "received": 0, "accepted": 0, "duplicates": 0, "quarantined": 0, "late": 0,
        "bills": 2,
    }  # fmt: skip
    assert "openai_org_costs.jsonl (openai_org_costs, bill 1): 1 rows" in ingested.err


def test_a_bill_that_agrees_is_within_tolerance_and_the_close_says_nothing(
    home: Installation, closed: Done
) -> None:
    assert "bill" not in closed.err
    found = home.must("bills", "--month", "2026-10", "--json").json
    assert found["days_apart"] == []
    (model,) = found["models"]
    assert (model["provider"], model["model_id"]) == ("openai", "gpt-5")
    assert (model["input_tokens"], model["bill_input_tokens"]) == (2000, 2000)
    assert (model["output_tokens"], model["bill_output_tokens"]) == (800, 800)
    assert Decimal(model["list_amount"]) == Decimal(model["bill_amount"]) == Decimal(COST)
    assert model["reasons"] == []
    assert check_of(home).passed


@pytest.mark.long
@pytest.mark.parametrize(
    ("source", "figures", "told"),
    [
        (BILL, {"input_tokens": 2100}, "2,100"),
        (BILL, {"output_tokens": 760}, "760"),
        (BILL, {"input_cached_tokens": 1075}, "2,000"),
        (COSTS, {"value": 0.0098154}, "0.009815"),
    ],
)
def test_a_bill_five_percent_apart_is_named_and_holds_nobody_back(
    home: Installation, closed: Done, tmp_path: Path, source: Path, figures: Any, told: str
) -> None:
    del closed
    other = home.copy(tmp_path / "home")
    other.must("ingest", altered(tmp_path / "again.jsonl", source.read_text(), **figures))
    again = other.must("close", "2026-10")
    assert "the bill of openai differs from our own count on 1 day" in again.err
    evaluation = check_of(other)
    assert (evaluation.passed, evaluation.blocking) == (False, False)
    assert evaluation.severity == AssetCheckSeverity.WARN
    (row,) = evaluation.metadata["differences"].records
    assert (row.data["model"], row.data["day"]) == ("gpt-5", "2026-10-03")
    shown = other.must("bills")
    assert "Beyond tolerance" in shown.out
    assert told in shown.out


@pytest.mark.long
def test_without_bills_nothing_is_compared(tmp_path: Path) -> None:
    home = Installation.new(tmp_path / "home")
    home.must("ingest", write_log(tmp_path / "usage.jsonl", GOOD))
    closed = home.must("close", "2026-10")
    assert "bill of" not in closed.err
    assert home.must("bills", "--json").json == {"month": None, "models": [], "days_apart": []}
    assert "No bill was compared" in home.must("bills").out
