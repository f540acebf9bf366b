"""A log that never arrived: the close says so and goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetCheckKey, AssetCheckSeverity, AssetKey

from billing.home import Home
from orchestration.instance import open_instance
from tests.orchestration.installation import Installation
from tests.orchestration.test_bad_input import GOOD, write_log
from tests.programs import Done

pytestmark = pytest.mark.long

START = datetime(2026, 9, 20, tzinfo=UTC)
END = datetime(2026, 11, 2, tzinfo=UTC)
SILENT = (datetime(2026, 10, 12, 3, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC))
WARNING = {
    "source_id": "eu",
    "from_at": "2026-10-12T03:00:00Z",
    "to_at": "2026-10-12T09:00:00Z",
}


def log(path: Path, first: datetime, end: datetime, *, without: tuple[datetime, datetime]) -> Path:
    """A request in every hour from `first` to `end`."""
    hours = (first + timedelta(hours=number) for number in range((end - first).days * 24 + 24))
    rows = [
        GOOD | {"request_id": f"req_{at:%m%d%H}", "started_at": str(at), "completed_at": str(at)}
        for at in hours
        if at < end and not without[0] <= at < without[1]
    ]
    return write_log(path, *rows)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home whose only source missed six hours of October."""
    folder = tmp_path_factory.mktemp("silent")
    home = Installation.new(folder / "home")
    home.must("ingest", log(folder / "eu.jsonl", START, END, without=SILENT), "--source", "eu")
    return home


@pytest.fixture(scope="module")
def closed(home: Installation) -> Done:
    return home.must("close", "2026-10", "--json")


def test_a_silent_stretch_is_a_warning_and_holds_nobody_back(closed: Done) -> None:
    assert closed.json["warnings"] == [WARNING]
    assert closed.json["blocked"] == []
    assert closed.json["invoices"]
    assert list(closed.json) == ["month", "steps", "invoices", "blocked", "warnings"]


def test_the_check_names_the_stretch_and_blocks_nothing(home: Installation, closed: Done) -> None:
    del closed
    key = AssetCheckKey(AssetKey(["usage", "source_coverage"]), "no_source_fell_silent")
    with open_instance(Home(home.root)) as instance:
        store = instance.event_log_storage
        record = store.get_asset_check_execution_history(key, limit=1)[0]
    assert record.event
    evaluation = record.event.asset_check_evaluation
    assert evaluation
    assert not evaluation.passed
    assert not evaluation.blocking
    assert evaluation.severity == AssetCheckSeverity.WARN
    assert [row.data for row in evaluation.metadata["silent"].records] == [
        {"source": "eu", "from_at": "2026-10-12 03:00", "to_at": "2026-10-12 09:00", "hours": 6}
    ]


def test_the_warning_is_a_line_on_stderr_and_gone_once_the_log_arrived(
    home: Installation, closed: Done, tmp_path: Path
) -> None:
    del closed
    told = home.must("close", "2026-10")
    assert (
        "eu: no request accepted from 2026-10-12 03:00 to 2026-10-12 09:00 UTC (6 hours)"
        in told.err
    )
    late = log(tmp_path / "late.jsonl", *SILENT, without=(END, END))
    home.must("ingest", late, "--source", "eu")
    again = home.must("close", "2026-10")
    assert "no request accepted" not in again.err
