"""Runs of `meterbook` and `dbt` in processes that need not load the program again.

Here: one process that has loaded both and does nothing else; each run is a fork of that, with
its own environment, working directory and output. What must be killed, or run beside another,
starts as users start it. Keep out: what is asked of a program, and what it leaves out
(`unprinted`).
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

LOADED = ["tests.started_from_a_file", "orchestration.cli", "dagster_dbt", "dbt.cli.main"]
UNPRINTED = "meterbook_unprinted"
"""Without the assets: their months are those of the clock they were loaded under."""


@dataclass(frozen=True)
class Done:
    """What a program ended with: its exit code, standard output and error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def run_program(
    program: str,
    arguments: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    seconds: float = 900,
) -> Done:
    """Run `meterbook` or `dbt` in a folder to its end, the environment beside this process's.

    `meterbook_unprinted` is `meterbook` that writes documents as JSON alone.
    """
    words = [program, *map(str, arguments)]
    with TemporaryDirectory() as name:
        out, err = Path(name, "out"), Path(name, "err")
        told = (words, {**os.environ, **environment}, folder, out, err)
        process = _server().Process(target=_become, args=told)
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{words} ran for more than {seconds} seconds.")
        return Done(process.exitcode, out.read_text(), err.read_text())


def _become(
    words: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path
) -> None:
    """Be the program from here on, in a process of its own."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = words
    if words[0] == "dbt":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
        from dbt.cli.main import cli  # noqa: PLC0415  # loaded by the server

        try:
            cli()
        finally:
            # Otherwise done by the interpreter as it ends, which a fork does not wait for.
            DuckDBConnectionManager.close_all_connections()
    else:
        from orchestration.cli import main  # noqa: PLC0415  # loaded by the server

        if words[0] == UNPRINTED:
            from tests.unprinted import leave_out_forms  # noqa: PLC0415  # loads the renderer

            leave_out_forms()
        main()
