"""An account by plain rules: who is active and which keys are good, in days and names only."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ModelSubscription:
    starts_at: datetime
    ends_at: datetime | None


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

    def is_good(self, name: str, at: datetime) -> bool:
        key = self.keys[name]
        own = key.begins_at <= at and (key.ends_at is None or at < key.ends_at)
        return own and (key.paid_by is None or key.paid_by in self.active(at))
