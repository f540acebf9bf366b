"""A batch makes what changed, with all cores, and goes on where it was cut short."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from time import sleep

import pytest

from billing.boundaries import ENVIRONMENT_VARIABLE
from billing.errors import MeterbookError
from invoice_render import version
from orchestration import rendered, rendering_batch
from orchestration.rendered import stamp_of
from orchestration.rendering_batch import ALONE, Outcome, Task, render_all
from tests.invoice_render import report_factories as reports
from tests.invoice_render.factories import out_of_scope

REPORT = reports.cost_report().frozen_bytes()


def task(documents: Path, number: int, name: str = "Plain Ltd") -> Task:
    document = out_of_scope()
    buyer = document.buyer.model_copy(update={"legal_name": name})
    text = f"INV-2026-{number:06d}"
    folder = documents / "org_aurora" / text
    frozen = document.model_copy(update={"number": text, "buyer": buyer}).frozen_bytes()
    return Task(folder, stamp_of(documents, folder), frozen, None, REPORT)


def tasks(documents: Path, many: int) -> list[Task]:
    return [task(documents, number) for number in range(1, many + 1)]


def changed(outcomes: Iterable[Outcome]) -> list[str]:
    return sorted(each.folder.name for each in outcomes if each.changed)


def content(documents: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(documents)): path.read_bytes()
        for path in documents.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def test_what_is_there_already_is_not_made_again(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tasks(documents, 2)
    assert len(changed(render_all(own))) == 2
    before = content(documents)
    monkeypatch.setattr(rendering_batch, "files_of", lambda *_: pytest.fail("It was made again."))
    assert changed(render_all(own)) == []
    assert content(documents) == before


def test_a_file_that_was_touched_or_lost_is_made_again(documents: Path) -> None:
    own = tasks(documents, 3)
    list(render_all(own))
    before = content(documents)
    (own[0].folder / "invoice.pdf").write_bytes(b"scribbled over")
    (own[1].folder / "lines.csv").unlink()
    assert changed(render_all(own)) == ["INV-2026-000001", "INV-2026-000002"]
    assert content(documents) == before


def test_other_templates_or_another_document_make_the_forms_anew(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tasks(documents, 1)
    list(render_all(own))
    assert changed(render_all([task(documents, 1, "Plainer Ltd")])) == ["INV-2026-000001"]
    made: list[bytes] = []
    first = rendering_batch.files_of
    monkeypatch.setattr(
        rendering_batch, "files_of", lambda *of: made.append(of[0].frozen_bytes()) or first(*of)
    )
    monkeypatch.setattr(rendered, "template_version", lambda: "another")
    list(render_all([task(documents, 1, "Plainer Ltd")]))
    assert len(made) == 1


def test_the_version_is_of_every_template_word_and_line_of_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    (package / "templates").mkdir(parents=True)
    template = package / "templates" / "invoice.typ"
    template.write_text("one")
    monkeypatch.setattr(version, "files", lambda _: package)
    one = version.template_version.__wrapped__()
    assert version.template_version.__wrapped__() == one
    template.write_text("two")
    assert version.template_version.__wrapped__() != one


def test_one_that_cannot_be_made_stops_no_other(documents: Path) -> None:
    own = [task(documents, 1), task(documents, 2, "Smile \U0001f600 Ltd"), task(documents, 3)]
    outcomes = {each.folder.name: each for each in render_all(own)}
    assert "U+1F600" in outcomes["INV-2026-000002"].refused
    assert not own[1].folder.exists()
    assert changed(outcomes.values()) == ["INV-2026-000001", "INV-2026-000003"]


def test_many_are_made_by_several_processes_the_same_as_by_one(
    documents: Path, tmp_path: Path
) -> None:
    many, heard = ALONE + 6, list[int]()
    found = list(render_all(tasks(documents, many), heard.append, workers=2))
    assert (len(changed(found)), heard) == (many, list(range(1, many + 1)))
    alone = tmp_path / "alone"
    list(render_all(tasks(alone, many), workers=1))
    assert content(documents) == content(alone)


def an_endless_batch(documents: Path) -> None:
    """Runs in a process of its own, which the test kills."""
    rendering_batch.ALONE = 1
    list(render_all((task(documents, number) for number in count(1)), workers=2))


def alive(group: int) -> list[int]:
    """Processes of a group that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(status.parent.name))
    return found


def test_nobody_goes_on_writing_when_the_one_who_began_is_killed(documents: Path) -> None:
    code = (
        "import sys, os; from pathlib import Path; from tests.orchestration.test_rendering_batch "
        "import an_endless_batch\n"
        "if __name__ == '__main__': an_endless_batch(Path(sys.argv[1]))"
    )
    script = documents.with_name("batch.py")
    script.write_text(code)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, script, documents],
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
        start_new_session=True,
    )
    made = documents / "org_aurora" / "INV-2026-000006"
    while not made.exists():
        assert process.poll() is None
        sleep(0.1)
    assert len(alive(process.pid)) > 1
    process.kill()
    process.wait()
    for _ in range(100):
        if not alive(process.pid):
            return
        sleep(0.1)
    pytest.fail(f"{alive(process.pid)} go on")


def test_a_batch_whose_process_is_killed_goes_on_where_it_stopped(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process dies at its third document; what is there is whole, and the rest follows."""
    own = tasks(documents, ALONE + 8)
    monkeypatch.setattr(rendering_batch, "ALONE", 1)
    monkeypatch.setitem(os.environ, ENVIRONMENT_VARIABLE, "render.before_rename:3")
    with pytest.raises(MeterbookError, match="Close again: it goes on where it was"):
        list(render_all(own, workers=2))
    whole = {each.name for each in own[0].folder.iterdir()}
    for folder in (documents / "org_aurora").glob("INV-*"):
        assert {each.name for each in folder.iterdir()} == whole
    monkeypatch.delitem(os.environ, ENVIRONMENT_VARIABLE)
    rest = changed(render_all(own, workers=2))
    assert 0 < len(rest) < len(own)
    assert len(content(documents)) == len(own) * len(whole)
