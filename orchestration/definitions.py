"""The definitions that `dagster dev` and the daemon load.

Here: the home and the clock, taken from the environment. Keep out: everything else.
"""

import os
from pathlib import Path

from billing.clock import clock_from
from billing.home import Home
from orchestration.build import build_definitions

defs = build_definitions(
    Home(Path(os.environ.get("METERBOOK_HOME", "data"))), clock_from(os.environ)
)
