"""One line of a landing file, with what must become of it.

Add here what the books must know about a line. Keep out how faults are made (`faults`) and
how facts are summed (`books`).
"""

from dataclasses import dataclass

from formats import Row
from usage import METERS, Request

ACCEPTED, DUPLICATES, QUARANTINED = "accepted", "duplicates", "quarantined"
# These rows have no readable owner or no readable time, so they count under `unknown`.
OWNERLESS = (
    "unreadable_row",
    "missing_time",
    "time_out_of_range",
    "unknown_key",
    "key_of_another_organization",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line: `body` replaces the request's own form where a fault changed it."""

    at: int
    request: Request
    fate: str = ACCEPTED
    reason: str = ""
    body: Row | str | None = None
    meters: tuple[int, ...] = (0,) * len(METERS)
    images: int = 0
    searches: int = 0

    @property
    def has_owner(self) -> bool:
        """Whether organization and time can be read from it."""
        return self.reason not in OWNERLESS


def whole(request: Request) -> Line:
    """The line of a request as it should be."""
    return Line(
        request.completed,
        request,
        meters=request.meters,
        images=request.images,
        searches=request.searches,
    )
