"""Who does something on an account, and when.

Here: the two facts every act carries. Keep out: what acts are.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from billing.books.journal import SYSTEM, Entry
from billing.clock import Clock
from billing.subscriptions.terms import whole_second


@dataclass(frozen=True)
class Act:
    """One act by a person or the system; its instant is read once, when it is first asked for.

    That is when the books are held: an act that waits for another is later than that one.
    """

    clock: Clock
    actor: str = SYSTEM

    @cached_property
    def at(self) -> datetime:
        """The instant at which it takes effect: a whole second."""
        return whole_second(self.clock.now())

    def entry(self, action: str, subject: str, detail: str) -> Entry:
        """Its line in the audit log."""
        return Entry(self.at, self.actor, action, subject, detail)
