"""What each act may do to a plain account, and what it does: days, names and sums only.

Here: one method for each act that tells whether it is refused, one that does it. Keep out: the
books, and in which order acts come.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from billing.subscriptions.terms import local_day, period_start
from tests.billing.subscriptions.account_model import Model, ModelKey, ModelSubscription


@dataclass
class Account(Model):
    """One customer's subscriptions and keys, in a zone."""

    zone: str = "UTC"

    def _end_of(self, starts_at: datetime, months: int | None) -> datetime | None:
        return None if months is None else period_start(starts_at, self.zone, months)

    def _months_until(self, bought: ModelSubscription, at: datetime) -> int:
        """How many months from the start on are over at or after an instant, one at least."""
        passed = 1
        while period_start(bought.counted_from, self.zone, passed) < at:
            passed += 1
        return passed

    def _is_open(self, bought: ModelSubscription, at: datetime) -> bool:
        return bought.ends_at is None or at < bought.ends_at

    def _has_ended(self, key: ModelKey, at: datetime) -> bool:
        return key.ends_at is not None and key.ends_at <= at

    def refuses_subscribe(self, at: datetime) -> bool:
        return any(self._is_open(each, at) for each in self.subscriptions.values())

    def began(self, name: str, key: str, at: datetime, months: int | None, what: str) -> None:
        assert name not in self.subscriptions
        assert key not in self.keys
        ends_at = self._end_of(at, months)
        self.subscriptions[name] = ModelSubscription(at, ends_at, what, at)
        self.keys[key] = ModelKey(at, name)

    def is_over(self, name: str, at: datetime) -> bool:
        ends_at = self.subscriptions[name].ends_at
        return ends_at is not None and ends_at <= at

    def refuses_renew(self, name: str, at: datetime) -> bool:
        if self.is_over(name, at):
            return any(
                other != name and self._is_open(each, at)
                for other, each in self.subscriptions.items()
            )
        return self.subscriptions[name].ends_at is None

    def went_on(self, name: str, months: int | None) -> None:
        """A subscription that runs still was renewed."""
        old = self.subscriptions[name]
        assert old.ends_at is not None
        passed = self._months_until(old, old.ends_at)
        old.ends_at = None if months is None else self._end_of(old.counted_from, passed + months)

    def refuses_change(self, name: str, what: str, at: datetime) -> bool:
        old, zone = self.subscriptions[name], self.zone
        ends_today = old.ends_at is not None and (
            local_day(old.ends_at, zone) == local_day(at, zone)
        )
        return name not in self.active(at) or old.starts_at == at or old.what == what or ends_today

    def changed(self, name: str, into: str, key: str | None, at: datetime, what: str) -> None:
        old = self.subscriptions[name]
        self.subscriptions[into] = ModelSubscription(at, old.ends_at, what, old.counted_from)
        old.ends_at = at
        if (what == "plan") == (old.what == "plan"):
            assert key is None
            old.into = into
        else:
            assert key is not None
            self.keys[key] = ModelKey(at, into)

    def end_by_cancel(self, name: str, at: datetime, *, at_once: bool) -> datetime:
        """When it would end: now, or with the period, a whole day at least."""
        old, zone = self.subscriptions[name], self.zone
        if at_once:
            return at
        passed = self._months_until(old, at + timedelta(seconds=1))
        period_end = period_start(old.counted_from, zone, passed)
        if local_day(period_end, zone) == local_day(old.starts_at, zone):
            period_end = period_start(old.counted_from, zone, passed + 1)
        return period_end

    def refuses_cancel(self, name: str, at: datetime, *, at_once: bool) -> bool:
        old, zone = self.subscriptions[name], self.zone
        ends_at = self.end_by_cancel(name, at, at_once=at_once)
        is_same_day = local_day(ends_at, zone) == local_day(old.starts_at, zone)
        is_later = old.ends_at is not None and old.ends_at <= ends_at
        return name not in self.active(at) or is_later or is_same_day

    def cancelled(self, name: str, at: datetime, *, at_once: bool) -> None:
        self.subscriptions[name].ends_at = self.end_by_cancel(name, at, at_once=at_once)

    def refuses_end(self, name: str, at: datetime) -> bool:
        key = self.keys[name]
        return self._has_ended(key, at) or at <= key.begins_at

    def refuses_regenerate(self, name: str, at: datetime) -> bool:
        bought = self.subscriptions.get(self.payer(self.keys[name].paid_by, at) or "")
        is_over = bought is not None and not self._is_open(bought, at)
        return self.refuses_end(name, at) or is_over

    def regenerated(self, name: str, into: str, at: datetime) -> None:
        paid_by = self.payer(self.keys[name].paid_by, at)
        self.keys[name].ends_at = at
        self.keys[into] = ModelKey(at, paid_by)

    def refuses_create(self, payer: str | None, at: datetime) -> bool:
        return payer is None and not self.active(at)

    def created(self, name: str, payer: str | None, at: datetime) -> None:
        self.keys[name] = ModelKey(at, self.active(at)[0] if payer is None else None)


@dataclass
class Money:
    """What is on each balance, and what was said under each reference of a client."""

    balances: dict[str, Decimal] = field(default_factory=dict)
    said: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict)

    def refuses(self, who: str, reference: str, said: tuple[str, str, str], used: Decimal) -> bool:
        """`said` is kind, amount and the other side; `used` what was known of usage."""
        if (known := self.said.get((who, reference))) is not None:
            return known != said
        kind, amount, _ = said
        return kind != "top_up" and Decimal(amount) > max(self.balances[who] - used, Decimal(0))

    def moved(self, who: str, reference: str, said: tuple[str, str, str]) -> bool:
        """Whether it is new."""
        if (who, reference) in self.said:
            return False
        self.said[who, reference] = said
        kind, amount, to = said
        self.balances[who] += Decimal(amount) if kind == "top_up" else -Decimal(amount)
        if to:
            self.balances[to] += Decimal(amount)
        return True
