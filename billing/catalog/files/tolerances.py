"""How far a provider's bill may lie from our own count before it is named.

Here: the contract of provider_tolerances.csv, which may be absent: what it does not say is one
percent. A row with a model stands before the provider's row without one. Keep out: comparing
(the dbt model `provider_tie_out`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

PROVIDER_TOLERANCES = CatalogFile(
    name="provider_tolerances",
    columns={
        "provider": c.text(
            pattern=r"^[a-z0-9][a-z0-9._-]*$",
            remedy="Write it in lower case, as `meterbook bills` prints it.",
        ),
        "model_id": c.identifier(required=False),
        "tokens_pct": c.fraction(),
        "cost_pct": c.fraction(),
    },
    key=("provider", "model_id"),
    references={"model_id": ("models", "model_id")},
    may_be_absent=True,
)

FILES = (PROVIDER_TOLERANCES,)
