"""What another catalog makes of a month, beside what the month came to.

Here: old and new by document, model and line, and the usage that met no price. Keep out:
computing any amount; both sides are rated by the same models.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from billing.whatif.beside import Relation

NET = "taxable_amount"
DOCUMENT = ("organization_id", "payment_mode", "currency")
MODEL = ("organization_id", "model_id", "currency")
LINE = (
    "organization_id",
    "payment_mode",
    "line_kind",
    "service_month",
    "model_id",
    "meter",
    "service_tier",
    "context_band",
    "plan_id",
    "subscription_id",
    "currency",
)
UNPRICED = (
    "organization_id",
    "service_month",
    "model_id",
    "meter",
    "service_tier",
    "region",
    "context_band",
    "problem",
    "quantity",
)
_INVOICES = Relation("finance", "fct_invoices")
_LINES = Relation("finance", "fct_invoice_lines")
_CHARGES = Relation("intermediate", "int_rating__charges")
_UNPRICED = Relation("intermediate", "int_rating__unpriced")
_AMOUNTS = """
select column_name, column_type from (describe {table})
where column_name like '%\\_amount' escape '\\' or column_name = 'amount_due'
"""
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Pair:
    """The same amount before and under the other catalog."""

    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much it grows."""
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the old amount, to two digits; None of nothing."""
        if not self.old:
            return None
        return (self.difference * 100 / abs(self.old)).quantize(HUNDREDTH, ROUND_HALF_UP)

    @property
    def plain(self) -> dict[str, Decimal | None]:
        """For JSON."""
        return {
            "old": self.old,
            "new": self.new,
            "difference": self.difference,
            "percent": self.percent,
        }


@dataclass(frozen=True)
class Row:
    """One document, model or line with its amounts by name, the first being the main one."""

    key: dict[str, Any]
    amounts: dict[str, Pair]

    @property
    def main(self) -> Pair:
        """The amount it is compared by."""
        return next(iter(self.amounts.values()))


@dataclass(frozen=True)
class Differences:
    """All rows of both sides, equal ones too, in order of their keys.

    A document is compared by its net amount before tax, a model by its exact net amount, a line
    by its exact amount before discounts. What changes currency is one row for each.
    """

    documents: tuple[Row, ...]
    models: tuple[Row, ...]
    lines: tuple[Row, ...]
    unpriced: tuple[dict[str, Any], ...]

    @property
    def totals(self) -> dict[str, Pair]:
        """Net amounts of all documents by currency."""
        totals: dict[str, Pair] = {}
        for row in self.documents:
            before = totals.get(row.key["currency"], Pair(Decimal(0), Decimal(0)))
            totals[row.key["currency"]] = Pair(before.old + row.main.old, before.new + row.main.new)
        return totals


def differences(
    connection: duckdb.DuckDBPyConnection,
    month: date,
    organizations: Collection[str],
    *,
    with_lines: bool,
) -> Differences:
    """Compare the month in the warehouse with that in the scratch database.

    `organizations` empty means all.
    """
    asked = _Asked(connection, month, list(organizations))
    return Differences(
        documents=asked.rows(DOCUMENT, _INVOICES, _amounts(connection)),
        models=asked.rows(MODEL, None, {"net_amount": "decimal(38, 12)"}),
        lines=asked.rows(
            LINE,
            _LINES,
            {
                "exact_amount": "decimal(38, 12)",
                "line_amount": "decimal(28, 3)",
                "quantity": "decimal(38, 0)",
            },
        )
        if with_lines
        else (),
        unpriced=asked.unpriced(),
    )


def _amounts(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Every amount a document has on both sides, the net one first."""
    ours, theirs = (
        dict(connection.execute(_AMOUNTS.format(table=table)).fetchall())
        for table in (_INVOICES.here, _INVOICES.there)
    )
    shared = {name: kind for name, kind in ours.items() if name in theirs}
    return {NET: shared[NET], **shared}


@dataclass(frozen=True)
class _Asked:
    """The month and organizations that are asked for."""

    connection: duckdb.DuckDBPyConnection
    month: date
    organizations: list[str]

    def rows(
        self, key: Sequence[str], relation: Relation | None, amounts: dict[str, str]
    ) -> tuple[Row, ...]:
        """Both sides of a relation, summed by key and joined; of None the cost by model."""
        names = ", ".join(key)
        ours, theirs = (
            f"""
            select {names},
                {", ".join(_summed(name, kind, relation) for name, kind in amounts.items())}
            from ({_cost(side) if relation is None else f"from {getattr(relation, side)}"})
            where {self._chosen} group by {names}
            """
            for side in ("here", "there")
        )
        pairs = ", ".join(f"coalesce(theirs.{n}, 0), coalesce(ours.{n}, 0)" for n in amounts)
        found = self.connection.execute(
            f"""
            select {names}, {pairs} from ({theirs}) as theirs
            full outer join ({ours}) as ours using ({names}) order by {names}
            """,
            self._values,
        ).fetchall()
        width = len(key)
        return tuple(
            Row(
                dict(zip(key, row[:width], strict=True)),
                {
                    name: Pair(Decimal(row[width + 2 * n]), Decimal(row[width + 2 * n + 1]))
                    for n, name in enumerate(amounts)
                },
            )
            for row in found
        )

    def unpriced(self) -> tuple[dict[str, Any], ...]:
        """Usage without a price in the scratch database, and whether it had none before."""
        names = ", ".join(UNPRICED)
        found = self.connection.execute(
            f"""
            select {names}, detail, ({names}) in (
                select ({names}) from {_UNPRICED.there} where {self._chosen}
            ) as was_unpriced
            from {_UNPRICED.here} where {self._chosen} order by all
            """,
            self._values,
        ).fetchall()
        columns = (*UNPRICED, "detail", "was_unpriced")
        return tuple(dict(zip(columns, row, strict=True)) for row in found)

    @property
    def _chosen(self) -> str:
        of_organizations = " and list_contains($chosen, organization_id)"
        return "billing_month = $month" + (of_organizations if self.organizations else "")

    @property
    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {"month": self.month}
        return {**values, "chosen": self.organizations} if self.organizations else values


def _summed(name: str, kind: str, relation: Relation | None) -> str:
    """Add an amount up; credit notes show what they give back as positive, so they count below."""
    amount = name
    if relation is not None:
        amount = f"case when corrects_month < billing_month then -{name} else {name} end"
    return f"cast(sum({amount}) as {kind}) as {name}"


def _cost(side: str) -> str:
    """Exact net amounts: charges after their discounts, and lines that are no usage."""
    return f"""
        select organization_id, billing_month, model_id, currency, net_amount
        from {getattr(_CHARGES, side)}
        union all
        select organization_id, billing_month, model_id, currency,
            case when corrects_month < billing_month then -exact_amount else exact_amount end
        from {getattr(_LINES, side)} where line_kind <> 'usage'
    """
