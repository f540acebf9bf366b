"""Closing October over the small warehouse, as the orchestration does it.

Here: one function that finalizes every organization. Run as a program it does so in its own
process, for tests that kill it or let two race: `python -m ... BOOKS_URL NOW`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb

from billing.books import Books, open_books
from billing.clock import Clock
from billing.invoicing.closing import Closing, Form, read_closing
from billing.invoicing.drafts import draft_documents
from billing.invoicing.finalize import ClosedMonth, finalize_organization
from billing.invoicing.watermarks import plan_watermarks
from billing.periods import BillingMonth
from invoice_render.document import Document
from invoice_render.report import CostReport, UsageReport
from tests.billing.invoicing.marts_of_october import warehouse_of_october

OCTOBER = BillingMonth(2026, 10)
ORGANIZATIONS = ("org_aurora", "org_fjord", "org_indigo", "org_nomad")
REPORTS = {"usage": UsageReport, "cost": CostReport}
NOVEMBER_5 = Clock(datetime.fromisoformat("2026-11-05T06:00:00Z"))


def freeze(form: Form, data: Mapping[str, Any]) -> bytes:
    if form == "document":
        return Document(**data).frozen_bytes()
    report = REPORTS[form](**data).model_dump(mode="json")
    return json.dumps(report, sort_keys=True, ensure_ascii=False).encode()


def closing_of(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    *,
    month: BillingMonth = OCTOBER,
    clock: Clock = NOVEMBER_5,
) -> Closing:
    return read_closing(connection, books, month, clock=clock, freeze=freeze)


def finalize_october(
    books: Books,
    *,
    clock: Clock = NOVEMBER_5,
    organizations: Sequence[str] = ORGANIZATIONS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[ClosedMonth]:
    with connection or warehouse_of_october() as warehouse:
        plan = plan_watermarks(books, OCTOBER, ORGANIZATIONS, 3, use_drafts=True).of_month()
        drafts = draft_documents(warehouse, OCTOBER)
        closing = closing_of(warehouse, books, clock=clock)
        return [
            finalize_organization(
                books,
                closing,
                each,
                plan[each].sequence,
                [draft for draft in drafts if draft.organization_id == each],
            )
            for each in organizations
        ]


def main(url: str, now: str) -> None:
    with open_books(url) as books:
        finalize_october(books, clock=Clock(datetime.fromisoformat(now)))


if __name__ == "__main__":
    main(*sys.argv[1:])
