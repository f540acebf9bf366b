"""What a close warns of without holding anybody back.

Here: silent sources, keys used out of their time and balances that run low, as lines and as JSON.
Keep out: finding them (`billing.ingestion.silence`, `billing.subscriptions.misuse`,
`billing.prepaid.alerting`).
"""

from collections.abc import Sequence

from billing.books.alerts import Alert
from billing.ingestion.silence import Silence
from billing.subscriptions.misuse import Misuse
from orchestration.commands.alerts import row_of, words_of
from orchestration.commands.terminal import terminal

INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def warnings_of(
    silences: Sequence[Silence], misuses: Sequence[Misuse], alerts: Sequence[Alert]
) -> list[dict[str, object]]:
    """One entry for each silent stretch, each key used out of its time and each alert."""
    silent: list[dict[str, object]] = [
        {
            "source_id": silence.source_id,
            "from_at": f"{silence.from_at:{INSTANT}}",
            "to_at": f"{silence.to_at:{INSTANT}}",
        }
        for silence in silences
    ]
    told: list[dict[str, object]] = [row_of(alert, as_json=True) for alert in alerts]
    return silent + [vars(misuse) for misuse in misuses] + told


def print_warnings(
    silences: Sequence[Silence], misuses: Sequence[Misuse], alerts: Sequence[Alert]
) -> None:
    """One line on stderr for each of them, and what to do about them."""
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
        out.print("\nWarning: balances run low. `meterbook alerts` has every alert.")
    for alert in alerts:
        line = f"  {alert.organization_id}: {words_of(alert)} ({alert.rule_id})"
        out.print(line, soft_wrap=True, markup=False)


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
