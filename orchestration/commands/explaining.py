"""`meterbook reconcile` and `meterbook explain`.

Here: printing what the audit counted and traced. Keep out: counting and tracing
(`billing.audit`).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from billing.audit.explain import explain as trace
from billing.audit.explain_text import explanation_text
from billing.audit.reconcile import COLUMNS
from billing.audit.reconcile import reconcile as count
from billing.books.address import books_of
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.closing import require_closed
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    print_json,
    print_table,
    terminal,
)


def reconcile(
    month: Annotated[str, typer.Argument(help="The billing month, like 2026-10.")],
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Count a closed month again: raw = rolled up = rated = invoiced, by organization."""
    home = Home(home_dir)
    billing_month = BillingMonth.parse(month)
    with home.exclusive(), open_warehouse(home.warehouse_file) as connection:
        require_closed(connection, billing_month)
        balance = count(connection, billing_month)
    if as_json:
        print_json(balance)
    else:
        print_reconciliation(balance)
    if not balance["balanced"]:
        raise typer.Exit(1)


def explain(
    number: Annotated[str, typer.Argument(help="The number of a finalized document.")],
    line: Annotated[
        int | None, typer.Option("--line", help="Follow this line down to files and requests.")
    ] = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Explain a total: lines, charges, prices, discounts; with --line down to request ids."""
    home = Home(home_dir)
    with books_of(home) as books:
        document = json.loads(books.document(number).frozen)
    with home.exclusive(), open_warehouse(home.warehouse_file) as connection:
        require_closed(connection, BillingMonth.parse(document["billing_month"]))
        explanation = trace(connection, document, line)
    if as_json:
        print_json(explanation)
        return
    for text in explanation_text(explanation):
        terminal().print(text, markup=False, soft_wrap=True)


def print_reconciliation(balance: Mapping[str, Any]) -> None:
    """Requests of a month by organization and fate, and what does not balance."""
    rows = [
        (row["organization_id"], *(f"{row[column]:,}" for column in COLUMNS))
        for row in balance["organizations"]
    ]
    totals = ("total", *(f"{balance['totals'][column]:,}" for column in COLUMNS))
    print_table(
        ("requests", *COLUMNS),
        [*rows, totals],
        title=f"Reconciliation of {balance['month']}",
        right=len(COLUMNS),
    )
    if balance["balanced"]:
        terminal().print(
            "Balanced: received = billed + not billed + duplicates + quarantined, and "
            "raw = rolled up = rated = invoiced, for requests and every meter."
        )
    for difference in balance["differences"]:
        terminal().print(f"NOT BALANCED  {difference['message']}")
