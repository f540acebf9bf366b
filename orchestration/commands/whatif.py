"""`meterbook whatif`.

Here: reading arguments and printing differences. Keep out: rating (`orchestration.whatif`) and
what is a difference (`billing.whatif`).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from billing.home import Home
from billing.periods import BillingMonth
from billing.whatif.differences import DOCUMENT, LINE, MODEL
from billing.whatif.pairs import Differences, Pair, Row
from orchestration.commands.terminal import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    print_json,
    print_table,
    terminal,
)

FIGURES = ("old", "new", "difference", "percent")


def whatif(
    month: Annotated[str, typer.Argument(help="A month that was closed, like 2026-10.")],
    catalog: Annotated[
        Path, typer.Option("--catalog", help="Folder of the other catalog; all of its files.")
    ],
    org: Annotated[
        list[str] | None, typer.Option("--org", help="Only this organization; may be repeated.")
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Also compare line by line, before discounts.")
    ] = False,
    home_dir: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Rate a closed month again under another catalog, and show what differs; nothing is stored."""
    from orchestration.whatif import rerate  # noqa: PLC0415  # dbt loads slowly

    billing_month = BillingMonth.parse(month)
    found = rerate(Home(home_dir), billing_month, catalog, org or [], with_lines=lines).differences
    if as_json:
        print_json(_plain(billing_month, catalog, found, with_lines=lines))
    else:
        _print(billing_month, found, with_lines=lines)


def _plain(
    month: BillingMonth, catalog: Path, found: Differences, *, with_lines: bool
) -> dict[str, Any]:
    lines = {"lines": [_whole(row) for row in found.lines]} if with_lines else {}
    return {
        "month": str(month),
        "catalog": str(catalog),
        "totals": [{"currency": currency, **pair.plain} for currency, pair in found.totals.items()],
        "organizations": [_whole(row) for row in found.documents],
        "models": [_whole(row) for row in found.models],
        **lines,
        "unpriced": list(found.unpriced),
    }


def _whole(row: Row) -> dict[str, Any]:
    others = {name: pair.plain for name, pair in list(row.amounts.items())[1:]}
    return {**row.key, **row.main.plain, **({"amounts": others} if others else {})}


def _print(month: BillingMonth, found: Differences, *, with_lines: bool) -> None:
    print_table(
        (*DOCUMENT, *FIGURES),
        [
            *((*row.key.values(), *_figures(row.main)) for row in found.documents),
            *(("total", "", currency, *_figures(pair)) for currency, pair in found.totals.items()),
        ],
        title=f"Net amounts of {month}, before tax",
        right=len(FIGURES),
    )
    _print_changed("By model, exact, before tax", MODEL, found.models)
    if with_lines:
        _print_changed("By line, exact, before discounts", LINE, found.lines)
    _print_unpriced(found.unpriced)


def _print_changed(title: str, key: Sequence[str], rows: Iterable[Row]) -> None:
    changed = [row for row in rows if row.main.difference]
    if not changed:
        terminal().print(f"\n{title}: no difference.")
        return
    terminal().print()
    print_table(
        (*key, *FIGURES),
        [(*row.key.values(), *_figures(row.main)) for row in changed],
        title=title,
        right=len(FIGURES),
    )


def _figures(pair: Pair) -> tuple[str, ...]:
    percent = "" if pair.percent is None else f"{pair.percent}"
    return (*map(_digits, (pair.old, pair.new, pair.difference)), percent)


def _digits(amount: Decimal) -> str:
    """At least two decimals, and no zeros beyond them."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _print_unpriced(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    out = terminal(to_stderr=True)
    out.print("\nWithout a price in this catalog, and in none of the new amounts:")
    for row in rows:
        out.print(
            f"  {row['organization_id']}: {row['quantity']:,} {row['meter']} of "
            f"{row['model_id']}, tier {row['service_tier']}{_more_precisely(row)}: "
            f"{row['detail']}" + (" (nor was there one before)" if row["was_unpriced"] else ""),
            soft_wrap=True,
            markup=False,
        )


def _more_precisely(row: dict[str, Any]) -> str:
    band = f", input above {row['context_band']:,}" if row["context_band"] else ""
    return band + (f", region {row['region']}" if row["region"] else "")
