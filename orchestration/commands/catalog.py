"""`meterbook catalog check`, `catalog import` and `catalog diff`.

Here: arguments and printing. Keep out: what a valid catalog is and what an import brings
(`billing.catalog`).
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from billing.books.address import books_of, books_url
from billing.books.copying import are_begun
from billing.catalog import (
    EcbImport,
    check_catalog,
    import_ecb,
    import_genai_prices,
    import_litellm,
)
from billing.catalog.diff import RowChange, diff_catalogs
from billing.catalog.ecb_import import SOURCE as ECB
from billing.catalog.genai_import import SOURCE as GENAI
from billing.catalog.genai_import import GenaiPlan
from billing.catalog.litellm_import import SOURCE as LITELLM
from billing.errors import CatalogError, MeterbookError, Problem
from billing.home import Home
from billing.ingestion.mapping import format_problems
from orchestration.accepting import problems_in_force
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)
from orchestration.forms import known_forms

EditionOption = Annotated[
    str, typer.Option(help="The edition of the list, kept as each row's source.")
]
StartOption = Annotated[
    str, typer.Option(help="First instant of the prices, on a quarter hour; of ecb the first day.")
]
PairOption = Annotated[
    list[str] | None,
    typer.Option(help="Of ecb: base and quote, like USD/EUR; may be repeated. Else those it has."),
]
BOOKS = (LITELLM, GENAI, ECB)

app = typer.Typer(
    help="Check the catalog files, compare two of them, import public price lists.",
    no_args_is_help=True,
)


@app.command()
def check(home_dir: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Validate every catalog file and print all problems at once."""
    home = Home(home_dir)
    problems = [*_problems(home), *format_problems(home.catalog)]
    if as_json:
        print_json({"problems": [vars(problem) for problem in problems]})
    if problems:
        raise CatalogError(problems)
    if not as_json:
        terminal().print(f"{home.catalog}: no problems.")


@app.command("import")
def import_prices(
    price_list: Annotated[
        str, typer.Argument(help="litellm, genai-prices, ecb, or the file of a LiteLLM map.")
    ],
    file: Annotated[
        Path | None,
        typer.Argument(help="Its file; genai-prices and ecb without one: the installed package."),
    ] = None,
    valid_from: StartOption = "",
    edition: EditionOption = "",
    pair: PairOption = None,
    until: Annotated[str, typer.Option(help="Last day of the rates; all there are.")] = "",
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Append dated price rows for the catalog's models; what did not change adds nothing.

    `ecb` appends exchange rates of currency pairs instead, day by day.
    """
    folder = Home(home_dir).catalog
    if price_list == ECB:
        _print_rates(_import_rates(file, folder, pair or [], valid_from, until), folder, as_json)
        return
    if not valid_from:
        raise MeterbookError("Say from when the prices hold: --valid-from 2026-10-01T00:00:00Z.")
    rows, plan = _import(price_list, file, folder, edition, valid_from)
    if as_json:
        print_json({"appended": rows} | (_notices(plan) if plan else {}))
        return
    terminal().print(f"{rows} price rows appended to {folder / 'prices.csv'}.")
    if plan:
        _print_notices(plan)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The folder of the older catalog.")],
    new: Annotated[
        Path | None, typer.Argument(help="The newer folder; with --import the file of the list.")
    ] = None,
    price_list: Annotated[
        str, typer.Option("--import", help="Show what importing this list would change.")
    ] = "",
    edition: EditionOption = "next",
    valid_from: StartOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the rows that one catalog has and another has not, and what prices changed to."""
    if price_list:
        changes = _changes_of_import(old, new, price_list, edition, valid_from)
    elif new is None:
        raise MeterbookError("Name two folders, or one and --import with a price list.")
    else:
        changes = diff_catalogs(old, new)
    if as_json:
        print_json({"changes": [vars(change) for change in changes]})
    else:
        _print_changes(changes)


def _import_rates(
    file: Path | None, folder: Path, pairs: Sequence[str], first: str, last: str
) -> EcbImport:
    named = []
    for pair in pairs:
        base, _, quote = pair.partition("/")
        if not quote or base == quote:
            raise MeterbookError(f"{pair!r} is no pair of currencies. Write it like USD/EUR.")
        named.append((base, quote))
    return import_ecb(folder, file, pairs=named, first_day=_day(first), last_day=_day(last))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise MeterbookError(f"{text!r} is not a day. Write it like 2026-10-01.") from error


def _print_rates(done: EcbImport, folder: Path, as_json: bool) -> None:
    if as_json:
        last = done.last_published.isoformat()
        print_json(
            {"appended": done.added, "last_published": last, "differing": list(done.differing)}
        )
        return
    path = folder / "exchange_rates.csv"
    terminal().print(
        f"{done.added} exchange rates appended to {path}; published up to {done.last_published}."
    )
    for row in done.differing:
        terminal().print(f"Left as it is: {row}.", soft_wrap=True)


def _import(
    price_list: str, file: Path | None, folder: Path, edition: str, valid_from: str
) -> tuple[int, GenaiPlan | None]:
    checked = clock().now().date()
    if price_list == ECB:
        done = import_ecb(folder, file, first_day=_day(valid_from))
        return done.added, None
    if price_list == GENAI:
        plan = import_genai_prices(
            file, folder, edition=edition, valid_from=valid_from, checked=checked
        )
        return len(plan.added), plan
    path = file if price_list == LITELLM else Path(price_list)
    if path is None or (file is not None and price_list != LITELLM):
        raise MeterbookError(f"Name one of {', '.join(BOOKS)}, and the file of the list.")
    if not edition:
        raise MeterbookError(f"{path} does not say its edition. Name it with --edition.")
    rows = import_litellm(path, folder, edition=edition, valid_from=valid_from, checked=checked)
    return rows, None


def _changes_of_import(
    folder: Path, file: Path | None, price_list: str, edition: str, valid_from: str
) -> list[RowChange]:
    """Import into a copy and compare: what is shown is what would be done."""
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "catalog"
        shutil.copytree(folder, copy)
        _import(price_list, file, copy, edition, valid_from)
        return diff_catalogs(folder, copy)


def _notices(plan: GenaiPlan) -> dict[str, Any]:
    return {
        "unknown_models": list(plan.unknown_models),
        "withdrawn": [str(key) for key in plan.withdrawn],
        "left_out": [vars(each) for each in plan.left_out],
    }


def _print_notices(plan: GenaiPlan) -> None:
    if plan.unknown_models:
        terminal().print(f"Not in the book: {', '.join(plan.unknown_models)}.", soft_wrap=True)
    for key in plan.withdrawn:
        terminal().print(f"No longer in the book, stays in force: {key}.")
    if plan.left_out:
        rows = [(each.model_id, each.what, each.why) for each in plan.left_out]
        print_table(("model", "left out", "why"), rows, title="What our files cannot say")


def _problems(home: Home) -> list[Problem]:
    """What is wrong with the catalog; only its files count while there are no books."""
    if not are_begun(books_url(home)):
        return check_catalog(home.catalog, known_forms())
    with books_of(home) as books:
        return problems_in_force(home.catalog, books)


def _print_changes(changes: Sequence[RowChange]) -> None:
    if not changes:
        terminal().print("No differences.")
        return
    rows = [
        (
            change.file,
            change.row,
            change.kind,
            change.about,
            change.starts,
            change.field,
            change.old,
            change.new,
            f"{change.percent} %" if change.percent else "",
        )
        for change in changes
    ]
    columns = ("file", "row", "change", "of", "from", "field", "old", "new", "by")
    print_table(columns, rows, right=3)
