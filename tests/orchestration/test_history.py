"""The history of runs: everything Dagster's own log would hold, read by Dagster's own log."""

from pathlib import Path

import pytest
from dagster import DagsterInstance, Definitions, asset
from dagster._core.storage.event_log import EventLogStorage, SqliteEventLogStorage

from billing.home import Home
from orchestration.history import MOST_OPEN, RunHistory
from orchestration.instance import open_instance


@asset
def counted() -> int:
    """Something to materialize."""
    return 1


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home whose folder is not where the tests run."""
    return Home(tmp_path / "a home: with 'signs'")


def run(instance: DagsterInstance) -> str:
    """One run of the asset; its id."""
    done = (
        Definitions([counted])
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(instance=instance)
    )
    return done.run_id


def events(storage: EventLogStorage, run_id: str) -> list[str]:
    """The kinds of the events of a run, in their order."""
    entries = [record.event_log_entry for record in storage.get_records_for_run(run_id).records]
    return [each.dagster_event.event_type_value for each in entries if each.dagster_event]


def test_the_log_of_another_process_and_of_dagster_itself_hold_what_was_written(home: Home) -> None:
    with open_instance(home) as instance:
        assert isinstance(instance.event_log_storage, RunHistory)
        run_id = run(instance)
        written = events(instance.event_log_storage, run_id)
        assert written[-1] == "PIPELINE_SUCCESS"
        assert "ASSET_MATERIALIZATION" in written
        plain = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))
        assert events(plain, run_id) == written
    with open_instance(home) as again:
        assert events(again.event_log_storage, run_id) == written


def test_more_runs_than_databases_are_kept_open(home: Home) -> None:
    with open_instance(home) as instance:
        runs = [run(instance) for _ in range(MOST_OPEN + 2)]
        assert [events(instance.event_log_storage, each)[-1] for each in runs] == [
            "PIPELINE_SUCCESS"
        ] * len(runs)
        storage = instance.event_log_storage
        assert isinstance(storage, RunHistory)
        assert len(storage._engines) == MOST_OPEN


def test_a_home_that_was_moved_keeps_its_history_beside_it(home: Home, tmp_path: Path) -> None:
    with open_instance(home) as instance:
        run_id = run(instance)
    moved = Home(home.root.rename(tmp_path / "moved"))
    with open_instance(moved) as instance:
        assert [each.run_id for each in instance.get_runs()] == [run_id]
        assert events(instance.event_log_storage, run_id)[-1] == "PIPELINE_SUCCESS"
        run(instance)
    assert not home.root.exists()
