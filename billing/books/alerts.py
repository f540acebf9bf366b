"""Alerts in the books: each crossing once.

Here: recording them in the transaction of whoever decides, and reading them. Any part of the
product that raises alerts records them here, so that one reader delivers them all. Keep out:
what a crossing is.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, true

from billing.books.alert_tables import alert

AT_ONCE = 500
"""How many alerts are looked up in one statement."""


@dataclass(frozen=True)
class Alert:
    """What was crossed, and which time it was: the same `crossing` of a rule is one alert.

    `as_of` is the instant up to which usage was known, `raised_at` when the books were told.
    `payload` is what a receiver needs to know, as JSON; amounts in it are texts.
    """

    alert_kind: str
    organization_id: str
    subject_kind: str
    subject_id: str
    rule_id: str
    threshold: str
    crossing: str
    as_of: datetime
    raised_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alert_id(self) -> str:
        """What names it outside; the same crossing has the same id on every machine."""
        text = json.dumps(self.identity)
        return f"alert_{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What makes it this one and no other."""
        return (
            self.alert_kind,
            self.subject_kind,
            self.subject_id,
            self.rule_id,
            self.crossing,
        )


def record_alert(connection: Connection, new: Alert) -> bool:
    """Record an alert; False when its crossing was recorded before, which changes nothing."""
    return bool(record_alerts(connection, [new]))


def _row(new: Alert) -> dict[str, Any]:
    payload = json.dumps(dict(new.payload), ensure_ascii=False, sort_keys=True)
    return {**vars(new), "payload": payload, "alert_id": new.alert_id}


def unknown_alerts(connection: Connection, found: Sequence[Alert]) -> list[Alert]:
    """Those of these whose crossing was not recorded yet, each once, in the order given."""
    by_id: dict[str, Alert] = {}
    for each in found:
        by_id.setdefault(each.alert_id, each)
    ids, known = list(by_id), set[str]()
    for start in range(0, len(ids), AT_ONCE):
        is_one = alert.c.alert_id.in_(ids[start : start + AT_ONCE])
        known.update(connection.execute(select(alert.c.alert_id).where(is_one)).scalars())
    return [each for name, each in by_id.items() if name not in known]


def record_alerts(connection: Connection, found: Sequence[Alert]) -> list[Alert]:
    """Record many alerts; returns those whose crossing had not been recorded before."""
    new = unknown_alerts(connection, found)
    if new:
        connection.execute(insert(alert), [_row(each) for each in new])
    return new


def recorded_alerts(
    connection: Connection,
    organization_id: str | None = None,
    kinds: Collection[str] = (),
    since: datetime | None = None,
) -> list[Alert]:
    """Every alert, or one organization's, or of some kinds, in the order they were raised.

    With `since` those that were raised at or after that instant.
    """
    table = alert
    only = true() if organization_id is None else table.c.organization_id == organization_id
    of_kind = table.c.alert_kind.in_(kinds) if kinds else true()
    is_new = true() if since is None else table.c.raised_at >= since
    columns = [column for column in table.c if column.name != "alert_id"]
    rows = connection.execute(
        select(*columns)
        .where(only, of_kind, is_new)
        .order_by(table.c.raised_at, table.c.as_of, table.c.alert_id)
    ).all()
    return [Alert(**{**row._asdict(), "payload": json.loads(row.payload)}) for row in rows]
