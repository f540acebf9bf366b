"""Why a month costs something else than the one before, computed a second time.

Here: the split of the change into volume, mix, price and discount, in fractions. Change it with
the definition in `DECISIONS.md`. Keep out: the charges themselves; those of the month before were
audited when it was closed and are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import duckdb

from billing.audit import audited_tables as audited
from billing.audit.expected import Expected
from billing.audit.rating import Charge
from billing.audit.rounding import EXACT, half_away
from billing.audit.usage import MAIN_METERS

_BEFORE = """
select organization_id, currency, model_id, meter, service_tier, coalesce(context_band, 0), region,
    cast(sum(quantity) as bigint), cast(sum(contracted_amount) as decimal(38, 12)),
    cast(sum(net_amount) as decimal(38, 12))
from intermediate.int_rating__charges
where billing_month = ? and organization_id in (select unnest(?::varchar[]))
group by all order by all
"""
AMOUNTS = 5


class Item(NamedTuple):
    """What has one price: a shift between items is mix, a change within one is price."""

    model_id: str
    meter: str
    service_tier: str
    context_above_tokens: int
    region: str

    @property
    def unit(self) -> str:
        """What its quantity can be added up with."""
        return "" if self.meter in MAIN_METERS else self.meter


@dataclass(slots=True)
class Sums:
    """Quantity and exact amounts of an item in one month."""

    quantity: int = 0
    gross: Fraction = Fraction(0)
    net: Fraction = Fraction(0)

    def add(self, quantity: int, gross: Decimal, net: Decimal) -> None:
        """Add one charge or several."""
        self.quantity += quantity
        self.gross += Fraction(gross)
        self.net += Fraction(net)


Month = dict[Item, Sums]


def month_of(charges: Iterable[Charge]) -> Month:
    """Add up an organization's charges by item."""
    items: Month = {}
    for charge in charges:
        key = charge.key
        item = Item(key.model_id, key.meter, key.service_tier, key.context_above_tokens, key.region)
        items.setdefault(item, Sums()).add(
            charge.quantity, charge.contracted_amount, charge.net_amount
        )
    return items


def months_before(
    connection: duckdb.DuckDBPyConnection, month: date, organizations: Sequence[str]
) -> dict[str, tuple[str, Month]]:
    """Read currency and items that each organization was charged for in the month before."""
    before: dict[str, tuple[str, Month]] = {}
    earlier = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    for organization, currency, *place, quantity, gross, net in connection.execute(
        _BEFORE, [earlier, list(organizations)]
    ).fetchall():
        items = before.setdefault(organization, (currency, {}))[1]
        items.setdefault(Item(*place), Sums()).add(quantity, gross, net)
    return before


def expect_change(
    expected: Expected,
    organization: str,
    now: tuple[str, Month],
    before: tuple[str, Month] | None,
) -> None:
    """Expect an organization's change of cost, and its share by model."""
    (currency, items), earlier = now, before[1] if before else {}
    comparison = "previous_month"
    if before is None:
        comparison = "no_previous_month"
    elif not items:
        currency = before[0]
    elif before[0] != currency:
        comparison, earlier = "other_currency", {}
    by_model = changes_by_model(items, earlier)
    for model_id, amounts in by_model.items():
        expected.add(
            audited.CHANGE_BY_MODEL,
            (organization, model_id),
            (comparison, currency, *_values(amounts)),
        )
    if by_model:
        sums = [sum(column) for column in zip(*by_model.values(), strict=True)]
        expected.add(audited.COST_CHANGE, (organization,), (comparison, currency, *_values(sums)))


def changes_by_model(now: Mapping[Item, Sums], before: Mapping[Item, Sums]) -> dict[str, list[int]]:
    """Cost before, grown, shifted, repriced and now, by model, in millionths of millionths."""
    totals = [_by_unit(month) for month in (before, now)]
    models: dict[str, list[int]] = {}
    for item in {**before, **now}:
        volumes = (totals[0].get(item.unit, 0), totals[1].get(item.unit, 0))
        steps = _steps(before.get(item, Sums()), now.get(item, Sums()), volumes)
        sums = models.setdefault(item.model_id, [0] * AMOUNTS)
        for place, step in enumerate(steps):
            sums[place] += half_away(step * EXACT)
    return models


def _steps(before: Sums, now: Sums, volumes: tuple[int, int]) -> list[Fraction]:
    """Lead an item from its earlier cost to today's; what it has no earlier figure for is today's."""
    grown = shifted = repriced = now.net
    if volumes[0] > 0:
        grown = before.net * volumes[1] / volumes[0]
        if before.quantity > 0:
            shifted = before.net * now.quantity / before.quantity
            if before.gross > 0:
                left = Fraction(half_away(before.net / before.gross * EXACT), EXACT)
                repriced = now.gross * left
    return [before.net, grown, shifted, repriced, now.net]


def _by_unit(month: Mapping[Item, Sums]) -> dict[str, int]:
    units: dict[str, int] = {}
    for item, sums in month.items():
        units[item.unit] = units.get(item.unit, 0) + sums.quantity
    return units


def _values(amounts: Sequence[int]) -> list[Decimal]:
    """Both costs, the change and its parts, as the tables hold them."""
    before, grown, shifted, repriced, now = amounts
    parts = (now - before, grown - before, shifted - grown, repriced - shifted, now - repriced)
    return [Decimal(units).scaleb(-12) for units in (before, now, *parts)]
