"""Rules about corrections.csv.

Here: that a correction names a file whose rows are remembered. Keep out: whether the row it
names was edited (`billing.catalog.accepted`).
"""

import polars as pl

from billing.catalog.accepted import DATED
from billing.catalog.checking import Tables, found
from billing.catalog.files import FILES
from billing.errors import Problem


def a_correction_names_a_file_of_dated_rows(tables: Tables) -> list[Problem]:
    """Check that the file has dated rows: others may be edited without a word."""
    names = sorted(FILES[name].file_name for name in DATED)
    wrong = tables["corrections"].filter(~pl.col("file").is_in(names))
    message = pl.format("{} has no dated rows", pl.col("file"))
    remedy = f"Use one of {', '.join(names)}."
    return found(wrong, FILES["corrections"], "file", message, remedy)


RULES = ((a_correction_names_a_file_of_dated_rows, ("corrections",)),)
