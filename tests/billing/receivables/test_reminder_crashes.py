"""A power cut around reminders, and several processes that remind at once: each step once."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime

import pytest

from billing.books import open_books
from billing.books.alerts import recorded_alerts
from billing.boundaries import ENVIRONMENT_VARIABLE
from billing.clock import Clock
from billing.receivables.letters import letters
from billing.receivables.reminding import Step, raise_reminders
from tests.billing.receivables.invoices import OCTOBER, file

SPAWN = multiprocessing.get_context("spawn")
STEPS = {"anyint_eu": (Step(1, 7),)}
NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)


def a_look(url: str, kill_at: str) -> None:
    os.environ[ENVIRONMENT_VARIABLE] = kill_at
    with open_books(url) as books:
        raise_reminders(books, STEPS, Clock(NOW))


def file_two(url: str) -> None:
    with open_books(url) as books:
        file(books, 3_000)
        file(books, 4_000, month=OCTOBER.next)


@pytest.mark.parametrize(
    ("kill_at", "recorded"), [("alert.before_commit", 0), ("alert.after_commit", 2)]
)
def test_a_kill_leaves_all_or_nothing_and_the_next_look_makes_it_whole(
    books_url: str, kill_at: str, recorded: int
) -> None:
    file_two(books_url)
    process = SPAWN.Process(target=a_look, args=(books_url, kill_at))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGKILL
    with open_books(books_url) as books:
        with books.reading() as connection:
            assert len(recorded_alerts(connection)) == recorded
        assert len(raise_reminders(books, STEPS, Clock(NOW))) == 2 - recorded
        with books.reading() as connection:
            (letter,) = letters(recorded_alerts(connection))
        assert letter.reminded == ("INV-2026-000001", "INV-2026-000002")


def test_three_at_once_remind_once_and_in_one_letter(books_url: str) -> None:
    file_two(books_url)
    looks = [SPAWN.Process(target=a_look, args=(books_url, "")) for _ in range(3)]
    for each in looks:
        each.start()
    for each in looks:
        each.join(timeout=120)
    assert [each.exitcode for each in looks] == [0, 0, 0]
    with open_books(books_url) as books, books.reading() as connection:
        found = recorded_alerts(connection)
    assert sorted(each.crossing for each in found) == ["INV-2026-000001", "INV-2026-000002"]
    assert len(letters(found)) == 1
