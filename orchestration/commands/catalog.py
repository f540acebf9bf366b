"""`meterbook catalog check` and `meterbook catalog import`.

Here: arguments and printing. Keep out: what a valid catalog is (`billing.catalog`).
"""

from pathlib import Path
from typing import Annotated

import typer

from billing.catalog import check_catalog, import_litellm
from billing.errors import CatalogError
from billing.home import Home
from billing.ingestion.mapping import format_problems
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    terminal,
)

app = typer.Typer(help="Check the catalog files; import public price lists.", no_args_is_help=True)


@app.command()
def check(home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Validate every catalog file and print all problems at once."""
    folder = Home(home_dir).catalog
    problems = [*check_catalog(folder), *format_problems(folder)]
    if as_json:
        print_json({"problems": [vars(problem) for problem in problems]})
    if problems:
        raise CatalogError(problems)
    if not as_json:
        terminal().print(f"{folder}: no problems.")


@app.command("import")
def import_prices(
    map_file: Annotated[Path, typer.Argument(help="A LiteLLM model_prices JSON map.")],
    edition: Annotated[
        str, typer.Option(help="The edition of the map, kept as each row's source.")
    ],
    valid_from: Annotated[
        str, typer.Option(help="First instant of the prices, on a quarter hour.")
    ],
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Append dated price rows for the catalog's models; what did not change adds nothing."""
    folder = Home(home_dir).catalog
    rows = import_litellm(
        map_file, folder, edition=edition, valid_from=valid_from, checked=clock().now().date()
    )
    if as_json:
        print_json({"appended": rows})
    else:
        terminal().print(f"{rows} price rows appended to {folder / 'prices.csv'}.")
