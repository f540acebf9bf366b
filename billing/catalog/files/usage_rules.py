"""Which outcome of a request is billed.

Here: the contract of outcome_rules.csv. Keep out: reasons that come from the key or its
subscription; those are decided per request by the warehouse.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile

OUTCOME_RULES = CatalogFile(
    name="outcome_rules",
    columns={
        "outcome": c.one_of(known.OUTCOMES),
        "is_billed": c.flag(),
        "not_billed_reason": c.identifier(required=False),
    },
    key=("outcome",),
)

FILES = (OUTCOME_RULES,)
