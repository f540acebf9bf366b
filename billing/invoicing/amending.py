"""Amendments: months already invoiced, held once more against today's catalog.

Here: which amendments a month carries out, what was filed for their months, and which billing
months have to be rated again to compare. Keep out: rating (`orchestration.amending`) and the
comparison itself (`dbt_project`).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from billing.books import Books
from billing.books.amendments import Amendment
from billing.errors import BooksError
from billing.invoicing.corrected import corrected_rows
from billing.invoicing.snapshot import replace_table
from billing.periods import BillingMonth

Rows = Sequence[tuple[object, ...]]
_AMENDMENTS = """
select amendment_id, organization_id, service_month, reason from catalog.amendments
order by amendment_id
"""
_RATED_MONTHS = """
select distinct routes.billing_month
from books.late_route as routes
inner join catalog.rating_slice as slices
    on routes.organization_id = slices.organization_id
    and routes.service_month = slices.service_month
inner join intermediate.dim_usage_key as keys on routes.organization_id = keys.organization_id
inner join {table} as usage
    on usage.usage_key_id = keys.usage_key_id
    and usage.quarter_hour >= slices.starts_at and usage.quarter_hour < slices.ends_at
    and usage.ingest_sequence > routes.after_sequence
    and usage.ingest_sequence <= routes.up_to_sequence
where routes.organization_id = $organization and routes.service_month = $served
    and routes.billing_month < $month
"""
_ROLLUP = ("intermediate.int_usage__quarter_hours", "intermediate.int_usage__quarter_hour_meters")
AMENDED_KINDS = ("usage", "adjustment")
AMENDED_MODES = ("enterprise", "prepaid")


def due_amendments(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[Amendment]:
    """Return the amendments that the documents of `month` carry out.

    An open month takes every one whose service month was finalized and that no month has carried
    out; a finalized month keeps those it carried out.
    """
    finalized, done = books.finalized(), books.carried_out()
    due = []
    for amendment_id, organization_id, served, reason in connection.execute(_AMENDMENTS).fetchall():
        service_month = BillingMonth.parse(served)
        is_closed = (organization_id, month) in finalized
        carried = done.get(amendment_id, None if is_closed else month)
        was_invoiced = (organization_id, service_month) in finalized and service_month < month
        if was_invoiced and carried == month:
            due.append(Amendment(amendment_id, organization_id, service_month, reason))
    return due


def amended_months(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Return (organization, service month as YYYY-MM) of every amendment in the catalog."""
    query = "select organization_id, service_month from catalog.amendments"
    return set(connection.execute(query).fetchall())


def rated_months(
    connection: duckdb.DuckDBPyConnection, due: Sequence[Amendment], month: BillingMonth
) -> dict[BillingMonth, set[tuple[str, BillingMonth]]]:
    """Return the earlier billing months that billed usage of each amended month.

    They have to be rated again, each with its own files and exchange rates. The rollup is up to
    date.
    """
    months: dict[BillingMonth, set[tuple[str, BillingMonth]]] = {}
    for organization_id, service_month in _amended(due):
        values = {
            "organization": organization_id,
            "served": service_month.first_day,
            "month": month.first_day,
        }
        for table in _ROLLUP:
            for (found,) in connection.execute(
                _RATED_MONTHS.format(table=table), values
            ).fetchall():
                rated = months.setdefault(BillingMonth.of(found), set())
                rated.add((organization_id, service_month))
    return months


def write_amendments(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    due: Sequence[Amendment],
    rerated: Rows,
) -> None:
    """Tell the warehouse which amendments are due, what was filed, and what it is rated at now."""
    first_day = month.first_day
    amendments = [
        (
            each.amendment_id,
            each.organization_id,
            each.service_month.first_day,
            first_day,
            each.reason,
        )
        for each in due
    ]
    billed = [
        row
        for organization_id, service_month in _amended(due)
        for document in books.documents_of(organization_id, service_month, month)
        for row in _filed(document, service_month, month)
    ]
    earliest = min(each.service_month for each in due)
    months = [earliest.next]
    while months[-1] < month:
        months.append(months[-1].next)
    corrected = [
        row for each in months for row in corrected_rows(books.corrected_documents(each), each)
    ]
    connection.begin()
    try:
        replace_table(connection, "amendment", amendments)
        replace_table(connection, "billed_line", billed)
        replace_table(connection, "rerated_line", rerated)
        replace_table(connection, "corrected_document", corrected)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _amended(due: Sequence[Amendment]) -> list[tuple[str, BillingMonth]]:
    """Two amendments of one month are carried out together."""
    return sorted({(each.organization_id, each.service_month) for each in due})


def _filed(
    document: Mapping[str, Any], service_month: BillingMonth, month: BillingMonth
) -> Iterator[tuple[object, ...]]:
    """Yield each filed line of an amended month, exact; what a note gave back is below zero."""
    sign = -1 if document["kind"] == "credit_note" else 1
    if document["payment_mode"] not in AMENDED_MODES:
        return
    for line in document["lines"]:
        if line["kind"] not in AMENDED_KINDS or line["service_month"] != str(service_month):
            continue
        if line.get("net_amount") is None:
            raise BooksError(
                f"{document['number']} was filed by a version that did not keep exact net amounts, "
                f"so {service_month} of {document['buyer']['party_id']} cannot be amended. "
                "Remove the row from amendments.csv and settle the difference by hand."
            )
        yield (
            document["number"],
            month.first_day,
            document["buyer"]["party_id"],
            document["payment_mode"],
            service_month.first_day,
            line["model_id"],
            line["meter"],
            line["service_tier"],
            line["tax_category"],
            line["tax_rate"],
            format(sign * Decimal(line["net_amount"]), "f"),
        )
