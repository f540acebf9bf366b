"""What a close warns of without holding anybody back.

Here: silent sources as lines and as JSON. Keep out: finding them (`billing.ingestion.silence`).
"""

from collections.abc import Sequence

from billing.ingestion.silence import Silence
from orchestration.commands.terminal import terminal

INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def warnings_of(silences: Sequence[Silence]) -> list[dict[str, str]]:
    """One entry for each silent stretch."""
    return [
        {
            "source_id": silence.source_id,
            "from_at": f"{silence.from_at:{INSTANT}}",
            "to_at": f"{silence.to_at:{INSTANT}}",
        }
        for silence in silences
    ]


def print_warnings(silences: Sequence[Silence]) -> None:
    """One line on stderr for each silent stretch, and what to do about them."""
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


def _line(silence: Silence) -> str:
    hours = "1 hour" if silence.hours == 1 else f"{silence.hours} hours"
    return (
        f"  {silence.source_id}: no request accepted from {silence.from_at:%Y-%m-%d %H:%M} "
        f"to {silence.to_at:%Y-%m-%d %H:%M} UTC ({hours})"
    )
