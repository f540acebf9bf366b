"""`meterbook formats list` and `meterbook formats check`.

Here: arguments and printing, before and after. Keep out: the language of mapping files
(`billing.ingestion.mapping`).
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from billing.home import Home
from billing.ingestion.mapping import load_formats, read_format
from billing.ingestion.trying import TriedRow, try_format
from orchestration.commands.ingesting import SetOption, pairs_of
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)

app = typer.Typer(help="Log formats: which there are, and trying a new one.", no_args_is_help=True)
LONGEST_SHOWN = 600


@app.command("list")
def list_formats(home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the formats that can be read, built in and your own."""
    catalog = Home(home_dir).catalog
    known = list(load_formats(catalog))
    own = {each.source.name for each in known if each.path.is_relative_to(catalog)}
    rows = [
        (each.source.name, each.source.title, "own" if each.source.name in own else "built in")
        for each in known
    ]
    if as_json:
        names = ("name", "title", "origin")
        print_json({"formats": [dict(zip(names, row, strict=True)) for row in rows]})
    else:
        print_table(["format", "what it is", "origin"], rows)


@app.command()
def check(
    mapping_file: Annotated[Path, typer.Argument(help="A mapping file (YAML).")],
    sample: Annotated[Path | None, typer.Option(help="A log to try it on.")] = None,
    rows: Annotated[int, typer.Option(help="How many rows to show.")] = 3,
    settings: SetOption = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Check a mapping file; with a sample, show its rows before and after. Nothing is taken."""
    known = read_format(mapping_file)
    tried: list[TriedRow] = []
    if sample is not None:
        _, tried = try_format(
            sample,
            catalog_folder=Home(home_dir).catalog,
            clock=clock(),
            source=known.source,
            supplied=pairs_of(settings or []),
            rows=rows,
        )
    if as_json:
        print_json({"format": known.source.name, "rows": [vars(row) for row in tried]})
        return
    terminal().print(f"{mapping_file.name}: the format {known.source.name} can be read.")
    for row in tried:
        _print_row(row)


def _print_row(row: TriedRow) -> None:
    shown = row.before if len(row.before) <= LONGEST_SHOWN else row.before[:LONGEST_SHOWN] + "…"
    terminal().print(f"\nrow {row.line_number}  {row.fate}", style="bold")
    terminal().print(f"before  {shown}", markup=False)
    after = json.dumps(dict(row.after), default=str, ensure_ascii=False)
    terminal().print(f"after   {after}", markup=False)
