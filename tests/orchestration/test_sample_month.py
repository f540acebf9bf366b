"""The sample month as a user closes it: against the books its composer kept."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import NOVEMBER, OCTOBER, ROOT, SAMPLE, Installation

EXPECTED = SAMPLE / "2026-10" / "EXPECTED.json"
FATES = ("received", "billed", "not_billed", "duplicates", "quarantined")


@pytest.fixture(scope="module")
def expected() -> Any:
    books = json.loads(EXPECTED.read_text())
    return books["months"]["2026-10"]


@pytest.fixture(scope="module")
def balance(closed_sample: Installation) -> Any:
    return closed_sample.must("reconcile", "2026-10", "--json").json


def test_every_request_is_where_the_composer_put_it(expected: Any, balance: Any) -> None:
    assert balance["balanced"] is True
    assert balance["totals"] == expected["totals"]
    found = {row["organization_id"]: row for row in balance["organizations"]}
    for organization, books in expected["organizations"].items():
        mine = found[organization]
        assert {fate: mine[fate] for fate in FATES} == {fate: books[fate] for fate in FATES}
        assert mine["not_billed_by_reason"] == books["not_billed_by_reason"], organization


def test_every_token_is_where_the_composer_put_it(expected: Any, balance: Any) -> None:
    found = {row["organization_id"]: row["meters"] for row in balance["organizations"]}
    for organization, books in expected["organizations"].items():
        for fate in FATES:
            mine = {m: counts[fate] for m, counts in found[organization].items() if counts[fate]}
            assert mine == books["meters"].get(fate, {}), (organization, fate)


def test_rows_are_quarantined_for_the_fault_they_were_given(
    closed_sample: Installation, expected: Any
) -> None:
    with duckdb.connect(str(closed_sample.warehouse), read_only=True) as connection:
        rows = connection.sql(
            """
            select reason, cast(sum(requests) as bigint)
            from intermediate.int_usage__file_fates where fate = 'quarantined' group by reason
            """
        ).fetchall()
    books: Counter[str] = Counter()
    for month in json.loads(EXPECTED.read_text())["months"].values():
        for organization in month["organizations"].values():
            books.update(organization["quarantined_by_reason"])
    assert dict(rows) == dict(books)
    assert expected["totals"]["quarantined"] > 0


def test_usage_by_model_is_what_the_composer_put_in(
    closed_sample: Installation, expected: Any
) -> None:
    with duckdb.connect(str(closed_sample.warehouse), read_only=True) as connection:
        rows = connection.sql(
            """
            select organization_id, model_id, requests, requests_billed
            from finance.cost_monthly where billing_month = '2026-10-01'
            """
        ).fetchall()
    books = {
        (organization, model, counts["requests"], counts.get("requests_billed", 0))
        for organization, each in expected["organizations"].items()
        for model, counts in each.get("models", {}).items()
    }
    assert {row for row in rows if row[1]} == {row for row in books if row[1]}


def test_the_walk_names_the_hash_of_the_invoice_it_looks_at(closed_sample: Installation) -> None:
    shown = closed_sample.must("show", "INV-2026-000001").json
    walk = (ROOT / "docs" / "first-walk.md").read_text(encoding="utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", walk) == [shown["sha256"]] * 2


def test_closing_a_second_home_gives_the_same_bytes(
    closed_sample: Installation, tmp_path: Path
) -> None:
    second = Installation.new(tmp_path / "home")
    second.must("ingest", OCTOBER)
    second.must("close", "2026-10", "--finalize")
    assert second.documents() == closed_sample.documents()


@pytest.mark.long
def test_closing_again_changes_nothing(closed_sample: Installation, tmp_path: Path) -> None:
    home = closed_sample.copy(tmp_path / "home")
    before = home.must("invoices", "--json").json
    again = home.must("close", "2026-10", "--finalize", "--json", now="2026-12-01T00:00:00Z").json
    assert again["blocked"] == []
    assert home.must("invoices", "--json").json == before
    assert home.documents() == closed_sample.documents()


@pytest.mark.long
def test_a_deleted_warehouse_is_rebuilt_to_the_same_documents(
    closed_sample: Installation, tmp_path: Path
) -> None:
    home = closed_sample.copy(tmp_path / "home")
    shutil.rmtree(home.warehouse.parent)
    shutil.rmtree(home.root / "documents")
    home.must("ingest", OCTOBER)
    rebuilt = home.must("close", "2026-10", "--finalize", "--json").json
    assert rebuilt["blocked"] == []
    assert home.documents() == closed_sample.documents()


@pytest.mark.long
def test_a_late_file_is_billed_in_the_next_month_under_its_own_month(
    closed_sample: Installation, tmp_path: Path
) -> None:
    home = closed_sample.copy(tmp_path / "home")
    late = json.loads(EXPECTED.read_text())["late"]
    counts = home.must("ingest", NOVEMBER, "--json").json
    october = late["months"]["2026-10"]["totals"]
    assert counts["late"] == october["billed"] + october["not_billed"]
    assert counts["accepted"] == late["files"][0]["accepted"]
    assert home.must("reconcile", "2026-10", "--json").json["balanced"] is True

    home.must("close", "2026-11", "--finalize", now="2026-12-02T00:00:00Z")
    documents = home.must("invoices", "--month", "2026-11", "--json").json["invoices"]
    aurora = next(each for each in documents if each["organization_id"] == "org_aurora")
    lines = home.must("show", aurora["number"]).json["document"]["lines"]
    assert {"2026-10", "2026-11"} == {line["service_month"] for line in lines}
    tokens = sum(
        int(line["quantity"])
        for line in lines
        if line["service_month"] == "2026-10" and line["meter"] == "output_reasoning"
    )
    assert (
        tokens
        == late["months"]["2026-10"]["organizations"]["org_aurora"]["meters"]["billed"][
            "output_reasoning"
        ]
    )
    assert closed_sample.documents().items() <= home.documents().items()
