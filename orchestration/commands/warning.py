"""What a close warns of without holding anybody back.

Here: silent sources, keys used out of their time and crossed limits, as lines and as JSON. Keep out:
finding them (`billing.ingestion.silence`, `billing.subscriptions`).
"""

from collections.abc import Sequence

from billing.ingestion.silence import Silence
from billing.subscriptions.caps import CapAlert
from billing.subscriptions.misuse import Misuse
from orchestration.commands.caps import alert_lines, fields_of
from orchestration.commands.terminal import terminal

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
SHOWN = 20


def warnings_of(
    silences: Sequence[Silence], misuses: Sequence[Misuse], alerts: Sequence[CapAlert]
) -> list[dict[str, object]]:
    """One entry for each silent stretch, key used out of its time and alert of a limit."""
    silent: list[dict[str, object]] = [
        {
            "source_id": silence.source_id,
            "from_at": f"{silence.from_at:{INSTANT}}",
            "to_at": f"{silence.to_at:{INSTANT}}",
        }
        for silence in silences
    ]
    return silent + [vars(misuse) for misuse in misuses] + [fields_of(alert) for alert in alerts]


def print_warnings(
    silences: Sequence[Silence], misuses: Sequence[Misuse], alerts: Sequence[CapAlert]
) -> None:
    """One line on stderr for each silent stretch, key and alert, and what to do about them."""
    out = terminal(to_stderr=True)
    if silences:
        out.print("\nWarning: a source that is never silent was not heard.")
    for silence in silences:
        out.print(_line(silence), soft_wrap=True, markup=False)
    if silences:
        out.print(
            "If a log is missing, ingest it and close again; usage that arrives after the month is "
            "finalized is billed in the next one.",
            soft_wrap=True,
        )
    if misuses:
        out.print("\nWarning: requests were served on keys that were not valid.")
    for misuse in misuses:
        out.print(_finding(misuse), soft_wrap=True, markup=False)
    if misuses:
        out.print(
            "None of it is billed. See that the gateway reads the entitlements; who still uses a "
            "key that ended may not be its owner.",
            soft_wrap=True,
        )
    if alerts:
        out.print("\nWarning: limits were nearly or wholly used, or are about to be.")
    for line in alert_lines(alerts[:SHOWN]):
        out.print(line, soft_wrap=True, markup=False)
    if alerts:
        more = f"{len(alerts) - SHOWN:,} more; " if len(alerts) > SHOWN else ""
        out.print(f"{more}`meterbook caps` shows every limit and alert.", soft_wrap=True)


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
