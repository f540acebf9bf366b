"""Which rules watch which balance today.

Here: balance_alerts.csv and auto_top_ups.csv of the loaded catalog, as one kind of rule. Keep out:
what such a file may say (`billing.catalog`), and whether a balance crossed one (`alerting`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb

AMOUNT, DAYS_LEFT, AUTO_TOP_UP = "balance_amount", "balance_days_left", "auto_top_up"
KINDS = (AMOUNT, DAYS_LEFT, AUTO_TOP_UP)
"""The kinds of alerts that are raised on balances."""

_ALERTS = """
select balance_alert_id, organization_id,
    case kind when 'amount' then 'balance_amount' else 'balance_days_left' end,
    threshold, currency, valid_from_date, valid_to_date
from catalog.balance_alerts
order by balance_alert_id
"""
_TOP_UPS = """
select auto_top_up_id, organization_id, 'auto_top_up', below_amount, currency,
    valid_from_date, valid_to_date, amount, most_per_month
from catalog.auto_top_ups
order by auto_top_up_id
"""
_ZONES = "select organization_id, zone from catalog.billing_profiles"


@dataclass(frozen=True)
class Rule:
    """A threshold, of one organization or (empty) of every one billed in its currency.

    A rule of kind `AUTO_TOP_UP` asks for `amount`, at most `most_per_month` times.
    """

    rule_id: str
    organization_id: str
    kind: str
    threshold: Decimal
    currency: str
    from_date: date
    to_date: date
    amount: Decimal | None = None
    most_per_month: int = 0

    def watches(self, organization_id: str, currency: str, day: date) -> bool:
        """Whether it is about a balance on a local day."""
        return (
            self.organization_id in {"", organization_id}
            and self.currency in {"", currency}
            and self.from_date <= day < self.to_date
        )


@dataclass(frozen=True)
class Rulebook:
    """All rules, and where each organization's days begin."""

    rules: tuple[Rule, ...]
    zones: dict[str, str]

    def watching(self, organization_id: str, currency: str, now: datetime) -> list[Rule]:
        """List the rules of one balance at an instant, automatic top-ups last."""
        day = self.local_date(organization_id, now)
        return [rule for rule in self.rules if rule.watches(organization_id, currency, day)]

    def local_date(self, organization_id: str, at: datetime) -> date:
        """The day of an instant where the organization is."""
        return at.astimezone(ZoneInfo(self.zones[organization_id])).date()


def read_rules(connection: duckdb.DuckDBPyConnection) -> Rulebook:
    """Read the rules of the catalog that was loaded last; one without such files has none."""
    try:
        rows = [
            *connection.execute(_ALERTS).fetchall(),
            *connection.execute(_TOP_UPS).fetchall(),
        ]
    except duckdb.CatalogException:
        rows = []
    zones = dict(connection.execute(_ZONES).fetchall())
    return Rulebook(tuple(Rule(*row) for row in rows), zones)
