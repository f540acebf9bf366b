"""The only source of the present instant.

Here: the injected clock. Everything that needs "now" takes a `Clock`. Keep out: any other
reading of the wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from billing.errors import MeterbookError

ENVIRONMENT_VARIABLE = "METERBOOK_NOW"


@dataclass(frozen=True)
class Clock:
    """Tells the present instant; with `fixed` set, always that one."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return self.fixed or datetime.now(UTC)


def clock_from(environment: Mapping[str, str]) -> Clock:
    """Read `METERBOOK_NOW` (an ISO 8601 instant with a zone); the real clock without it.

    Raises MeterbookError when the value is not an instant or names no zone.
    """
    text = environment.get(ENVIRONMENT_VARIABLE)
    if not text:
        return Clock()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise MeterbookError(
            f"{ENVIRONMENT_VARIABLE}={text!r} is not an ISO 8601 instant. "
            "Write it like 2026-11-05T06:00:00Z."
        ) from error
    if instant.tzinfo is None:
        raise MeterbookError(f"{ENVIRONMENT_VARIABLE}={text!r} has no zone. Add Z for UTC.")
    return Clock(instant.astimezone(UTC))
