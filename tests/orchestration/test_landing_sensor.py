"""The sensor in Dagster: one run for each batch, asked for again until a run took it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    RunRequest,
    SensorResult,
    build_sensor_context,
)

from billing.home import Home
from orchestration.defs.ingestion.sensors import RUN_KEY, landing_files
from orchestration.resources import Premises

Tick = Callable[[str | None], SensorResult]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as memory:
        yield memory


@pytest.fixture
def tick(folder: Path, instance: DagsterInstance) -> Tick:
    premises = Premises(root=str(folder.parent))

    def evaluate(cursor: str | None) -> SensorResult:
        context = build_sensor_context(
            instance=instance, cursor=cursor, resources={"premises": premises}
        )
        result = landing_files(context)
        assert isinstance(result, SensorResult)
        return result

    return evaluate


def requests_of(result: SensorResult) -> list[RunRequest]:
    return list(result.run_requests or [])


def test_the_sensor_names_its_files_and_repeats_itself_under_the_same_key(
    folder: Path, tick: Tick
) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    first = tick(None)
    assert requests_of(first) == []
    (request,) = requests_of(tick(first.cursor))
    (again,) = requests_of(tick(first.cursor))
    assert request.run_key == again.run_key
    paths = request.run_config["ops"]["raw_usage"]["config"]["paths"]
    assert paths == [str(folder / "a.jsonl")]


@pytest.mark.parametrize(
    ("status", "asked_again"),
    [
        (DagsterRunStatus.SUCCESS, False),
        (DagsterRunStatus.STARTED, False),
        (DagsterRunStatus.NOT_STARTED, False),
        (DagsterRunStatus.FAILURE, True),
        (DagsterRunStatus.CANCELED, True),
    ],
)
def test_the_sensor_asks_again_only_for_what_no_run_took(
    folder: Path, instance: DagsterInstance, tick: Tick, status: DagsterRunStatus, asked_again: bool
) -> None:
    (folder / f"{status.value}.jsonl").write_text("{}\n")
    result = tick(tick(None).cursor)
    (request,) = requests_of(result)
    tags = {RUN_KEY: str(request.run_key)}
    instance.add_run(DagsterRun("ingest_landing", tags=tags, status=status))
    later: list[RunRequest] = []
    for _ in range(3):
        result = tick(result.cursor)
        later += requests_of(result)
    assert bool(later) is asked_again
    assert json.loads(result.cursor or "")[f"{status.value}.jsonl"][-1] is (
        status == DagsterRunStatus.SUCCESS
    )


def test_the_sensor_looks_while_another_process_works_in_the_home(folder: Path, tick: Tick) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    with Home(folder.parent).exclusive():
        assert requests_of(tick(tick(None).cursor))
