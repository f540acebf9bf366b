"""`meterbook receivables remind`.

Here: arguments and printing. Keep out: what is due (`billing.receivables.reminding`) and the
letters (`orchestration.reminders`).
"""

from typing import Annotated, Any

import typer

from billing.books.alerts import Alert
from billing.errors import MeterbookError
from billing.home import Home
from orchestration.commands.account_terms import OrgOption
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)

COLUMNS = ("number", "organization_id", "step", "due_date", "days_overdue", "currency", "open")


def remind_command(
    org: OrgOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what is due; record and write nothing.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, help="Seconds to wait while another command works here."),
    ] = 0,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Remind of overdue invoices by the steps of reminder_steps.csv, each once, with a letter."""
    from orchestration.reminders import due, remind  # noqa: PLC0415  # loads the renderer

    home = Home(home_dir)
    if dry_run:
        reminded = due(home, clock(), org)
    else:
        with home.exclusive(wait):
            reminded = remind(home, clock(), org)
    rows = [_row(each) for each in reminded.raised]
    letters = [str(each.relative_to(home.root)) for each in reminded.letters]
    if as_json:
        told = {"reminders": rows, "letters": letters, "refused": list(reminded.refused)}
        print_json({"dry_run": dry_run, **told})
    else:
        _tell(rows, letters, dry_run=dry_run)
    if reminded.refused:
        refusals = "\n".join(reminded.refused)
        raise MeterbookError(f"These letters are recorded, but could not be written:\n{refusals}")


def _row(alert: Alert) -> dict[str, Any]:
    told = {"organization_id": alert.organization_id, **alert.payload}
    return {name: told[name] for name in COLUMNS}


def _tell(rows: list[dict[str, Any]], letters: list[str], *, dry_run: bool) -> None:
    if rows:
        print_table(COLUMNS, [list(row.values()) for row in rows], right=1)
    else:
        terminal().print("No reminder is due.")
    for letter in letters:
        terminal().print(f"Written: {letter}")
    if dry_run and rows:
        terminal().print("Nothing was recorded or written.")
