"""One process at a time works in a home; who wants to can wait for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from billing.errors import WarehouseBusyError
from billing.home import Home


@contextmanager
def held_for(home: Home, seconds: float) -> Iterator[None]:
    """Somebody else holds the home for so long from now on."""
    taken = Event()

    def hold() -> None:
        with home.exclusive():
            taken.set()
            time.sleep(seconds)

    holder = Thread(target=hold)
    holder.start()
    taken.wait(10)
    yield
    holder.join(10)


def test_who_does_not_wait_is_refused_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.exclusive():
        began = time.monotonic()
        with pytest.raises(WarehouseBusyError, match="Another process"), home.exclusive():
            pass
        assert time.monotonic() - began < 0.4


def test_who_waits_gets_it_once_it_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path)
    began = time.monotonic()
    with held_for(home, 1), home.exclusive(20):
        assert 0.9 < time.monotonic() - began < 10
        with pytest.raises(WarehouseBusyError), home.exclusive():
            pass


def test_no_one_waits_longer_than_was_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.exclusive():
        began = time.monotonic()
        with pytest.raises(WarehouseBusyError), home.exclusive(0.7):
            pass
        assert 0.6 < time.monotonic() - began < 5
