"""An account by plain rules: who is active and which keys are good, in days and names only."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ModelSubscription:
    starts_at: datetime
    ends_at: datetime | None
    what: str
    counted_from: datetime
    into: str | None = None
    """What it was changed into without another kind: its keys go on with that."""


@dataclass
class ModelKey:
    begins_at: datetime
    paid_by: str | None
    ends_at: datetime | None = None


@dataclass
class Model:
    """What is true, by plain rules."""

    subscriptions: dict[str, ModelSubscription] = field(default_factory=dict)
    keys: dict[str, ModelKey] = field(default_factory=dict)

    def active(self, at: datetime) -> list[str]:
        return [
            name
            for name, each in self.subscriptions.items()
            if each.starts_at <= at and (each.ends_at is None or at < each.ends_at)
        ]

    def payer(self, name: str | None, at: datetime) -> str | None:
        """The subscription that pays for a key of `name` at an instant."""
        while name is not None and (into := self.subscriptions[name].into):
            if self.subscriptions[into].starts_at > at:
                break
            name = into
        return name

    def is_good(self, name: str, at: datetime) -> bool:
        key = self.keys[name]
        own = key.begins_at <= at and (key.ends_at is None or at < key.ends_at)
        return own and (key.paid_by is None or self.payer(key.paid_by, at) in self.active(at))
