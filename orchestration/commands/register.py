"""`meterbook invoices` and `meterbook show`.

Here: printing the register. Keep out: what a status means (`billing.receivables`).
"""

from typing import Annotated

import typer

from billing.books.address import books_of
from billing.home import Home
from billing.invoicing.register import list_invoices, show_invoice
from billing.periods import BillingMonth
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    clock,
    print_json,
    print_table,
)

TEXTS = (
    "number",
    "kind",
    "organization_id",
    "billing_month",
    "corrects_number",
    "due_date",
    "status",
)
AMOUNTS = ("subtotal", "discount", "tax", "total", "amount_due", "open")


def invoices(
    month: Annotated[
        str | None, typer.Option(help="Only this billing month, like 2026-10.")
    ] = None,
    org: Annotated[str | None, typer.Option("--org", help="Only this organization.")] = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List finalized documents with amounts, due date and payment status."""
    only = BillingMonth.parse(month) if month else None
    with books_of(Home(home_dir)) as books:
        entries = list_invoices(books, clock(), month=only, organization_id=org)
    if as_json:
        print_json({"invoices": [vars(entry) for entry in entries]})
        return
    columns = (*TEXTS, "currency", *AMOUNTS)
    rows = [[getattr(entry, name) or "" for name in columns] for entry in entries]
    print_table(columns, rows, right=len(AMOUNTS))


def show(
    number: Annotated[str, typer.Argument(help="The number of a finalized document.")],
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Print one document as JSON: what was frozen, its hash, its payments and status today."""
    del as_json  # it is always one object
    with books_of(Home(home_dir)) as books:
        print_json(show_invoice(books, number, clock()))
