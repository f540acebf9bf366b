"""Which forms of a document an organization gets.

Here: the contract of document_forms.csv, which may be absent. Keep out: which forms there are and
what they demand, which the caller of a check knows (`billing.catalog.forms`).
"""

from billing.catalog import columns as c
from billing.catalog.files.contract import CatalogFile

DOCUMENT_FORMS = CatalogFile(
    name="document_forms",
    columns={"organization_id": c.identifier(), "form": c.identifier()},
    key=("organization_id", "form"),
    references={"organization_id": ("organizations", "organization_id")},
    may_be_absent=True,
)

FILES = (DOCUMENT_FORMS,)
