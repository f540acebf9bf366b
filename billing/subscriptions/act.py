"""Who does something on an account, and when.

Here: the two facts every act carries. Keep out: reading the clock.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.books.journal import SYSTEM, Entry
from billing.subscriptions.terms import whole_second


@dataclass(frozen=True)
class Act:
    """One act at an instant, by a person or the system."""

    now: datetime
    actor: str = SYSTEM

    @property
    def at(self) -> datetime:
        """The instant at which it takes effect: a whole second."""
        return whole_second(self.now)

    def entry(self, action: str, subject: str, detail: str) -> Entry:
        """Its line in the audit log."""
        return Entry(self.at, self.actor, action, subject, detail)
