"""`meterbook refresh`.

Here: reading arguments and printing what is fresh as of when. Keep out: the steps
(`orchestration.refreshing`).
"""

from typing import Annotated

import typer

from billing.errors import IngestError
from billing.home import Home
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)


def refresh(
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, help="Seconds to wait while another command works here."),
    ] = 0,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Bring balances up to date from new files, without auditing or drafting anything."""
    from orchestration.refreshing import refresh as run  # noqa: PLC0415  # loads what rating needs
    from orchestration.refreshing import told  # noqa: PLC0415

    fresh = run(Home(home_dir), clock(), wait=wait)
    if as_json:
        print_json(told(fresh))
    else:
        months = ", ".join(str(month) for month in fresh.months)
        last = f"{fresh.last_usage_at:%Y-%m-%dT%H:%M:%SZ}" if fresh.last_usage_at else "none"
        terminal().print(
            f"Balances of {months} are fresh as of {fresh.as_of:%Y-%m-%dT%H:%M:%SZ}: "
            f"{fresh.files:,} new files, last usage {last}."
        )
        if fresh.alerts:
            terminal().print(f"{fresh.alerts:,} alerts were raised; see `meterbook alerts`.")
        if fresh.waiting:
            terminal().print(
                f"{fresh.waiting:,} files are taken next time, if they do not change until then."
            )
    if fresh.refused:
        refusals = "\n".join(fresh.refused)
        raise IngestError(f"Balances are fresh without these files:\n{refusals}")
