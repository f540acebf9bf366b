"""`meterbook dev`: Dagster's page over one home.

Here: starting `dagster dev` with the home's instance. Keep out: definitions.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from billing.home import Home
from orchestration.commands.terminal import DEFAULT_HOME, HomeOption


def dev(
    home_dir: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option(help="Port of the page.")] = 3000,
) -> None:
    """Open the whole graph in the browser, with schedules and the landing sensor."""
    from orchestration.instance import prepare_instance  # noqa: PLC0415  # Dagster loads slowly

    home = Home(home_dir.absolute())
    environment = os.environ | {
        "DAGSTER_HOME": str(prepare_instance(home)),
        "METERBOOK_HOME": str(home.root),
    }
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-m", "orchestration.definitions", "-p", str(port)]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603  # our own command
