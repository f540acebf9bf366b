"""A throw-away installation driven through its command line, as a user would.

Here: homes, commands, and what to compare between two homes. Keep out: facts about results.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.programs import UNPRINTED, Done, run_program

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "samples"
OCTOBER = SAMPLE / "2026-10" / "landing"
NOVEMBER = SAMPLE / "2026-11" / "landing"
NOW = "2026-11-05T06:00:00Z"


@dataclass(frozen=True)
class Installation:
    """One home under `root`, always at the instant `now`.

    With `prints` off, documents are written as JSON alone; `seconds` is how long a command may run.
    Its books are at `books_url`, or in the home without one.
    """

    root: Path
    now: str = NOW
    prints: bool = True
    seconds: float = 900
    books_url: str = ""

    @classmethod
    def new(cls, root: Path) -> "Installation":
        shutil.copytree(ROOT / "data" / "catalog", root / "catalog")
        return cls(root)

    def copy(self, root: Path) -> "Installation":
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return Installation(root, self.now)

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "meterbook.duckdb"

    def run(self, *arguments: str | Path, kill_at: str = "", now: str = "") -> Done:
        """Run one command to its end; `kill_at` names a commit boundary to die at."""
        program = "meterbook" if self.prints else UNPRINTED
        environment = self._environment(kill_at, now)
        return run_program(program, arguments, environment, self.root, self.seconds)

    def run_and_kill(self, *arguments: str | Path, after_seconds: float) -> Done:
        """Run one command and kill it, with everything it started, after a while."""
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", *map(str, arguments)],
            env=os.environ | self._environment("", ""),
            cwd=self.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        return Done(code, "", "")

    def must(self, *arguments: str | Path, now: str = "") -> Done:
        """Run one command that has to succeed."""
        done = self.run(*arguments, now=now)
        assert done.code == 0, f"{arguments}: {done.code}\n{done.out}\n{done.err}"
        return done

    def documents(self) -> dict[str, str]:
        """Every rendered file with the hash of its bytes."""
        folder = self.root / "documents"
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def _environment(self, kill_at: str, now: str) -> dict[str, str]:
        return {
            "METERBOOK_HOME": str(self.root),
            "METERBOOK_NOW": now or self.now,
            "METERBOOK_KILL_AT": kill_at,
            "METERBOOK_BOOKS_URL": self.books_url,
        }
