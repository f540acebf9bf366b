"""The catalog: who buys, what it costs, under which terms.

Here: reading, checking and loading the files of `data/catalog/`, and the importers that
append to them. Add here what is known before any request is made. Keep out: usage.
"""

from billing.catalog.catalog import check_catalog, read_catalog
from billing.catalog.ecb_import import EcbImport, import_ecb
from billing.catalog.genai_import import GenaiPlan, import_genai_prices, plan_genai_import
from billing.catalog.litellm_import import ImportPlan, import_litellm, plan_litellm_import
from billing.catalog.loading import load_catalog

__all__ = [
    "EcbImport",
    "GenaiPlan",
    "ImportPlan",
    "check_catalog",
    "import_ecb",
    "import_genai_prices",
    "import_litellm",
    "load_catalog",
    "plan_genai_import",
    "plan_litellm_import",
    "read_catalog",
]
