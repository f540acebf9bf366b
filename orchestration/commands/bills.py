"""`meterbook bills`: the bills of providers beside our own count.

Here: arguments, printing, and the one line a close tells. Keep out: comparing
(`provider_tie_out`).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import typer

from billing.audit.tie_out import (
    TieOut,
    days_apart,
    newest_tied_out_month,
    providers_of,
    tie_out_of,
)
from billing.home import Home
from billing.periods import BillingMonth
from billing.warehouse import open_warehouse
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    print_json,
    print_table,
    terminal,
)

_COLUMNS = ("requests", "bill", "input", "bill", "output", "bill", "list USD", "bill USD", "apart")
_NOTHING = (
    "No bill was compared{of}. Ingest the provider's reports and close the month; "
    "docs/provider-bills.md says how to get them."
)


def bills(
    month: Annotated[
        str | None, typer.Option(help="The month, like 2026-10; the newest by default.")
    ] = None,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Compare the bills of providers with our own count, by provider and model."""
    home = Home(home_dir)
    with home.exclusive(), open_warehouse(home.warehouse_file) as connection:
        asked = BillingMonth.parse(month) if month else newest_tied_out_month(connection)
        models = tie_out_of(connection, asked) if asked else []
        days = days_apart(connection, asked) if asked else []
    if as_json:
        print_json(
            {
                "month": str(asked) if asked else None,
                "models": [vars(each) for each in models],
                "days_apart": [vars(each) for each in days],
            }
        )
    elif models:
        _print(models, days, f"Bills of {asked} beside our own count")
    else:
        terminal().print(_NOTHING.format(of=f" in {asked}" if asked else ""), soft_wrap=True)


def print_difference(differences: Sequence[TieOut], month: BillingMonth) -> None:
    """One line on stderr where a bill differs beyond its tolerance; else nothing."""
    if differences:
        days = "1 day" if len(differences) == 1 else f"{len(differences)} days of a model"
        terminal(to_stderr=True).print(
            f"\nWarning: the bill of {', '.join(providers_of(differences))} differs from our own "
            f"count on {days}; see `meterbook bills --month {month}`.",
            soft_wrap=True,
            markup=False,
        )


def _print(models: Sequence[TieOut], days: Sequence[TieOut], title: str) -> None:
    rows = [
        (each.provider, each.model_id or "(none)", _reasons(each), *_cells(each)) for each in models
    ]
    print_table(("provider", "model", "reasons", *_COLUMNS), rows, title=title, right=len(_COLUMNS))
    if not days:
        terminal().print("\nEvery day is within tolerance.")
        return
    rows = [
        (
            each.provider,
            each.model_id or "(none)",
            str(each.usage_date),
            _reasons(each),
            *_cells(each)[:-1],
        )
        for each in days
    ]
    terminal().print()
    columns = ("provider", "model", "day", "reasons", *_COLUMNS[:-1])
    print_table(columns, rows, title="Beyond tolerance", right=len(_COLUMNS) - 1)


def _reasons(each: TieOut) -> str:
    return ", ".join(each.reasons) or "-"


def _cells(each: TieOut) -> tuple[str, ...]:
    counts = (
        each.requests,
        each.bill_requests,
        each.input_tokens,
        each.bill_input_tokens,
        each.output_tokens,
        each.bill_output_tokens,
    )
    amounts = (each.list_amount, each.bill_amount)
    days = f"{each.days_apart} d" if each.days_apart else "-"
    return (*map(_count, counts), *map(_amount, amounts), days)


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _amount(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,.6f}"
