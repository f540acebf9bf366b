"""Which outcome of a request is billed, for everyone and by contract.

Here: the contracts of outcome_rules.csv and contract_outcome_rules.csv. Keep out: reasons that
come from the key or its subscription; those are decided per request by the warehouse.
"""

from billing.catalog import columns as c
from billing.catalog import known
from billing.catalog.files.contract import CatalogFile

BYOK = "byok"
"""A request with the customer's own provider key, whatever came of it: no outcome of a log."""

OUTCOME_RULES = CatalogFile(
    name="outcome_rules",
    columns={
        "outcome": c.one_of(known.OUTCOMES),
        "is_billed": c.flag(),
        "not_billed_reason": c.identifier(required=False),
    },
    key=("outcome",),
)

CONTRACT_OUTCOME_RULES = CatalogFile(
    name="contract_outcome_rules",
    columns={
        "contract_id": c.identifier(),
        "outcome": c.one_of((*known.OUTCOMES, BYOK)),
        "is_billed": c.flag(),
        "not_billed_reason": c.identifier(required=False),
    },
    key=("contract_id", "outcome"),
    references={"contract_id": ("contracts", "contract_id")},
    may_be_absent=True,
)

FILES = (OUTCOME_RULES, CONTRACT_OUTCOME_RULES)
