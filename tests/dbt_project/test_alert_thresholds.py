"""Caps and limits of money are told of at the same thresholds, one in SQL, the other in Python."""

from pathlib import Path

import duckdb

from billing.subscriptions.limit_alerting import THRESHOLDS

CAPS = Path(__file__).parents[2] / "dbt_project" / "macros" / "caps.sql"


def test_the_models_and_the_books_tell_at_the_same_percent() -> None:
    """The macro holds plain SQL, so that it can be asked without dbt."""
    (body,) = (
        each.partition("-%}")[2].partition("{%-")[0]
        for each in CAPS.read_text().split("{% macro ")
        if each.startswith("alert_thresholds()")
    )
    told = duckdb.sql(f"from {body.strip()} as told (percent) order by percent").fetchall()
    assert [percent for (percent,) in told] == list(THRESHOLDS)
