"""Runs wait for the home, and no run that lives is taken for dead."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterEvent, DagsterInstance, DagsterRun, DagsterRunStatus, job, op
from dagster import DagsterEventType as Events

from billing.clock import Clock
from billing.errors import WarehouseBusyError
from billing.home import Home
from orchestration import instance as instances
from orchestration import refresh_job
from orchestration.build import build_definitions
from orchestration.commands import closing
from orchestration.instance import bury_dead_runs, marked_alive, open_instance
from orchestration.resources import Installation
from tests.billing.test_home import held_for

HOLD = """\
import sys, time
from pathlib import Path
from billing.home import Home
from orchestration.instance import marked_alive
with marked_alive(Home(Path(sys.argv[1])), sys.argv[2]):
    print("marked", flush=True)
    time.sleep(60)
"""


def started(instance: DagsterInstance) -> str:
    """A run that has just started."""
    run = instance.add_run(DagsterRun("close_month"))
    begins = DagsterEvent(event_type_value=Events.RUN_START.value, job_name="close_month")
    instance.report_dagster_event(begins, run.run_id)
    return run.run_id


def status(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_whose_process_was_killed_is_ended_and_not_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with open_instance(home) as instance:
        run_id = started(instance)
        program = [sys.executable, "-c", HOLD, str(tmp_path), run_id]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "marked\n"
            bury_dead_runs(instance, home)
            assert status(instance, run_id) == DagsterRunStatus.STARTED
            process.kill()
        bury_dead_runs(instance, home)
        assert status(instance, run_id) == DagsterRunStatus.FAILURE
    assert not list((home.dagster / "alive").iterdir())


def test_a_run_has_a_minute_to_show_that_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    with open_instance(home) as instance:
        run_id = started(instance)
        bury_dead_runs(instance, home)
        assert status(instance, run_id) == DagsterRunStatus.STARTED
        monkeypatch.setattr(instances, "MARK_WITHIN_SECONDS", 0)
        bury_dead_runs(instance, home)
        assert status(instance, run_id) == DagsterRunStatus.FAILURE


def test_a_mark_goes_with_its_run(tmp_path: Path) -> None:
    with marked_alive(Home(tmp_path), "a"), marked_alive(Home(tmp_path), "b"):
        assert len(list((Home(tmp_path).dagster / "alive").iterdir())) == 2
    assert not list((Home(tmp_path).dagster / "alive").iterdir())


@op
def work(installation: Installation) -> list[str]:
    """Who lives while this runs."""
    return [each.name for each in (installation.home.dagster / "alive").iterdir()]


@job(resource_defs={"installation": Installation.configure_at_launch()})
def worked() -> None:
    """One op in one home."""
    work()


def test_a_run_waits_for_the_home_and_lives_meanwhile(tmp_path: Path) -> None:
    home = Home(tmp_path)
    config = {"resources": {"installation": {"config": {"root": str(tmp_path)}}}}
    with DagsterInstance.ephemeral() as instance, held_for(home, 2):
        done = worked.execute_in_process(run_config=config, instance=instance)
    assert done.success
    assert done.output_for_node("work") == [done.run_id]


def test_a_refresh_is_not_ended_while_it_works_without_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr(instances, "MARK_WITHIN_SECONDS", 0)
    seen = []
    with open_instance(home) as instance:

        def look(*_: object) -> None:
            bury_dead_runs(instance, home)
            (run,) = instance.get_runs()
            seen.append(run.status)
            raise WarehouseBusyError

        monkeypatch.setattr(refresh_job, "bring_up_to_date", look)
        job_of_home = build_definitions(home, Clock()).resolve_job_def("refresh")
        assert job_of_home.execute_in_process(instance=instance).success
    assert seen == [DagsterRunStatus.STARTED]


def test_a_close_tells_what_it_made_though_a_refresh_came_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path)
    refreshing = held_for(home, 1.5)

    def run_close(*_: object, **__: object) -> list[object]:
        refreshing.__enter__()
        return []

    monkeypatch.setattr("orchestration.close.run_close", run_close)
    for name in ("_blocked", "reconcile", "days_apart", "warning_rows", "_documents"):
        monkeypatch.setattr(closing, name, lambda *_: [])
    monkeypatch.setattr(closing, "find_warnings", lambda *_: None)
    closing.close("2026-10", home_dir=tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out)["month"] == "2026-10"
    refreshing.__exit__(None, None, None)
