"""The checks every catalog file gets from its contract alone.

Here: values against the Pandera contract, repeated keys, references that lead nowhere and
windows of validity. Add here what a `CatalogFile` can declare. Keep out: rules that only one
file has (`billing.catalog.rules`).
"""

from collections.abc import Mapping

import polars as pl
from pandera.errors import SchemaErrors

from billing.catalog.files import FILES, CatalogFile
from billing.catalog.files.contract import Window
from billing.catalog.reading import ROW
from billing.errors import Problem

Tables = Mapping[str, pl.DataFrame]


def found(
    wrong: pl.DataFrame, file: CatalogFile, field: str | None, message: pl.Expr, remedy: str
) -> list[Problem]:
    """One problem for each row of `wrong`, worded by an expression over its columns."""
    rows = wrong.select(ROW, message.alias("message")).iter_rows()
    return [Problem(file.file_name, text, remedy, row, field) for row, text in rows]


def value_problems(file: CatalogFile, text: pl.DataFrame) -> list[Problem]:
    """Values that their column's contract refuses."""
    try:
        file.schema.validate(text, lazy=True)
    except SchemaErrors as errors:
        remedies = {
            (error.schema.name, error.check.error): error.check.description
            for error in errors.schema_errors
        }
        rows = text[ROW].to_list()
        cases = errors.failure_cases.select("column", "check", "index", "failure_case")
        return [
            Problem(
                file.file_name,
                f"{value!r} {what}",
                remedies[column, what],
                rows[index],
                column,
            )
            for column, what, index, value in cases.iter_rows()
        ]
    return []


def key_problems(file: CatalogFile, text: pl.DataFrame) -> list[Problem]:
    """Rows whose key stands in an earlier row."""
    key = list(file.key)
    repeated = text.with_columns(pl.col(ROW).min().over(key).alias("first")).filter(
        pl.col(ROW) > pl.col("first")
    )
    message = pl.format(
        "{} already stands in row {}", pl.concat_str(key, separator=" / "), pl.col("first")
    )
    return found(repeated, file, key[0], message, "Keep one row, or give this one its own id.")


def reference_problems(file: CatalogFile, tables: Tables) -> list[Problem]:
    """Values that must exist in another file and do not; unreadable files are passed over."""
    problems = []
    for field, (other, column) in file.references.items():
        if other not in tables:
            continue
        known = tables[other].select(pl.col(column).alias(field)).unique()
        lost = tables[file.name].filter(pl.col(field) != "").join(known, on=field, how="anti")
        message = pl.format("{} is not in {}", pl.col(field), pl.lit(FILES[other].file_name))
        remedy = f"Add it to {FILES[other].file_name}, or correct the id."
        problems += found(lost, file, field, message, remedy)
    return problems


def window_problems(file: CatalogFile, table: pl.DataFrame) -> list[Problem]:
    """Windows that end before they start, and rows of one scope valid at the same time."""
    window = file.window
    if window is None:
        return []
    starts, ends = pl.col(window.starts), pl.col(window.ends)
    remedy = f"{window.ends} is exclusive and must follow {window.starts}."
    message = pl.format("ends at {}, not after its start {}", ends, starts)
    is_right = (ends > starts) | _is_within_a_day(window)
    problems = found(table.filter(~is_right), file, window.ends, message, remedy)
    if window.scope:
        problems += _overlaps(file, table.filter(is_right), window)
    return problems


def _is_within_a_day(window: Window) -> pl.Expr:
    """Whether a row begins and ends on one day, by its instants; a day itself begins first."""
    if window.instants is None:
        return pl.lit(value=False)
    begins, ends = (pl.col(name) for name in window.instants)
    is_later = ends.is_not_null() & (begins.is_null() | (ends > begins))
    return (pl.col(window.starts) == pl.col(window.ends)) & is_later


def _overlaps(file: CatalogFile, table: pl.DataFrame, window: Window) -> list[Problem]:
    starts, scope = pl.col(window.starts), list(window.scope)
    order = [window.starts, *([window.ends] if window.instants else []), ROW]
    before = (
        table.sort(order)
        .with_columns(
            pl.col(window.ends).cum_max().shift(1).over(scope).alias("earlier_end"),
            pl.col(ROW).shift(1).over(scope).alias("earlier_row"),
        )
        .filter(starts < pl.col("earlier_end"))
    )
    message = pl.format(
        "overlaps row {}: same {} before {}",
        pl.col("earlier_row"),
        pl.lit(", ".join(scope)),
        pl.col("earlier_end"),
    )
    remedy = f"Let one row end ({window.ends}) where the next one starts."
    return found(before.sort(ROW), file, window.starts, message, remedy)
