"""A plan is changed and changed back on one day, and used in between: once charged, once counted.

Arithmetic, org_indigo, USD, outside the scope of tax, plan_studio since 11 April, in London. The
plan includes 1,000 tokens, each more 0.001. October's invoice charges 11 October to 10 November, 31
days: 99.00. On 6 November it becomes plan_team at 10:00 and plan_studio again at 14:00; the request
at 10:15:34 has 500 + 300 tokens. The first has 26 of 31 days: 99.00 x 26 / 31 = 83.03 stay, 15.97
are given back. plan_team has no day. The last has the 6th to the 10th: 99.00 x 5 / 31 = 15.967...,
so 15.97, and of 1,000 tokens 161.29..., so 161. 800 - 161 = 639 beyond: 0.639, so 0.64.
"""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, documents_of, observation
from tests.orchestration.test_overages import include

pytestmark = pytest.mark.long

ONLY = ("--org", "org_indigo")
TO, FRO = "2026-11-06T10:00:00Z", "2026-11-06T14:00:00Z"
DECEMBER = "2026-12-05T06:00:00Z"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October finalized, the plan changed to and fro, November finalized."""
    home = Installation.new(tmp_path_factory.mktemp("to_and_fro") / "home")
    include(home.root / "catalog", "0.001")
    with (home.root / "catalog" / "plans.csv").open("a") as plans:
        plans.write("plan_team,Team,USD,299.00\n")
    with (home.root / "catalog" / "plan_models.csv").open("a") as models:
        models.write("plan_team,claude-sonnet-4-5\n")
    deliver(home, "1.jsonl", observation("a", 1, 1), key="key_indigo_01")
    home.must("close", "2026-10", "--finalize", *ONLY)
    home.must("change-subscription", "sub_indigo_1", "--plan", "plan_team", now=TO)
    home.must("change-subscription", "sub_indigo_2", "--plan", "plan_studio", now=FRO)
    used = observation("b", 500, 1, day="2026-11-06")
    deliver(home, "2.jsonl", used, now=DECEMBER, key="key_indigo_01")
    home.must("close", "2026-11", "--finalize", *ONLY, now=DECEMBER)
    return home


def test_each_day_is_charged_once_and_the_use_between_counts_with_who_has_the_day(
    changed: Installation,
) -> None:
    november = documents_of(changed, "2026-11", "org_indigo")
    note = november["CN-2026-000001"]["document"]["lines"]
    assert [(line["amount"], line["period_first_day"]) for line in note] == [
        ("15.97", "2026-11-06")
    ]
    lines = november["INV-2026-000002"]["document"]["lines"]
    names = ("kind", "quantity", "period_first_day", "period_last_day", "amount")
    assert [tuple(line[name] for name in names) for line in lines] == [
        ("plan_overage", 639, "2026-11-06", "2026-11-10", "0.64"),
        ("plan_fee", 1, "2026-11-06", "2026-11-10", "15.97"),
        ("plan_fee", 1, "2026-11-11", "2026-12-10", "99.00"),
    ]
    assert changed.must("reconcile", "2026-11", "--json", now=DECEMBER).json["balanced"] is True


def test_it_is_explained_down_to_the_request_on_the_plan_between(changed: Installation) -> None:
    told = changed.must("explain", "INV-2026-000002", "--line", "1", now=DECEMBER).out
    assert "used 800 tokens, so 639 beyond" in told
    assert "1 requests with 800 tokens, exactly what was used" in told
    between = "sub_indigo_2: 800, from 2026-11-06T10:00:00Z up to 2026-11-06T14:00:00Z"
    last = "sub_indigo_3: 0, from 2026-11-06T14:00:00Z up to 2026-11-11T00:00:00Z"
    said = " ".join(told.split())
    assert f"so 639 beyond: Subscription {between} Subscription {last} " in said


@pytest.mark.parametrize(
    "amiss",
    [
        "drop table intermediate.int_subscriptions__overage_stretches",
        "delete from intermediate.int_subscriptions__overage_stretches",
    ],
)
def test_without_stretches_it_is_explained_by_its_own_subscription_and_times(
    changed: Installation, tmp_path: Path, amiss: str
) -> None:
    """A warehouse that an earlier version built has no such table until the next close."""
    home = changed.copy(tmp_path / "home")
    with closing(duckdb.connect(str(home.warehouse))) as connection:
        connection.execute(amiss)
    told = home.must("explain", "INV-2026-000002", "--line", "1", now=DECEMBER).out
    said = " ".join(told.split())
    last = "sub_indigo_3: 0, from 2026-11-06T14:00:00Z up to 2026-11-11T00:00:00Z"
    assert f"used 800 tokens, so 639 beyond: Subscription {last} " in said
    assert "0 requests with 0 tokens, NOT what was used" in said
