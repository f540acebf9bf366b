"""dbt, started in the folder of the warehouse it builds.

Here: why. dbt parses its whole project again, for seconds, wherever the path of the database
differs from the one it parsed for last; seen from its own folder every warehouse has the same
path. Keep out: what dbt is asked to do (`orchestration.dbt`).
"""

import os
from pathlib import Path

from orchestration.manifest import PROJECT, WAREHOUSE_VARIABLE


def main() -> None:
    """Run the dbt command line of this process."""
    from dbt.cli.main import cli  # noqa: PLC0415  # loads slowly

    warehouse = Path(os.environ[WAREHOUSE_VARIABLE])
    os.environ["DBT_PROJECT_DIR"] = os.environ["DBT_PROFILES_DIR"] = os.fspath(PROJECT)
    os.environ[WAREHOUSE_VARIABLE] = warehouse.name
    os.chdir(warehouse.parent)
    cli()
