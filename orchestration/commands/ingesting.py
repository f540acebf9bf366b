"""`meterbook ingest`.

Here: reading arguments and printing the five counts. Keep out: fates and formats.
"""

from pathlib import Path
from typing import Annotated

import typer

from billing.books.address import books_of
from billing.errors import IngestError
from billing.home import Home
from billing.ingestion import BillReport, FileReport, IngestReport
from billing.ingestion.quarantine.pointers import FORMAT as RETRY
from billing.warehouse import open_warehouse
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)
from orchestration.ingest import ingest as ingest_paths

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="FIELD=VALUE for rows that lack it, such as completed_at=2026-10-03T10:15:34Z; "
        "api_key_id=KEY is for every row, zone=UTC for times without a zone.",
    ),
]


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Logs, bills of providers, or folders of them.")
    ],
    format_name: Annotated[
        str | None, typer.Option("--format", help="Read as this format instead of detecting it.")
    ] = None,
    source_id: Annotated[
        str | None,
        typer.Option("--source", help="Name of the gateway instance that wrote the logs."),
    ] = None,
    settings: SetOption = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Take log files into the warehouse: every row accepted, duplicate or quarantined."""
    home = Home(home_dir)
    with home.exclusive(), open_warehouse(home.warehouse_file) as connection:
        report = ingest_paths(
            connection,
            paths,
            home=home,
            books=books_of(home),
            clock=clock(),
            format_name=format_name,
            source_id=source_id,
            supplied=pairs_of(settings or []),
            on_file=report_file,
            on_bill=_report_bill,
        )
    if as_json:
        print_json(_counts(report) | {"bills": len(report.bills)})
    else:
        _print(report)
    if report.refused:
        refusals = "\n".join(message for _, message in report.refused)
        raise IngestError(f"Not ingested:\n{refusals}")


def pairs_of(settings: list[str]) -> dict[str, str]:
    """FIELD=VALUE texts as a mapping. Raises typer's own error for any other text."""
    pairs = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"{setting!r} is not FIELD=VALUE", param_hint="--set")
        pairs[name.strip()] = value
    return pairs


def report_file(file: FileReport) -> None:
    """Tell what became of one file, on stderr."""
    if file.format == RETRY:
        terminal(to_stderr=True).print(
            f"{file.file_name} (retry, file {file.ingest_sequence}): {file.released:,} released, "
            f"{file.accepted:,} of them accepted, {file.duplicates:,} duplicates, "
            f"{file.late:,} late; {file.ignored:,} not released"
        )
        return
    terminal(to_stderr=True).print(
        f"{file.file_name} ({file.format}, file {file.ingest_sequence}): "
        f"{file.received:,} received, {file.accepted:,} accepted, {file.duplicates:,} duplicates, "
        f"{file.quarantined:,} quarantined, {file.late:,} late"
        + (f", {file.replaced:,} replaced an earlier version" if file.replaced else "")
        + (f", {file.ignored:,} are no requests" if file.ignored else "")
    )


def _report_bill(bill: BillReport) -> None:
    terminal(to_stderr=True).print(
        f"{bill.file_name} ({bill.format}, bill {bill.bill_number}): {bill.rows:,} rows of a "
        "provider's bill"
    )


def _counts(report: IngestReport) -> dict[str, int]:
    return {
        "files": report.files,
        "received": report.received,
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "quarantined": report.quarantined,
        "late": report.late,
    }


def _print(report: IngestReport) -> None:
    counts = _counts(report)
    print_table(list(counts), [[f"{count:,}" for count in counts.values()]], right=len(counts))
    if report.skipped:
        terminal().print(f"{report.skipped} files were seen before (same content) and skipped.")
