"""The graph as Dagster sees it: nothing dangling, stages as groups, one writer at a time."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, Definitions, RunRequest, build_schedule_context

from billing.clock import Clock
from billing.home import Home
from billing.periods import BillingMonth
from orchestration.build import build_definitions
from orchestration.defs.ingestion.assets import POOL
from orchestration.instance import open_instance
from orchestration.resources import Premises
from orchestration.schedules import Due, Terms, due_work, hourly_close
from orchestration.told import watched_until

STAGES = {
    "ingestion",
    "catalog",
    "rating",
    "prepaid",
    "caps",
    "subscriptions",
    "invoicing",
    "rendering",
    "finance",
    "usage",
}
OCTOBER = BillingMonth(2026, 10)
CATALOG = Path(__file__).parents[2] / "data" / "catalog"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    clock = Clock(datetime(2026, 11, 5, 6, tzinfo=UTC))
    return build_definitions(Home(tmp_path_factory.mktemp("home")), clock)


def test_no_asset_waits_for_something_that_nobody_makes(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    phantoms = [key for key in graph.get_all_asset_keys() if not graph.get(key).is_materializable]
    assert phantoms == []


def test_groups_are_the_stages(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == STAGES


def test_what_a_month_needs_is_checked_before_a_draft(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    checks = {
        key.name
        for key in graph.asset_check_keys
        if key.asset_key == AssetKey(["audit", "finding"])
    }
    assert checks >= {
        "usage_is_priced",
        "nothing_lost",
        "two_engines_agree",
        "may_be_closed",
        "finalized_documents_reproduced",
    }
    assert all(
        graph.get(key).blocking
        for key in graph.asset_check_keys
        if key.asset_key == AssetKey(["audit", "finding"])
    )


def test_every_step_that_writes_to_the_warehouse_waits_for_the_one_writer(
    definitions: Definitions,
) -> None:
    steps = definitions.resolve_job_def("close_month").nodes
    free = {node.name for node in steps if node.definition.pool != POOL}
    assert free == {"documents__rendered"}


def test_the_instance_lets_one_step_write(tmp_path: Path) -> None:
    with open_instance(Home(tmp_path)) as instance:
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def _terms(organization: str, zone: str, review_days: int = 3) -> Terms:
    return Terms(organization, zone, review_days)


def test_an_organization_is_drafted_when_its_own_month_has_ended() -> None:
    customers = [_terms("tokyo", "Asia/Tokyo"), _terms("lima", "America/Lima")]
    at = datetime(2026, 10, 31, 16, tzinfo=UTC)
    due = due_work(at, customers, [], [("lima", BillingMonth(2026, 9))])
    assert due == [Due(OCTOBER, finalize=False, organizations=("tokyo",))]


def test_a_draft_is_finalized_after_its_review_days_and_not_before() -> None:
    end = OCTOBER.bounds("Asia/Kolkata")[1]
    drafted = [("kolkata", OCTOBER)]
    customer = [_terms("kolkata", "Asia/Kolkata")]
    assert due_work(end + timedelta(days=3, seconds=-1), customer, drafted, []) == []
    due = due_work(end + timedelta(days=3), customer, drafted, [])
    assert due == [Due(OCTOBER, finalize=True, organizations=("kolkata",))]


def test_a_finalized_month_is_left_alone() -> None:
    at = OCTOBER.bounds("UTC")[1] + timedelta(days=20)
    assert due_work(at, [_terms("done", "UTC")], [], [("done", OCTOBER)]) == []


def test_an_older_draft_is_finalized_before_the_next_month_is_over() -> None:
    at = datetime(2026, 12, 2, tzinfo=UTC)
    due = due_work(at, [_terms("slow", "UTC")], [("slow", OCTOBER)], [])
    assert Due(OCTOBER, finalize=True, organizations=("slow",)) in due


def test_of_a_month_that_lasts_only_whole_hours_are_watched() -> None:
    during = Clock(datetime(2026, 10, 12, 9, 59, tzinfo=UTC))
    assert watched_until(OCTOBER, during) == datetime(2026, 10, 12, 9, tzinfo=UTC)
    for days in (0, 1, 40):
        after = Clock(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=days))
        assert watched_until(OCTOBER, after) == datetime(2026, 11, 1, tzinfo=UTC)


def test_the_schedule_looks_on_while_a_run_holds_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    shutil.copytree(CATALOG, home.catalog)
    now = datetime(2026, 11, 5, 6, tzinfo=UTC)
    premises = Premises(root=str(tmp_path), fixed_now=now.isoformat())
    with home.exclusive(), DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(instance=instance, resources={"premises": premises})
        requests = [each for each in hourly_close(context) or () if isinstance(each, RunRequest)]
    assert {request.partition_key for request in requests} == {"2026-10"}


def test_a_refresh_leaves_a_home_alone_that_another_run_works_in(tmp_path: Path) -> None:
    home = Home(tmp_path)
    definitions = build_definitions(home, Clock(datetime(2026, 11, 5, 6, tzinfo=UTC)))
    with home.exclusive(), DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("refresh").execute_in_process(instance=instance)
    assert done.success
    assert not home.published.exists()


def test_a_refresh_starts_every_five_minutes_and_not_when_a_close_does(
    definitions: Definitions,
) -> None:
    often = definitions.resolve_schedule_def("refresh_often")
    hourly = definitions.resolve_schedule_def("hourly_close")
    minutes = [minute for minute in range(60) if minute % 5 == 2]
    assert often.cron_schedule == "2-59/5 * * * *"
    assert int(str(hourly.cron_schedule).split()[0]) not in minutes
