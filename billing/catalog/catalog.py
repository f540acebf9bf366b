"""The whole catalog: read it, check it, refuse it.

Here: the public reading of a catalog folder. Keep out: the warehouse
(`billing.catalog.loading`) and importers.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from billing.catalog import checking, rules
from billing.catalog.files import FILES
from billing.catalog.forms import Forms, form_problems
from billing.catalog.reading import ROW, read_text
from billing.catalog.tax_rules import with_determined_treatment
from billing.catalog.typed import close_open_prices, typed
from billing.errors import CatalogError, MeterbookError, Problem


def check_catalog(folder: Path, forms: Forms | None = None) -> list[Problem]:
    """Everything wrong with the catalog at once; an empty list when it holds together.

    What document_forms.csv chooses is checked where `forms` says which there are.
    """
    return _examine(folder, forms)[1]


def read_catalog(folder: Path, forms: Forms | None = None) -> Mapping[str, pl.DataFrame]:
    """Every file as a typed frame by table name, checked as `check_catalog` does.

    Optional text is an empty string, an open end 9999-12-31, an open price ends where the
    next one of its scope begins. Raises CatalogError with all problems.
    """
    tables, problems = _examine(folder, forms)
    if problems:
        raise CatalogError(problems)
    return {name: table.drop(ROW) for name, table in tables.items()}


def _examine(folder: Path, forms: Forms | None) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    if not folder.is_dir():
        raise MeterbookError(f"{folder} is not a folder. Name the folder of the catalog files.")
    problems: list[Problem] = []
    tables: dict[str, pl.DataFrame] = {}
    for file in FILES.values():
        text, wrong = read_text(folder, file)
        problems += wrong
        if text is None:
            continue
        problems += checking.value_problems(file, text)
        problems += checking.key_problems(file, text)
        tables[file.name] = typed(file, text)
    if "prices" in tables:
        tables["prices"] = close_open_prices(tables["prices"])
    tables = with_determined_treatment(tables)
    for name, table in tables.items():
        problems += checking.reference_problems(FILES[name], tables)
        problems += checking.window_problems(FILES[name], table)
    problems += rules.rule_problems(tables)
    return tables, problems if forms is None else problems + form_problems(tables, forms)
