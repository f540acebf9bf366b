"""What the audit found: differences that block an organization.

Here: the finding, its table and how it is replaced at each close. Add a column when a reader
needs it. Keep out: deciding what is a difference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from billing.boundaries import reached

UNKNOWN_ORGANIZATION = "unknown"

_TABLE = """
create schema if not exists audit;
create table if not exists audit.finding (
    organization_id varchar not null, billing_month date not null, check_name varchar not null,
    subject varchar not null, expected varchar not null, actual varchar not null,
    message varchar not null
);
"""
_INSERT = """
insert into audit.finding
select unnest(?::varchar[]), ?::date, unnest(?::varchar[]), unnest(?::varchar[]),
       unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])
"""


@dataclass(frozen=True, order=True)
class Finding:
    """One difference between what should be (`expected`) and what is (`actual`)."""

    organization_id: str
    billing_month: date
    check_name: str
    subject: str
    expected: str
    actual: str
    message: str


def plain(value: object) -> str:
    """Write a value as a reader expects it: no exponent, and nothing as 'missing'."""
    if value is None:
        return "missing"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def store_findings(
    connection: duckdb.DuckDBPyConnection, month: date, findings: Iterable[Finding]
) -> int:
    """Replace the month's rows of `audit.finding` in one transaction; returns how many."""
    rows = sorted(set(findings))
    connection.execute(_TABLE)
    connection.begin()
    try:
        connection.execute("delete from audit.finding where billing_month = ?", [month])
        if rows:
            connection.execute(_INSERT, _columns(month, rows))
        reached("audit.before_commit")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    reached("audit.after_commit")
    return len(rows)


def _columns(month: date, rows: Sequence[Finding]) -> list[object]:
    return [
        [row.organization_id for row in rows],
        month,
        [row.check_name for row in rows],
        [row.subject for row in rows],
        [row.expected for row in rows],
        [row.actual for row in rows],
        [row.message for row in rows],
    ]
