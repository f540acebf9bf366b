"""A plan is changed after its fee was invoiced: from the command to the books, and back again.

Arithmetic, org_indigo, USD, outside the scope of tax, plan since 11 April, in London. October's
invoice charges 11 October to 10 November, 31 days: 99.00. On 6 November it becomes a plan of
299.00. 26 days were the old one's: 99.00 x 26 / 31 = 83.032... = 83.03 stay, 15.97 are given back.
The new one costs 299.00 x 5 / 31 = 48.225... = 48.23 up to 10 November, and 299.00 from the 11th:
347.23 on November's invoice.
"""

from typing import Any

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, documents_of, observation
from tests.orchestration.test_whatif import rows_that_differ

pytestmark = pytest.mark.long

ONLY = ("--org", "org_indigo")
CHANGED, DECEMBER = "2026-11-06T10:00:00Z", "2026-12-05T06:00:00Z"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October finalized, then the plan changed, then November finalized."""
    home = Installation.new(tmp_path_factory.mktemp("fees") / "home")
    with (home.root / "catalog" / "plans.csv").open("a") as plans:
        plans.write("plan_team,Team,USD,299.00\n")
    with (home.root / "catalog" / "plan_models.csv").open("a") as models:
        models.write("plan_team,gpt-5\n")
    deliver(home, "1.jsonl", observation("a", 1_000, 1), key="key_indigo_01")
    home.must("close", "2026-10", "--finalize", *ONLY)
    done = home.must(
        "change-subscription", "sub_indigo_1", "--plan", "plan_team", "--json", now=CHANGED
    )
    assert "key" not in done.json
    used = observation("b", 1_000, 1, day="2026-11-10")
    deliver(home, "2.jsonl", used, now=DECEMBER, key="key_indigo_01")
    home.must("close", "2026-11", "--finalize", *ONLY, now=DECEMBER)
    return home


def lines(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    names = ("description", "period_first_day", "period_last_day", "amount")
    return [tuple(line[name] for name in names) for line in shown["document"]["lines"]]


def test_what_was_charged_in_advance_is_given_back_and_the_new_plan_charged(
    changed: Installation,
) -> None:
    october = documents_of(changed, "2026-10", "org_indigo")["INV-2026-000001"]
    assert lines(october) == [("Studio plan, monthly fee", "2026-10-11", "2026-11-10", "99.00")]
    november = documents_of(changed, "2026-11", "org_indigo")
    assert sorted(november) == ["CN-2026-000001", "INV-2026-000002"]
    note = november["CN-2026-000001"]
    assert lines(note) == [
        ("Studio plan, monthly fee, 5 of 31 days", "2026-11-06", "2026-11-10", "15.97")
    ]
    assert note["document"]["corrects_number"] == "INV-2026-000001"
    assert note["document"]["totals"]["total"] == "15.97"
    assert lines(november["INV-2026-000002"]) == [
        ("Team plan, monthly fee, 5 of 31 days", "2026-11-06", "2026-11-10", "48.23"),
        ("Team plan, monthly fee", "2026-11-11", "2026-12-10", "299.00"),
    ]


def test_it_is_explained_by_days(changed: Installation) -> None:
    told = changed.must("explain", "CN-2026-000001", now=DECEMBER).out
    assert "of the 31 days from 2026-10-11 to 2026-11-10" in told
    assert "99 x 26 / 31" in told
    told = changed.must("explain", "INV-2026-000002", now=DECEMBER).out
    assert "For 5 of the 31 days from 2026-10-11 to 2026-11-10: 299 x 5 / 31" in told


def test_closed_again_both_months_are_what_they_were(changed: Installation) -> None:
    before = changed.documents()
    for month in ("2026-10", "2026-11"):
        changed.must("close", month, "--finalize", *ONLY, now=DECEMBER)
    assert changed.documents() == before


def test_the_key_goes_on_with_the_new_plan(changed: Installation) -> None:
    with duckdb.connect(str(changed.warehouse), read_only=True) as connection:
        found = connection.execute(
            """select payer_id, not_billed_reason from intermediate.dim_usage_key
            where organization_id = 'org_indigo' order by 1"""
        ).fetchall()
    assert found == [
        ("sub_indigo_1", "included_in_subscription"),
        ("sub_indigo_2", "included_in_subscription"),
    ]


def test_it_is_balanced_and_the_same_catalog_makes_no_difference(changed: Installation) -> None:
    assert changed.must("reconcile", "2026-11", "--json", now=DECEMBER).json["balanced"] is True
    catalog = changed.root / "catalog"
    asked = ("whatif", "2026-11", "--catalog", catalog, *ONLY, "--lines", "--json")
    assert rows_that_differ(changed.must(*asked, now=DECEMBER).json) == []
