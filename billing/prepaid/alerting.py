"""Raising alerts on prepaid balances, and asking for automatic top-ups, each crossing once.

Here: what a crossing is, and the one function that raises (`raise_alerts`). Decision 55 has the
rule. Keep out: forecasts (`forecasts`), rules of the catalog (`alert_rules`), taking money: what
is asked for here somebody else pays, with the alert's id as the top-up's client reference.

Between two recharges a balance only falls, so how much was ever put on it names a crossing:
late usage moves instants and amounts, but not that.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from billing.books import Books
from billing.books.alerts import Alert, record_alert, recorded_alerts
from billing.boundaries import reached
from billing.clock import Clock
from billing.periods import INSTANT_FORMAT
from billing.prepaid.alert_rules import AUTO_TOP_UP, DAYS_LEFT, KINDS, Rule, Rulebook, read_rules
from billing.prepaid.balance_path import BalancePath
from billing.prepaid.forecasts import Forecast, read_forecasts

_PUT_ON = "put_on:"


def raise_alerts(connection: duckdb.DuckDBPyConnection, books: Books, clock: Clock) -> list[Alert]:
    """Raise what the forecasts in the warehouse call for; returns what is new.

    Looking and recording is one transaction that has the books to itself, and a constraint has
    the last word, so two processes that look at once raise nothing twice.
    """
    forecasts, rulebook, now = read_forecasts(connection), read_rules(connection), clock.now()
    path = BalancePath(connection, forecasts, now)
    raised = []
    with books.writing() as writing:
        before = _by_rule(recorded_alerts(writing, kinds=KINDS))
        for forecast in forecasts:
            for rule in rulebook.watching(forecast.organization_id, forecast.currency, now):
                case = _Case(forecast, rule, path, rulebook)
                if case.is_due(before[case.key], now):
                    new = case.alert(now)
                    raised += [new] if record_alert(writing, new) else []
        reached("alert.before_commit")
    reached("alert.after_commit")
    return raised


def newest_alerts(books: Books, forecasts: Sequence[Forecast]) -> list[Alert]:
    """List what was raised on balances as of the instants of these forecasts, oldest first."""
    as_of = {each.organization_id: each.as_of for each in forecasts}
    with books.reading() as connection:
        return [
            each
            for each in recorded_alerts(connection, kinds=KINDS)
            if as_of.get(each.organization_id) == each.as_of
        ]


@dataclass(frozen=True)
class _Case:
    """One balance under one rule."""

    forecast: Forecast
    rule: Rule
    path: BalancePath
    rulebook: Rulebook

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.rule.kind, self.forecast.organization_id, self.rule.rule_id)

    @property
    def put_on(self) -> Decimal:
        return self.path.put_on(self.forecast.organization_id)

    def is_due(self, before: Sequence[Alert], now: datetime) -> bool:
        """Whether it is below, was told of at no time since it came up, and may be told of."""
        if not self._is_below():
            return False
        if not before:
            ever_had = self.put_on > 0 or self.forecast.balance_amount < 0
            return ever_had and self._is_allowed(before, now)
        last = max(before, key=_put_on)
        if self.put_on <= _put_on(last):
            return False
        since = datetime.strptime(last.payload["used_until"], INSTANT_FORMAT).replace(tzinfo=UTC)
        highest = self.path.highest_since(self.forecast.organization_id, since)
        levels = [level for level in (self._level(), Decimal(last.payload["level"])) if level]
        came_up = highest > 0 and highest >= min(levels, default=Decimal(0))
        return came_up and self._is_allowed(before, now)

    def _is_below(self) -> bool:
        if self.forecast.balance_amount <= 0:
            return True
        if self.rule.kind != DAYS_LEFT:
            return self.forecast.balance_amount < self.rule.threshold
        left = self.forecast.pessimistic_days_left
        return left is not None and left < self.rule.threshold

    def _level(self) -> Decimal:
        """The balance from which the rule has nothing to say, or 0 where nobody can tell.

        That of days moves with the use.
        """
        if self.rule.kind != DAYS_LEFT:
            return self.rule.threshold
        return self.path.needed_for(self.forecast.organization_id, self.rule.threshold)

    def _is_allowed(self, before: Sequence[Alert], now: datetime) -> bool:
        if self.rule.kind != AUTO_TOP_UP:
            return True
        months = [self._month(each.raised_at) for each in before]
        return months.count(self._month(now)) < self.rule.most_per_month

    def _month(self, at: datetime) -> tuple[int, int]:
        day = self.rulebook.local_date(self.forecast.organization_id, at)
        return day.year, day.month

    def alert(self, now: datetime) -> Alert:
        """Word what is to be recorded."""
        organization_id = self.forecast.organization_id
        return Alert(
            self.rule.kind,
            organization_id,
            "organization",
            organization_id,
            self.rule.rule_id,
            f"{self.rule.threshold:f}",
            f"{_PUT_ON}{self.put_on:f}",
            self.forecast.as_of,
            now,
            self._payload(),
        )

    def _payload(self) -> dict[str, str | None]:
        asked = {} if self.rule.amount is None else {"amount": f"{self.rule.amount:f}"}
        dates = ("expected_exhausted_at", "pessimistic_exhausted_at")
        days = ("days_left", "pessimistic_days_left")
        return {
            "currency": self.forecast.currency,
            "balance": f"{self.forecast.balance_amount:f}",
            "level": f"{self._level():f}",
            "used_until": _text(self.path.used_until(self.forecast.organization_id)),
            "basis": self.forecast.basis,
            **{name: _text(getattr(self.forecast, name)) for name in dates},
            **{name: _plain(getattr(self.forecast, name)) for name in days},
            **asked,
        }


def _by_rule(alerts: Sequence[Alert]) -> defaultdict[tuple[str, str, str], list[Alert]]:
    found: defaultdict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.alert_kind, alert.subject_id, alert.rule_id].append(alert)
    return found


def _put_on(alert: Alert) -> Decimal:
    return Decimal(alert.crossing.removeprefix(_PUT_ON))


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:{INSTANT_FORMAT}}"


def _plain(days: Decimal | None) -> str | None:
    return None if days is None else f"{days:f}"
