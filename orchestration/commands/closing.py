"""`meterbook close`.

Here: reading arguments, and printing what was billed, where the documents are, who is held
back and what to look at. Keep out: the steps (`orchestration.close`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.audit.findings import Finding
from billing.audit.reconcile import reconcile
from billing.audit.tie_out import days_apart
from billing.books import Books
from billing.books.address import books_of
from billing.clock import Clock
from billing.errors import MeterbookError
from billing.home import Home
from billing.invoicing.drafts import draft_documents
from billing.invoicing.register import InvoiceEntry, list_drafts, list_invoices
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.commands.bills import print_difference
from orchestration.commands.explaining import print_reconciliation
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
    terminal,
)
from orchestration.commands.warning import find_warnings, print_warnings, warning_rows
from orchestration.rendering import folder_of

BLOCKED = 3
PRINT_WAITS_SECONDS = 300


def close(  # one parameter for each option of the command
    month: Annotated[str, typer.Argument(help="The month to close, like 2026-10.")],
    finalize: Annotated[
        bool, typer.Option("--finalize", help="Number and freeze now, without review days.")
    ] = False,
    org: Annotated[
        list[str] | None, typer.Option("--org", help="Only this organization; may be repeated.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show every event of the run.")
    ] = False,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Rate a month, audit it, draft its documents and, if asked, finalize them."""
    from orchestration.close import run_close  # noqa: PLC0415  # Dagster loads slowly

    home, now, billing_month = Home(home_dir), clock(), BillingMonth.parse(month)
    _refuse_future(billing_month, now)
    _refuse_strangers(home, org or [])
    steps = run_close(
        home, now, billing_month, finalize=finalize, organizations=org or [], verbose=verbose
    )
    # A refresh may have come in between; what was made is made.
    with home.exclusive(PRINT_WAITS_SECONDS), open_warehouse(home.warehouse_file) as connection:
        blocked = _blocked(connection, billing_month, org or [])
        balance = reconcile(connection, billing_month)
        differences = days_apart(connection, billing_month)
        with books_of(home) as books:
            warned = find_warnings(connection, books, billing_month, org or [])
            held = {item["organization_id"] for item in blocked}
            entries = [
                (entry, folder)
                for entry, folder in _documents(connection, books, now, billing_month, org or [])
                if entry.number or entry.organization_id not in held
            ]
    if as_json:
        invoices = [vars(entry) for entry, _ in entries]
        seconds = [vars(step) for step in steps]
        closed = {"month": month, "steps": seconds, "invoices": invoices, "blocked": blocked}
        print_json({**closed, "warnings": warning_rows(warned)})
    else:
        print_reconciliation(balance)
        _print(home, entries, blocked, billing_month)
        print_warnings(warned)
    print_difference(differences, billing_month)
    if blocked:
        raise typer.Exit(BLOCKED)


def _refuse_future(month: BillingMonth, now: Clock) -> None:
    if month.first_day > now.now().date():
        raise MeterbookError(
            f"{month} has not begun: it is {now.now():%Y-%m-%d}. Close a month that has ended."
        )


def _refuse_strangers(home: Home, chosen: Sequence[str]) -> None:
    if not chosen:
        return
    from billing.subscriptions import read_in_force  # noqa: PLC0415  # only this option needs it

    with books_of(home) as books:
        known = set(read_in_force(home.catalog, books)["organizations"]["organization_id"])
    for organization in chosen:
        if organization not in known:
            raise MeterbookError(
                f"There is no organization {organization!r} in {home.catalog}. "
                "Name one of organizations.csv."
            )


def _blocked(connection: Any, month: BillingMonth, chosen: Sequence[str]) -> list[dict[str, str]]:  # noqa: ANN401  # a DuckDB connection
    from orchestration.closing import findings_of  # noqa: PLC0415  # loads the audit

    by_organization: dict[str, list[Finding]] = {}
    for finding in findings_of(connection, month):
        by_organization.setdefault(finding.organization_id, []).append(finding)
    return [
        {"organization_id": organization, "reason": _reason(findings)}
        for organization, findings in sorted(by_organization.items())
        if not chosen or organization in chosen
    ]


def _reason(findings: Sequence[Finding]) -> str:
    causes = [finding for finding in findings if finding.check_name == "unpriced_usage"]
    first = (causes or findings)[0]
    more = f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
    return first.message + more


def _documents(
    connection: Any,  # noqa: ANN401  # a DuckDB connection
    books: Books,
    now: Clock,
    month: BillingMonth,
    chosen: Sequence[str],
) -> list[tuple[InvoiceEntry, str]]:
    """Every document of the month with its folder's name, drafts last."""
    entries = [(entry, entry.number) for entry in list_invoices(books, now, month=month)]
    drafted = {organization for organization, drafted in books.drafts() if drafted == month}
    drafts = [d for d in draft_documents(connection, month) if d.organization_id in drafted]
    for entry, draft in zip(list_drafts(drafts), drafts, strict=True):
        entries.append((entry, draft.name))
    return [pair for pair in entries if not chosen or pair[0].organization_id in chosen]


def _print(
    home: Home,
    entries: Sequence[tuple[InvoiceEntry, str]],
    blocked: Sequence[dict[str, str]],
    month: BillingMonth,
) -> None:
    rows = [
        (
            entry.number or "draft",
            _path(home, entry, folder),
            entry.due_date or "",
            entry.status,
            entry.currency,
            entry.subtotal,
            entry.discount,
            entry.tax,
            entry.total,
            entry.amount_due,
        )
        for entry, folder in entries
    ]
    columns = ("number", "folder", "due", "status", "currency")
    amounts = ("subtotal", "discount", "tax", "total", "amount due")
    terminal().print()
    print_table((*columns, *amounts), rows, title=f"Documents of {month}", right=len(amounts))
    if blocked:
        terminal().print("\nHeld back:")
    for item in blocked:
        terminal().print(f"  {item['reason']}", soft_wrap=True, markup=False)


def _path(home: Home, entry: InvoiceEntry, folder: str) -> Path:
    return folder_of(home.documents, entry.organization_id, folder)
