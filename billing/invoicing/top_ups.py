"""Which top-ups a month invoices, and which earlier invoices its refunds give back from.

Here: rows of the snapshot. A top-up is invoiced by the month that posts it, so once. Keep out:
amounts and tax (`dbt_project`), and the documents (`top_up_documents`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import duckdb

from billing.books import Books
from billing.books.top_up_invoices import filed_in, invoices_left
from billing.invoicing.opening import unposted_acts
from billing.invoicing.watermarks import WatermarkPlan

Cells = tuple[object, ...]
TOP_UP_DUE = (
    "organization_id varchar not null, billing_month date not null, top_up_id varchar not null, "
    "number varchar not null, issue_date date"
)
TOP_UP_INVOICE = (
    "organization_id varchar not null, billing_month date not null, top_up_id varchar not null, "
    "corrects_month date not null, occurred_at timestamp not null, reference varchar not null, "
    "currency varchar not null, number varchar not null, issue_date date not null, "
    "tax_category varchar not null, tax_rate decimal(9, 6) not null, "
    "taxable_left_amount decimal(28, 3) not null, tax_left_amount decimal(28, 3) not null, "
    "exemption_code varchar not null, exemption_reason varchar not null"
)


@dataclass(frozen=True)
class TopUps:
    """`due` are top-ups that the month invoices, `invoices` what is left of earlier ones'."""

    due: Sequence[Cells]
    invoices: Sequence[Cells]


def top_ups_of(connection: duckdb.DuckDBPyConnection, books: Books, plan: WatermarkPlan) -> TopUps:
    """Return what the month of `plan` invoices; of a closed one what it did.

    An invoice that was made has its number already; a month that was closed before there were
    any has none. Earlier ones are read of those alone to whom something is refunded.
    """
    month, watermarks = plan.month, plan.of_month()
    acts = [
        act
        for act in unposted_acts(connection, books, month)
        if act.organization_id in watermarks
        and (act.is_posted or not watermarks[act.organization_id].is_finalized)
    ]
    refunded = {act.organization_id for act in acts if act.kind == "refund"}
    with books.reading() as reading:
        filed = filed_in(reading, month)
        left = invoices_left(reading, month, refunded)
    day = month.first_day
    due: list[Cells] = []
    for act in acts:
        made = filed.get(act.act_id) if act.kind == "top_up" else None
        is_closed = watermarks[act.organization_id].is_finalized
        if made or (act.is_invoiced and not is_closed):
            named = (made.number, made.issue_date) if made else ("", None)
            due.append((act.organization_id, day, act.act_id, *named))
    return TopUps(
        due,
        [
            (
                each.organization_id,
                day,
                each.top_up_id,
                each.billing_month.first_day,
                each.occurred_at.astimezone(UTC).replace(tzinfo=None),
                each.reference,
                each.currency,
                each.filed.number,
                each.filed.issue_date,
                each.category,
                each.rate,
                str(each.taxable_left),
                str(each.tax_left),
                each.exemption_code,
                each.exemption_reason,
            )
            for each in left
        ],
    )
