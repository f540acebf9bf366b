"""The server that tests start leaves nothing behind, however they end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import ROOT, Server

OWNS_ONE = "from tests.postgresql import Server; s = Server(); print(s.folder, flush=True); input()"


def test_it_goes_away_with_who_was_killed() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNS_ONE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        owner.send_signal(signal.SIGKILL)
    patience = time.monotonic() + 30
    while (folder.exists() or _runs(server)) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not folder.exists()
    assert not _runs(server)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_run_beside_each_other(postgresql: Server) -> None:
    other = Server()
    with other.connect() as second, postgresql.connect() as first:
        socket = "show unix_socket_directories"
        assert first.execute(socket).fetchall() != second.execute(socket).fetchall()
        assert second.execute("show listen_addresses").fetchall() == [("",)]
    other.close()
    with pytest.raises(psycopg.OperationalError):
        other.connect()
