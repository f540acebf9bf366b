"""Comparing recomputed rows with the warehouse's, to the last digit.

Here: the findings that name both values. Keep out: which tables are compared
(`audited_tables`) and computing anything.
"""

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest

from billing.audit.audited_tables import AuditedTable, Row, Rows, column_name
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
    here, there = pair
    if here is None or there is None:
        names = ", ".join(column_name(name) for name in table.values)
        values = [("row", _texts(here), _texts(there))]
        why = f"row ({names})"
    else:
        values = [
            (column_name(name), plain(left), plain(right))
            for name, left, right in zip(table.values, here, there, strict=True)
            if left != right
        ]
        why = ""
    for name, left, right in values:
        yield Finding(
            organization_id=str(key[0]),
            billing_month=month,
            check_name=table.check_name,
            subject=f"{table.subject(key)}: {name}",
            expected=left,
            actual=right,
            message=f"{key[0]}, {table.subject(key) or 'organization'}: {why or name} "
            f"recomputed is {left}, {table.name} has {right}",
        )


def _texts(row: Row | None) -> str:
    return "missing" if row is None else ", ".join(plain(value) for value in row)
