"""Native and LiteLLM logs into schema `raw`, each request exactly once.

Here: everything between a delivered file and an accepted, duplicate or quarantined row. Add
here what makes logs readable or tells copies apart. Keep out: prices, months and documents.
"""

from billing.ingestion.bills import BillReport
from billing.ingestion.intake import ingest
from billing.ingestion.report import FileReport, IngestReport

__all__ = [
    "BillReport",
    "FileReport",
    "IngestReport",
    "ingest",
]
