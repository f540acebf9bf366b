"""What another catalog makes of a month, beside what the month came to.

Here: old and new by document, model and line, and the usage that met no price. Keep out:
computing any amount; both sides are rated by the same models.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from billing.whatif.beside import CHARGES, REACHED, Relation
from billing.whatif.beside import UNPRICED as UNPRICED_USAGE
from billing.whatif.pairs import Differences, Pair, Row

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
_AMOUNTS = """
select column_name, column_type from (describe {table})
where column_name like '%\\_amount' escape '\\' or column_name = 'amount_due'
"""
_IS_REACHED = f"organization_id in (select organization_id from {REACHED})"


def differences(
    connection: duckdb.DuckDBPyConnection,
    month: date,
    organizations: Collection[str],
    *,
    with_lines: bool,
    leaves_out: bool = False,
) -> Differences:
    """Compare the month in the warehouse with that in the scratch database.

    `organizations` empty means all. With `leaves_out` whoever is not in table `REACHED` has what
    the warehouse says on both sides.
    """
    asked = _Asked(connection, month, list(organizations), leaves_out)
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
    leaves_out: bool

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
            where {self._chosen}{self._reached if side == "here" else ""} group by {names}
            """
            for side in ("here", "there")
        )
        pairs = ", ".join(f"coalesce(theirs.{n}, 0), {self._ours(n)}" for n in amounts)
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
        before = f"from {UNPRICED_USAGE.there} where {self._chosen}"
        rows = (
            f"select {names}, detail from {UNPRICED_USAGE.here} where {self._chosen}{self._reached}"
        )
        if self.leaves_out:
            rows += f" union all select {names}, detail {before} and not {_IS_REACHED}"
        found = self.connection.execute(
            f"""
            select *, ({names}) in (select ({names}) {before}) as was_unpriced
            from ({rows}) order by all
            """,
            self._values,
        ).fetchall()
        columns = (*UNPRICED, "detail", "was_unpriced")
        return tuple(dict(zip(columns, row, strict=True)) for row in found)

    def _ours(self, amount: str) -> str:
        """The amount under the other catalog: of who is left out the same as before."""
        built = f"coalesce(ours.{amount}, 0)"
        if not self.leaves_out:
            return built
        return f"case when {_IS_REACHED} then {built} else theirs.{amount} end"

    @property
    def _reached(self) -> str:
        return f" and {_IS_REACHED}" if self.leaves_out else ""

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
        from {getattr(CHARGES, side)}
        union all
        select organization_id, billing_month, model_id, currency,
            case when corrects_month < billing_month then -exact_amount else exact_amount end
        from {getattr(_LINES, side)} where line_kind <> 'usage'
    """
