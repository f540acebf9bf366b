"""Edits of dated rows that somebody stands for.

Here: the contract of corrections.csv, which may be absent: then nothing accepted was edited.
A row names the file and the key of the row that was edited, ended early or taken out, and why.
Keep out: finding such edits (`billing.catalog.accepted`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

CORRECTIONS = CatalogFile(
    name="corrections",
    columns={
        "file": c.text(
            pattern=r"^[a-z_]+\.csv$", remedy="Write the name of the file, like prices.csv."
        ),
        "key": c.text(),
        "reason": c.text(),
        "recorded_date": c.day(),
    },
    key=("file", "key", "recorded_date"),
    may_be_absent=True,
)

FILES = (CORRECTIONS,)
