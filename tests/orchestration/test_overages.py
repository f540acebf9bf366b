"""What a plan is used beyond what it includes, as an operator meets it.

Arithmetic, org_indigo, USD, outside the scope of tax, plan_studio since 11 April, in London. The
plan includes 1,000 tokens, each more 0.001. A request at 11:15 of 10 October, the last day of the
period from 11 September, has 1,500 + 300 tokens: 800 beyond, 0.80, beside 99.00 for the next one.
At 0.002 it would be 1.60.
"""

import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, documents_of, observation
from tests.orchestration.test_tampering import audited
from tests.orchestration.test_whatif import rows_that_differ

pytestmark = pytest.mark.long

ONLY = ("--org", "org_indigo")
HEAD = "plan_overage_id,plan_id,counted,model_id,included_quantity,unit_price\n"


def include(folder: Path, price: str) -> None:
    """Let plan_studio include 1,000 tokens, each more at a price."""
    row = f"studio_tokens,plan_studio,tokens,,1000,{price}\n"
    (folder / "plan_overages.csv").write_text(HEAD + row)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = Installation.new(tmp_path_factory.mktemp("overages") / "home")
    include(home.root / "catalog", "0.001")
    deliver(home, "1.jsonl", observation("a", 1_500, 1), key="key_indigo_01")
    home.must("close", "2026-10", *ONLY)
    return home


@pytest.fixture(scope="module")
def closed(drafted: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = drafted.copy(tmp_path_factory.mktemp("closed") / "home")
    home.must("close", "2026-10", "--finalize", *ONLY)
    return home


def test_it_is_a_line_beside_the_fee_and_the_requests_stay_included(closed: Installation) -> None:
    (shown,) = documents_of(closed, "2026-10", "org_indigo").values()
    over, fee = shown["document"]["lines"]
    assert (over["kind"], over["quantity"], over["unit_price"]) == ("plan_overage", 800, "1000.00")
    assert (over["base_quantity"], over["amount"]) == (1_000_000, "0.80")
    assert (over["period_first_day"], over["period_last_day"]) == ("2026-09-11", "2026-10-10")
    assert (fee["kind"], fee["amount"]) == ("plan_fee", "99.00")
    assert shown["document"]["totals"]["total"] == "99.80"
    assert closed.must("reconcile", "2026-10", "--json").json["balanced"] is True
    with duckdb.connect(str(closed.warehouse), read_only=True) as connection:
        reasons = connection.execute(
            "select distinct not_billed_reason from intermediate.dim_usage_key"
        ).fetchall()
    assert reasons == [("included_in_subscription",)]


def test_it_is_explained_down_to_the_request(closed: Installation) -> None:
    told = closed.must("explain", "INV-2026-000001", "--line", "1").out
    assert "includes 1,000 tokens a month, each more 0.001 USD" in told
    assert "used 1,800 tokens, so 800 beyond" in told
    assert "1 requests with 1,800 tokens, exactly what was used" in told


def test_a_quantity_that_was_altered_is_named_with_both_numbers(
    drafted: Installation, tmp_path: Path
) -> None:
    home = drafted.copy(tmp_path / "home")
    altered = """
        update intermediate.int_invoicing__rounded_lines set quantity = quantity + 1
        where line_kind = 'plan_overage'
    """
    with audited(home, altered) as (findings, ready):
        (finding,) = (each for each in findings if each.subject.endswith(" quantity"))
        assert (finding.organization_id, finding.check_name) == ("org_indigo", "recomputed_lines")
        assert "800" in finding.message
        assert "801" in finding.message
        assert "org_indigo" not in ready


def test_another_price_is_a_difference_of_a_what_if_and_refused_in_place(
    closed: Installation, tmp_path: Path
) -> None:
    home = closed.copy(tmp_path / "home")
    asked = ("whatif", "2026-10", *ONLY, "--lines", "--json", "--catalog")
    assert rows_that_differ(home.must(*asked, home.root / "catalog").json) == []
    other = tmp_path / "other"
    shutil.copytree(home.root / "catalog", other)
    include(other, "0.002")
    rows = rows_that_differ(home.must(*asked, other).json)
    assert {Decimal(row["difference"]) for row in rows} == {Decimal("0.80")}
    assert [row["line_kind"] for row in rows if "line_kind" in row] == ["plan_overage"]

    include(home.root / "catalog", "0.002")
    done = home.run("close", "2026-11", *ONLY, now="2026-12-05T06:00:00Z")
    assert done.code == 1
    assert "plan_overages.csv, row 2, field unit_price: studio_tokens was accepted" in done.err


def test_it_was_seen_coming_as_caps_are(closed: Installation) -> None:
    told = closed.must("caps", *ONLY, "--json").json
    alerts = [each for each in told["alerts"] if each["limit_kind"] == "included_tokens"]
    assert [each["threshold_percent"] for each in alerts] == [80, 90, 100]
    assert {(each["subject_id"], each["raised_at"]) for each in alerts} == {
        ("sub_indigo_1", "2026-10-10T10:15:00Z")
    }
    assert {(each["limit_quantity"], each["used_quantity"]) for each in alerts} == {(1_000, 1_800)}
    raised = closed.must("alerts", "--kind", "cap_used", "--json").json["alerts"]
    assert {each["subject_kind"] for each in raised} == {"subscription"}
    (status,) = told["caps"]
    assert (status["limit_kind"], status["used_percent"]) == ("included_tokens", 180)
    assert status["period_starts_at"] == "2026-09-10T23:00:00Z"


def test_closed_again_the_month_is_what_it_was(closed: Installation) -> None:
    before = closed.documents()
    closed.must("close", "2026-10", "--finalize", *ONLY)
    assert closed.documents() == before
