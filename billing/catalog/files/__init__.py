"""One contract per catalog file, grouped by what a person edits together.

Here: the list of all files. Add a file to the module of its group and to `FILES`. Keep out:
rules between files (`billing.catalog.rules`) and reading.
"""

from billing.catalog.files import (
    agreements,
    alerts,
    amendments,
    balances,
    corrections,
    customers,
    document_terms,
    exchange,
    forms,
    limits,
    list_prices,
    reminders,
    seller,
    subscriptions,
    taxes,
    tolerances,
    usage_rules,
    volumes,
)
from billing.catalog.files.contract import CatalogFile

FILES: dict[str, CatalogFile] = {
    file.name: file
    for group in (
        customers,
        list_prices,
        agreements,
        document_terms,
        exchange,
        subscriptions,
        balances,
        limits,
        taxes,
        seller,
        usage_rules,
        tolerances,
        volumes,
        corrections,
        amendments,
        alerts,
        forms,
        reminders,
    )
    for file in group.FILES
}

__all__ = ["FILES", "CatalogFile"]
