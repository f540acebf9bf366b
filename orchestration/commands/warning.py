"""What a close warns of without holding anybody back.

Here: silent sources, keys used out of their time, crossed limits of use and of money, and balances
that run low, as lines and as JSON. Keep out: finding them (`billing.ingestion.silence`, `billing.subscriptions`,
`billing.prepaid.alerting`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from billing.books import Books
from billing.books.alerts import Alert
from billing.ingestion.silence import Silence, silences_of
from billing.periods import INSTANT_FORMAT, BillingMonth
from billing.prepaid.alerting import newest_alerts
from billing.prepaid.forecasts import read_forecasts
from billing.subscriptions.caps import CapAlert, KeySpend, alerts_of, spending_of
from billing.subscriptions.limit_alerting import THRESHOLDS
from billing.subscriptions.misuse import Misuse, misuses_of
from orchestration.commands.account_terms import instant
from orchestration.commands.alerts import row_of, words_of
from orchestration.commands.caps import alert_lines, fields_of
from orchestration.commands.terminal import terminal

SHOWN = 20


@dataclass(frozen=True)
class Warned:
    """What is warned of, one sequence for each kind."""

    silences: Sequence[Silence]
    misuses: Sequence[Misuse]
    limits: Sequence[CapAlert]
    spending: Sequence[KeySpend]
    balances: Sequence[Alert]


def find_warnings(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    chosen: Sequence[str],
) -> Warned:
    """Look for all of them in a month; limits and balances of the chosen customers, or of all."""
    limits = alerts_of(connection, month)
    spending = spending_of(connection, month)
    balances = newest_alerts(books, read_forecasts(connection))
    return Warned(
        silences_of(connection, month),
        misuses_of(connection, month),
        [found for found in limits if not chosen or found.organization_id in chosen],
        [
            found
            for found in spending
            if (found.spent_percent >= min(THRESHOLDS) or found.forecast_at is not None)
            and (not chosen or found.organization_id in chosen)
        ],
        [found for found in balances if not chosen or found.organization_id in chosen],
    )


def warning_rows(warned: Warned) -> list[dict[str, object]]:
    """One entry for each silent stretch, key out of its time, limit, sum of money and balance."""
    return [
        *(
            {
                "source_id": silence.source_id,
                "from_at": f"{silence.from_at:{INSTANT_FORMAT}}",
                "to_at": f"{silence.to_at:{INSTANT_FORMAT}}",
            }
            for silence in warned.silences
        ),
        *(vars(found) for found in warned.misuses),
        *(fields_of(found) for found in (*warned.limits, *warned.spending)),
        *(row_of(alert, as_json=True) for alert in warned.balances),
    ]


def print_warnings(warned: Warned) -> None:
    """A paragraph on stderr for each kind: what it is, one line each, and what to do about it."""
    out = terminal(to_stderr=True)
    for lines in (
        _silent(warned.silences),
        _misused(warned.misuses),
        _limited(warned.limits),
        _spent(warned.spending),
        _low(warned.balances),
    ):
        for line in lines:
            out.print(line, soft_wrap=True, markup=False)


def _silent(silences: Sequence[Silence]) -> Iterator[str]:
    if not silences:
        return
    yield "\nWarning: a source that is never silent was not heard."
    yield from map(_line, silences)
    yield (
        "If a log is missing, ingest it and close again; usage that arrives after the month is "
        "finalized is billed in the next one."
    )


def _misused(misuses: Sequence[Misuse]) -> Iterator[str]:
    if not misuses:
        return
    yield "\nWarning: requests were served on keys that were not valid."
    yield from map(_finding, misuses)
    yield (
        "None of it is billed. See that the gateway reads the entitlements; who still uses a "
        "key that ended may not be its owner."
    )


def _limited(limits: Sequence[CapAlert]) -> Iterator[str]:
    if not limits:
        return
    yield "\nWarning: limits were nearly or wholly used, or are about to be."
    yield from alert_lines(limits[:SHOWN])
    more = f"{len(limits) - SHOWN:,} more; " if len(limits) > SHOWN else ""
    yield f"{more}`meterbook caps` shows every limit and alert."


def _spent(spending: Sequence[KeySpend]) -> Iterator[str]:
    if not spending:
        return
    yield "\nWarning: keys nearly or wholly spent what they may in a month, or are about to."
    for spend in spending:
        ahead = f"; all of it about {instant(spend.forecast_at)}" if spend.forecast_at else ""
        yield (
            f"  {spend.organization_id} {spend.api_key_id}: {spend.spent_amount} of "
            f"{spend.limit_amount} {spend.currency} spent, {spend.spent_percent} %{ahead}"
        )


def _low(balances: Sequence[Alert]) -> Iterator[str]:
    if not balances:
        return
    yield "\nWarning: balances run low. `meterbook alerts` has every alert."
    for alert in balances:
        yield f"  {alert.organization_id}: {words_of(alert)} ({alert.rule_id})"


def _finding(misuse: Misuse) -> str:
    days = {f"{misuse.first_date}": None, f"{misuse.last_date}": None}
    requests = "1 request" if misuse.requests == 1 else f"{misuse.requests:,} requests"
    return (
        f"  {misuse.api_key_id} of {misuse.organization_id}: {requests}, {' to '.join(days)} UTC "
        f"({misuse.reason})"
    )


def _line(silence: Silence) -> str:
    hours = "1 hour" if silence.hours == 1 else f"{silence.hours} hours"
    return (
        f"  {silence.source_id}: no request accepted from {silence.from_at:%Y-%m-%d %H:%M} "
        f"to {silence.to_at:%Y-%m-%d %H:%M} UTC ({hours})"
    )
