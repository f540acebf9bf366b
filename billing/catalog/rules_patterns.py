"""Rules about model patterns: each can be reached, and each ends at a model.

Here: precedence, shadowing and cycles. Keep out: matching usage, which the warehouse does.
"""

import re
from collections.abc import Iterator

import polars as pl

from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem

ANY_TEXT = "\0"
"""Stands for whatever a pattern's `*` may be: no name and no pattern contains it."""


def a_precedence_is_used_once(tables: Tables) -> list[Problem]:
    """Check that no two patterns have the same precedence."""
    first = pl.col("row").min().over("precedence")
    repeated = (
        tables["model_patterns"]
        .drop_nulls("precedence")
        .with_columns(first=first)
        .filter(pl.col("row") > pl.col("first"))
    )
    message = pl.format("{} is the precedence of row {} too", "precedence", "first")
    remedy = "Give every pattern its own precedence; the lowest that matches wins."
    return found(repeated, FILES["model_patterns"], "precedence", message, remedy)


def no_pattern_hides_behind_another(tables: Tables) -> list[Problem]:
    """Check that no pattern matches everything that a later one matches."""
    rows = tables["model_patterns"].drop_nulls("precedence").sort("precedence", "row")
    seen: list[tuple[str, str]] = []
    problems = []
    for row in rows.iter_rows(named=True):
        pattern = row["pattern"]
        above = next((name for name, wider in seen if _covers(wider, pattern)), None)
        if above is not None:
            message = f"{pattern} never matches: {above} matches all of it before"
            remedy = f"Give it a lower precedence than {above}, or remove it."
            problems.append(_problem(row["row"], "pattern", message, remedy))
        seen.append((row["pattern_id"], pattern))
    return problems


def a_pattern_ends_at_a_model(tables: Tables) -> list[Problem]:
    """Check that a pattern names a model itself, and say so when it only leads in a circle."""
    models = set(tables["models"]["model_id"])
    problems = []
    for row in tables["model_patterns"].iter_rows(named=True):
        if row["model_id"] in models or not row["model_id"]:
            continue
        way = list(_way(tables, row["model_id"], models))
        circle = f": it leads from {' to '.join(way)} and never to a model"
        message = f"{row['model_id']} is not in models.csv{circle if len(way) > 1 else ''}"
        remedy = "Name a model of models.csv: a pattern is followed once."
        problems.append(_problem(row["row"], "model_id", message, remedy))
    return problems


def _way(tables: Tables, name: str, models: set[str]) -> Iterator[str]:
    """Follow names through aliases and patterns until a model, an end or a circle."""
    aliases = dict(tables["model_aliases"].select("alias", "model_id").rows())
    patterns = tables["model_patterns"].sort("precedence").select("pattern", "model_id").rows()
    passed: set[str] = set()
    following: str | None = name
    while following is not None and following not in models:
        yield following
        if following in passed:
            return
        passed.add(following)
        here = following
        matching = (model for pattern, model in patterns if _covers(pattern, here))
        following = aliases.get(here) or next(matching, None)


def _covers(wider: str, narrower: str) -> bool:
    """Whether a pattern matches a name, or all names that another pattern matches."""
    shape = ".*".join(re.escape(part) for part in wider.split("*"))
    return re.fullmatch(shape, narrower.replace("*", ANY_TEXT), re.DOTALL) is not None


def _problem(row: int, field: str, message: str, remedy: str) -> Problem:
    return Problem(FILES["model_patterns"].file_name, message, remedy, row, field)


RULES = (
    (a_precedence_is_used_once, ("model_patterns",)),
    (no_pattern_hides_behind_another, ("model_patterns",)),
    (a_pattern_ends_at_a_model, ("model_patterns", "model_aliases", "models")),
)
