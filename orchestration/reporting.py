"""Tables on Dagster's pages.

Here: metadata for assets. Keep out: printing on a terminal.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import MetadataValue, TableMetadataValue, TableRecord


def totals_table(documents: Sequence[Mapping[str, Any]]) -> TableMetadataValue:
    """Totals of documents, one row each."""
    return (
        MetadataValue.table(
            [
                TableRecord(
                    {
                        "organization": document["buyer"]["party_id"],
                        "kind": document["kind"],
                        "currency": document["currency"],
                        **{
                            name: format(document["totals"][name], "f")
                            for name in ("subtotal", "discount", "tax", "total")
                        },
                    }
                )
                for document in documents
            ]
        )
        if documents
        else MetadataValue.table([TableRecord({"organization": "none"})])
    )
