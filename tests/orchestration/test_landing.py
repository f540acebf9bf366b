"""The landing folder as the sensor sees it: what is complete, and that nothing is forgotten."""

import os
from pathlib import Path

import pytest

from orchestration.landing import Batch, Fate, Seen, look, next_step, read_memory, write_memory


class Watcher:
    """Looks at a folder again and again; `fates` says what became of each batch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memory: dict[str, Seen] = {}
        self.fates: dict[str, Fate] = {}

    def look(self) -> Batch | None:
        known = lambda key: self.fates.get(key, Fate.OPEN)  # noqa: E731  # shorter here
        batch, memory = next_step(self.memory, look(self.folder), known)
        self.memory = read_memory(write_memory(memory))
        return batch

    def names(self) -> tuple[str, ...]:
        batch = self.look()
        return batch.names if batch else ()

    def taken(self) -> Batch:
        """Look until a batch is handed on, and let its run succeed."""
        batch = self.look() or self.look()
        assert batch
        self.fates[batch.key] = Fate.TAKEN
        return batch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture
def watcher(folder: Path) -> Watcher:
    return Watcher(folder)


def test_a_growing_file_is_not_taken(folder: Path, watcher: Watcher) -> None:
    for lines in range(1, 5):
        (folder / "a.jsonl").write_text("{}\n" * lines)
        assert watcher.names() == ()
    assert watcher.names() == ("a.jsonl",)


def test_a_file_written_to_without_growing_is_not_taken(folder: Path, watcher: Watcher) -> None:
    log = folder / "a.jsonl"
    log.write_text("{}\n")
    assert watcher.names() == ()
    os.utime(log, ns=(0, 1))
    assert watcher.names() == ()
    assert watcher.names() == ("a.jsonl",)


def test_a_file_is_handed_on_once(folder: Path, watcher: Watcher) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    batch = watcher.taken()
    assert [watcher.look() for _ in range(5)] == [None] * 5
    assert watcher.fates == {batch.key: Fate.TAKEN}


def test_a_name_that_is_not_final_is_left_alone(folder: Path, watcher: Watcher) -> None:
    (folder / "upload.part").mkdir()
    (folder / ".git").mkdir()
    for name in ("a.jsonl.tmp", "b.part", ".c.jsonl", "upload.part/d.jsonl", ".git/e.jsonl"):
        (folder / name).write_text("{}\n")
    watcher.look()
    assert watcher.names() == ()
    assert watcher.memory == {}
    (folder / "a.jsonl.tmp").rename(folder / "a.jsonl")
    watcher.look()
    assert watcher.names() == ("a.jsonl",)


def test_an_empty_file_is_waited_for(folder: Path, watcher: Watcher) -> None:
    (folder / "a.jsonl").touch()
    assert [watcher.names() for _ in range(3)] == [()] * 3
    (folder / "a.jsonl").write_text("{}\n")
    watcher.look()
    assert watcher.names() == ("a.jsonl",)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    folder: Path, watcher: Watcher
) -> None:
    (folder.parent / "secret.jsonl").write_text("{}\n")
    (folder.parent / "outside").mkdir()
    (folder.parent / "outside" / "b.jsonl").write_text("{}\n")
    (folder / "a.jsonl").symlink_to(folder.parent / "secret.jsonl")
    (folder / "inside").symlink_to(folder.parent / "outside")
    (folder / "nowhere.jsonl").symlink_to(folder / "gone.jsonl")
    (folder / "circle.jsonl").symlink_to(folder / "circle.jsonl")
    (folder / "early.jsonl").symlink_to(folder / "c.jsonl.part")
    (folder / "c.jsonl.part").write_text("{}\n")
    (folder / "d.jsonl").write_text("{}\n")
    (folder / "e.jsonl").symlink_to("d.jsonl")
    watcher.look()
    assert watcher.names() == ("d.jsonl", "e.jsonl")


def test_a_replaced_file_is_handed_on_again(folder: Path, watcher: Watcher) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    first = watcher.taken()
    (folder / "b.jsonl.tmp").write_text("[]\n")
    (folder / "b.jsonl.tmp").rename(folder / "a.jsonl")
    second = watcher.taken()
    assert first.names == second.names == ("a.jsonl",)
    assert first.key != second.key


def test_a_vanished_file_is_forgotten(folder: Path, watcher: Watcher) -> None:
    for number in range(20):
        (folder / f"{number}.jsonl").write_text("{}\n")
    watcher.taken()
    for number in range(19):
        (folder / f"{number}.jsonl").unlink()
    watcher.look()
    assert list(watcher.memory) == ["19.jsonl"]


def test_the_same_look_twice_asks_for_the_same_run(folder: Path) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    (folder / "b.jsonl").write_text("{}\n")
    seen = look(folder)
    first = next_step(seen, look(folder), lambda _: Fate.OPEN)
    assert next_step(seen, look(folder), lambda _: Fate.OPEN) == first
    os.utime(folder / "b.jsonl", ns=(0, 1))
    other = next_step(look(folder), look(folder), lambda _: Fate.OPEN)
    assert first[0]
    assert other[0]
    assert first[0].names == other[0].names
    assert first[0].key != other[0].key


def test_a_file_whose_run_failed_is_handed_on_again_ever_more_rarely(
    folder: Path, watcher: Watcher
) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    keys, at = [], []
    for number in range(32):
        if batch := watcher.look():
            watcher.fates[batch.key] = Fate.FAILED
            keys.append(batch.key)
            at.append(number)
    assert at == [1, 3, 7, 15, 31]
    assert len(set(keys)) == 5


def test_a_run_that_dagster_repeats_with_success_ends_the_waiting(
    folder: Path, watcher: Watcher
) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    watcher.look()
    batch = watcher.look()
    assert batch
    watcher.fates[batch.key] = Fate.FAILED
    watcher.look()
    watcher.fates[batch.key] = Fate.TAKEN
    assert [watcher.look() for _ in range(4)] == [None] * 4


def test_a_file_that_came_since_is_a_batch_of_its_own(folder: Path, watcher: Watcher) -> None:
    (folder / "a.jsonl").write_text("{}\n")
    watcher.taken()
    (folder / "b.jsonl").write_text("{}\n")
    assert watcher.taken().names == ("b.jsonl",)


def test_a_cursor_of_another_version_makes_every_file_new() -> None:
    assert read_memory(None) == {}
    assert read_memory('{"a.jsonl": -4}') == {}
    assert read_memory("[]") == {}
    assert read_memory("no JSON") == {}
