"""Changes to what was agreed that reach back to months already invoiced.

Here: the contract of amendments.csv, which may be absent. A row says that a month shall be held
against today's catalog once more; what changed stands in the other files. Keep out: rating
again and comparing.
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
AMENDMENTS = CatalogFile(
    name="amendments",
    columns={
        "amendment_id": c.identifier(),
        "organization_id": c.identifier(),
        "service_month": c.text(pattern=MONTH, remedy="Write the month like 2026-10."),
        "reason": c.text(),
        "recorded_date": c.day(),
    },
    key=("amendment_id",),
    references={"organization_id": ("organizations", "organization_id")},
    may_be_absent=True,
)

FILES = (AMENDMENTS,)
