"""Wrong files and wrong months: a clear refusal, others unharmed, nothing half done."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.installation import Installation

GOOD = {
    "request_id": "req_1",
    "started_at": "2026-10-02T10:00:00Z",
    "completed_at": "2026-10-02T10:00:02Z",
    "api_key_id": "key_aurora_01",
    "requested_model": "gpt-5",
    "model": "gpt-5-2025-08-07",
    "provider": "openai",
    "status": 200,
    "outcome": "success",
    "latency_ms": 2000,
    "input_uncached": 100,
    "output_visible": 10,
}


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    return Installation.new(tmp_path / "home")


def write_log(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def edit(home: Installation, file: str, before: str, after: str) -> None:
    path = home.root / "catalog" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_missing_catalog_file_is_named_and_nothing_is_closed(
    home: Installation, tmp_path: Path
) -> None:
    home.must("ingest", write_log(tmp_path / "log.jsonl", GOOD))
    (home.root / "catalog" / "prices.csv").unlink()
    done = home.run("close", "2026-10", "--finalize")
    assert done.code == 1
    assert "prices.csv" in done.err
    assert "Traceback" not in done.err
    assert home.must("invoices", "--json").json == {"invoices": []}


def test_every_problem_of_the_catalog_is_told_at_once(home: Installation) -> None:
    edit(home, "billing_profiles.csv", "Asia/Kolkata", "Asia/Calcuta")
    edit(home, "organizations.csv", "organization_id,name", "organization_id,label")
    done = home.run("catalog", "check")
    assert done.code == 1
    assert "billing_profiles.csv, row" in done.err
    assert "organizations.csv" in done.err
    assert "label" in done.err


def test_a_model_without_a_price_holds_back_its_organization_alone(
    home: Installation, tmp_path: Path
) -> None:
    unpriced = GOOD | {"request_id": "req_2", "model": "mystery-9", "api_key_id": "key_cobalt_01"}
    home.must("ingest", write_log(tmp_path / "log.jsonl", GOOD, unpriced))
    done = home.run("close", "2026-10", "--finalize", "--json")
    assert done.code == 3
    blocked = done.json["blocked"]
    assert [each["organization_id"] for each in blocked] == ["org_cobalt"]
    assert "mystery-9" in blocked[0]["reason"]
    billed = {each["organization_id"] for each in done.json["invoices"]}
    assert "org_aurora" in billed
    assert "org_cobalt" not in billed


@pytest.mark.long
def test_a_name_that_no_font_can_write_holds_back_its_organization_alone(
    home: Installation, tmp_path: Path
) -> None:
    edit(home, "billing_profiles.csv", "Aurora Robotik GmbH", "Aurora 🤖 GmbH")
    cobalt = GOOD | {
        "request_id": "req_2",
        "api_key_id": "key_cobalt_01",
        "input_uncached": 100_000,
    }
    home.must("ingest", write_log(tmp_path / "log.jsonl", GOOD, cobalt))
    done = home.run("close", "2026-10", "--finalize", "--json")
    assert done.code == 3
    assert [each["organization_id"] for each in done.json["blocked"]] == ["org_aurora"]
    assert "U+1F916" in done.json["blocked"][0]["reason"]
    assert "org_cobalt" in {each["organization_id"] for each in done.json["invoices"]}


def test_a_month_without_usage_closes_with_what_is_due_anyway(home: Installation) -> None:
    done = home.must("close", "2026-02", "--finalize", "--json")
    assert done.json["blocked"] == []
    assert {each["kind"] for each in done.json["invoices"]} <= {"invoice", "statement"}
    assert all(each["organization_id"] != "org_nomad" for each in done.json["invoices"])


def test_a_month_in_the_future_is_refused(home: Installation) -> None:
    done = home.run("close", "2027-01")
    assert done.code == 1
    assert "2027-01 has not begun" in done.err


def test_a_month_that_is_not_a_month_is_refused(home: Installation) -> None:
    for text in ("2026-13", "October", "2026-1", "../../x"):
        done = home.run("close", text)
        assert done.code == 1
        assert "Write it like 2026-10" in done.err


def test_an_unknown_organization_is_refused_by_name(home: Installation) -> None:
    done = home.run("close", "2026-10", "--org", "org_nobody")
    assert done.code == 1
    assert "org_nobody" in done.err


def test_a_truncated_file_is_refused_and_the_others_are_taken(
    home: Installation, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    whole = gzip.compress((json.dumps(GOOD | {"request_id": "req_9"}) + "\n").encode() * 500)
    (landing / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    write_log(landing / "b.jsonl", GOOD)
    done = home.run("ingest", landing, "--json")
    assert done.code == 1
    assert "a.jsonl.gz" in done.err
    assert done.json["accepted"] == 1
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        names = connection.sql("select file_name from raw.ingest_file").fetchall()
    assert names == [("b.jsonl",)]


def test_a_file_that_is_not_what_its_name_says_is_read_by_its_content(
    home: Installation, tmp_path: Path
) -> None:
    done = home.must("ingest", write_log(tmp_path / "log.parquet", GOOD), "--json")
    assert done.json["accepted"] == 1


def test_a_file_that_is_no_log_is_refused_by_name(home: Installation, tmp_path: Path) -> None:
    (tmp_path / "picture.jsonl").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    done = home.run("ingest", tmp_path / "picture.jsonl")
    assert done.code == 1
    assert "picture.jsonl" in done.err
    assert "Traceback" not in done.err


def test_a_path_that_does_not_exist_is_refused(home: Installation, tmp_path: Path) -> None:
    done = home.run("ingest", tmp_path / "nowhere")
    assert done.code == 1
    assert "nowhere" in done.err


def test_a_second_process_is_told_who_works_in_the_home(home: Installation, tmp_path: Path) -> None:
    from billing.home import Home  # noqa: PLC0415  # the lock is what this test is about

    with Home(home.root).exclusive():
        done = home.run("ingest", write_log(tmp_path / "log.jsonl", GOOD))
    assert done.code == 1
    assert "is working in" in done.err


def test_a_number_that_does_not_exist_is_refused(home: Installation) -> None:
    for command in ("show", "explain"):
        done = home.run(command, "INV-2026-999999")
        assert done.code == 1
        assert "INV-2026-999999" in done.err


def test_a_month_nobody_closed_cannot_be_reconciled(home: Installation, tmp_path: Path) -> None:
    home.must("ingest", write_log(tmp_path / "log.jsonl", GOOD))
    done = home.run("reconcile", "2026-10")
    assert done.code == 1
    assert "meterbook close 2026-10" in done.err
    assert "Traceback" not in done.err


def test_wrong_usage_ends_with_two(home: Installation) -> None:
    assert home.run("close").code == 2
    assert home.run("close", "2026-10", "--finalise").code == 2


def test_the_doctor_names_what_is_wrong(home: Installation) -> None:
    assert home.must("doctor", "--json").json["ok"] is True
    (home.root / "catalog" / "seller.csv").unlink()
    done = home.run("doctor", "--json")
    assert done.code == 1
    wrong = [check for check in done.json["checks"] if not check["ok"]]
    assert [check["check"] for check in wrong] == ["catalog"]
    assert "seller.csv" in wrong[0]["detail"]
