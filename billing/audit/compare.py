"""Comparing recomputed rows with the warehouse's, to the last digit.

Here: the findings that name both values. Keep out: which tables are compared
(`audited_tables`) and computing anything.
"""

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest

from billing.audit.audited_table import AuditedTable, Row, Rows, column_name
from billing.audit.findings import Finding, plain


def differences(
    table: AuditedTable, month: date, expected: Rows, actual: Rows
) -> Iterator[Finding]:
    """Yield a finding for every row or value in which the two sides differ."""
    for key in {**expected, **actual}:
        pairs = zip_longest(expected.get(key, ()), actual.get(key, ()))
        for here, there in pairs:
            if here != there:
                yield from _row_differences(table, month, key, (here, there))


def _row_differences(
    table: AuditedTable, month: date, key: Row, pair: tuple[Row | None, Row | None]
) -> Iterator[Finding]:
    subject = table.subject(key)
    for name, left, right in _unequal(table, *pair):
        yield Finding(
            organization_id=str(key[0]),
            billing_month=month,
            check_name=table.check_name,
            subject=f"{subject}: {name}",
            expected=left,
            actual=right,
            message=f"{key[0]}, {subject or 'totals'}: {name} recomputed is {left}, "
            f"{table.name} has {right}",
        )


def _unequal(
    table: AuditedTable, here: Row | None, there: Row | None
) -> Iterator[tuple[str, str, str]]:
    """Yield name and both values of each column that differs, or of the whole row."""
    names = [column_name(name) for name in table.values]
    if here is None or there is None:
        yield f"row ({', '.join(names)})", _texts(here), _texts(there)
        return
    for name, left, right in zip(names, here, there, strict=True):
        if left != right:
            yield name, plain(left), plain(right)


def _texts(row: Row | None) -> str:
    return "missing" if row is None else ", ".join(plain(value) for value in row)
