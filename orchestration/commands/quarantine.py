"""`meterbook quarantine`: list, show, retry, discard and export.

Here: arguments and printing. Keep out: what is done to rows (`orchestration.quarantine`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from billing.books import Books
from billing.books.address import books_of
from billing.books.journal import SYSTEM
from billing.errors import IngestError
from billing.home import Home
from billing.ingestion.quarantine import Chosen, count_by_file, rows_of, write_rows
from billing.warehouse import open_warehouse
from orchestration import quarantine as work
from orchestration.commands.ingesting import report_file
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)

app = typer.Typer(
    help="Rows that wait in quarantine: look at them, read them again, discard them.",
    no_args_is_help=True,
)
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only rows of this reason.")]
OrgOption = Annotated[
    str | None, typer.Option("--org", help="Only rows of this organization, or `unknown`.")
]
FileOption = Annotated[
    str | None, typer.Option("--file", help="Only of this file: number or name.")
]
LineOption = Annotated[int | None, typer.Option("--line", help="Only this line, with --file.")]
DiscardedOption = Annotated[
    bool, typer.Option("--discarded", help="Discarded rows instead of waiting ones.")
]
COLUMNS = ("reason", "field", "organization", "file", "name", "sample", "remedy", "rows")
LIMIT = 20


@app.command("list")
def list_rows(
    reason: ReasonOption = None,
    org: OrgOption = None,
    file: FileOption = None,
    discarded: DiscardedOption = False,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Count waiting rows by reason, field, organization and file, with what to do about them."""
    with _quarantine(home_dir) as (connection, _):
        groups = count_by_file(connection, Chosen(reason, org, file, None, discarded))
    total = sum(group.rows for group in groups)
    if as_json:
        print_json({"rows": total, "groups": [asdict(group) for group in groups]})
        return
    if groups:
        print_table(
            COLUMNS,
            [
                (
                    *(group.reason, group.field, group.organization_id, group.file_number),
                    *(group.file_name, group.sample_detail, group.remedy, f"{group.rows:,}"),
                )
                for group in groups
            ],
            right=1,
        )
    terminal().print(f"Rows {'discarded' if discarded else 'waiting'}: {total:,}.")


@app.command()
def show(
    file_number: Annotated[int | None, typer.Argument(help="Number of the file.")] = None,
    line: Annotated[int | None, typer.Argument(help="Line of the row in it.")] = None,
    reason: ReasonOption = None,
    org: OrgOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most.")] = LIMIT,
    discarded: DiscardedOption = False,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show whole rows with their text, and why discarded ones were."""
    number = None if file_number is None else str(file_number)
    chosen = Chosen(reason, org, number, line, discarded)
    with _quarantine(home_dir) as (connection, books):
        rows = list(rows_of(connection, chosen, limit))
        why = {(each.content_sha256, each.line_number): each for each in books.discards()}
    if not rows:
        raise IngestError(f"No such row {'was discarded' if discarded else 'waits'}.")
    shown = []
    for row in rows:
        discard = why.get((row.content_sha256, row.line_number))
        told = {} if discard is None else {name: getattr(discard, name) for name in _WHY}
        shown.append({**asdict(row), **told})
    if as_json:
        print_json({"rows": shown})
        return
    for each in shown:
        _print_row(each)


_WHY = ("because", "discarded_by", "discarded_at")


@app.command()
def retry(
    reason: ReasonOption = None,
    org: OrgOption = None,
    file: FileOption = None,
    line: LineOption = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Read waiting rows again, after the catalog or a mapping file was corrected."""
    home = Home(home_dir)
    with _quarantine(home_dir) as (connection, books):
        retried = work.retry(
            connection,
            Chosen(reason, org, file, line),
            home=home,
            books=books,
            clock=clock(),
            on_file=report_file,
        )
    report = retried.report
    counts = {
        "retried": retried.written,
        "released": retried.released,
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "late": report.late,
        "waiting": retried.waiting,
    }
    if as_json:
        names = [each.file_name for each in report.per_file]
        print_json({**counts, "files": names})
    else:
        print_table(list(counts), [[f"{count:,}" for count in counts.values()]], right=len(counts))


@app.command()
def discard(
    because: Annotated[str, typer.Option("--because", help="Why; kept with the rows for good.")],
    reason: ReasonOption = None,
    org: OrgOption = None,
    file: FileOption = None,
    line: LineOption = None,
    actor: Annotated[
        str, typer.Option("--by", envvar="USER", help="Who decided it; by default the user.")
    ] = SYSTEM,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Discard waiting rows for good: still counted, never read again."""
    chosen = Chosen(reason, org, file, line)
    with _quarantine(home_dir) as (connection, books):
        count = work.discard(connection, chosen, because, actor, books=books, clock=clock())
    if as_json:
        print_json({"discarded": count, "because": because, "by": actor})
    else:
        terminal().print(f"Rows discarded: {count:,} ({chosen.words}), by {actor}: {because}")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="The file to write, as JSON lines.")],
    reason: ReasonOption = None,
    org: OrgOption = None,
    file: FileOption = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write waiting rows with their text into a file, for whoever corrects them."""
    with _quarantine(home_dir) as (connection, _):
        count = write_rows(path, rows_of(connection, Chosen(reason, org, file)))
    if as_json:
        print_json({"rows": count, "path": str(path)})
    else:
        terminal().print(f"Rows written to {path}: {count:,}.")


@contextmanager
def _quarantine(home_dir: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Books]]:
    """The home to oneself, with its quarantine readable."""
    home = Home(home_dir)
    with (
        home.exclusive(),
        open_warehouse(home.warehouse_file) as connection,
        books_of(home) as books,
    ):
        work.look(connection, books)
        yield connection, books


def _print_row(row: dict[str, object]) -> None:
    print_ = terminal().print
    print_(
        f"\nfile {row['file_number']} ({row['file_name']}), line {row['line_number']}", style="bold"
    )
    for name, value in row.items():
        if name not in _HEADING and value not in ("", None):
            print_(f"{name:<16}{value}", markup=False, soft_wrap=True)


_HEADING = ("file_number", "file_name", "line_number")
