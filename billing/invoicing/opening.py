"""What a month's prepaid balances start from: posted balances and lots, and acts that come late.

Here: the acts of the catalog that count in a month, and opening balances and lots. Keep out: how
usage draws on lots (`dbt_project`), and posting (`posting`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from billing.books import Books
from billing.books.balances import consumed_before
from billing.books.lots import Lot, lots_before, organizations_with_lots, replayed
from billing.invoicing.watermarks import WatermarkPlan
from billing.money import minor_digits
from billing.periods import BillingMonth
from billing.prepaid.acts import ACTS

_BUILT = """
select organization_id, lot_id, lot_kind, occurred_at, expires_at, reference, currency,
    remaining_amount
from finance.prepaid_lots where billing_month = ?
"""
_ACTS = f"""
select acts.*,
    acts.kind = 'top_up' and acts.lot_kind = 'purchased'
        and coalesce(top_ups.invoiced_as, '') = ''
        and coalesce(billing_profiles.tax_at, '') <> 'elsewhere',
    billing_profiles.zone
from ({ACTS}) as acts
inner join catalog.billing_profiles on acts.organization_id = billing_profiles.organization_id
left join catalog.top_ups on acts.kind = 'top_up' and acts.act_id = top_ups.top_up_id
order by acts.organization_id, acts.act_id, acts.kind
"""


@dataclass(frozen=True)
class BalanceAct:
    """What people did to one balance, seen from a month that starts at `month_start`.

    `amount` is signed; `lot_kind` is empty where it makes no lot. `is_invoiced` is true of a
    payment that no other system invoices: neither this one nor all of its organization.
    """

    organization_id: str
    kind: str
    act_id: str
    amount: Decimal
    occurred_at: datetime
    currency: str
    lot_kind: str
    expires_at: datetime | None
    reference: str
    month_start: datetime
    is_posted: bool
    is_invoiced: bool = False

    @property
    def minor(self) -> int:
        """The amount in minor units; the catalog refuses one with more decimals."""
        return int(self.amount.scaleb(minor_digits(self.currency)))

    @property
    def is_late(self) -> bool:
        """Whether it is from before the month that takes it."""
        return self.occurred_at < self.month_start

    @property
    def lot(self) -> Lot:
        """The lot it makes, whole."""
        return Lot(
            self.organization_id,
            self.act_id,
            self.lot_kind,
            self.occurred_at,
            self.expires_at,
            self.reference,
            self.currency,
            self.minor,
        )


@dataclass(frozen=True)
class Opening:
    """What the books say of balances as a month begins: rows of the snapshot."""

    balances: Sequence[tuple[str, date, str]]
    lots: Sequence[tuple[object, ...]]
    late: Sequence[tuple[object, ...]]


def opening_of(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    plan: WatermarkPlan,
    *,
    from_built: bool = False,
) -> Opening:
    """Return each organization's posted balance and lots, and what came too late for its month.

    Late money is part of what the month opens with; what was taken late is taken as it begins.
    Both are from before the first closed month, or dated into a month after it was closed: they
    are never lost, and are posted with the month being closed. With `from_built` an organization
    whose month before is built and not closed opens with what that build left: never a close,
    which goes in order, but a balance that is told between two closes.
    """
    month, watermarks = plan.month, plan.of_month()
    acts = unposted_acts(connection, books, month)
    late = [
        act
        for act in acts
        if act.is_late
        and act.organization_id in watermarks
        and (act.is_posted or not watermarks[act.organization_id].is_finalized)
    ]
    posted = books.posted_closing_balances(month.shift(-1))
    balances = {each: posted.get(each, Decimal(0)) for each in watermarks}
    for act in late:
        if act.lot_kind:
            balances[act.organization_id] += act.amount
    lots = [lot for lot in _lots(connection, books, month) if lot.organization_id in watermarks]
    lots += [act.lot for act in late if act.lot_kind]
    built = _built_before(connection, books, month) if from_built else {}
    for each in built.keys() & watermarks.keys():
        balances[each] = sum((left for _, left in built[each]), Decimal(0))
    lots = [lot for lot in lots if lot.organization_id not in built]
    lots += [lot for each in built.keys() & watermarks.keys() for lot, _ in built[each] if lot]
    late = [act for act in late if act.organization_id not in built]
    day = month.first_day
    return Opening(
        [(each, day, str(amount)) for each, amount in sorted(balances.items())],
        [_lot_row(lot, day) for lot in lots],
        [(act.organization_id, day, act.act_id, act.kind) for act in late if not act.lot_kind],
    )


def unposted_acts(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> list[BalanceAct]:
    """List the acts up to the end of `month` that no other closed month has posted."""
    posted = books.posted_acts()
    return [
        act
        for act, end in _acts(connection, month, posted)
        if act.occurred_at < end and posted.get((act.kind, act.act_id), month) == month
    ]


def _acts(
    connection: duckdb.DuckDBPyConnection,
    month: BillingMonth,
    posted: Mapping[tuple[str, str], BillingMonth],
) -> Iterator[tuple[BalanceAct, datetime]]:
    """Yield every act of the catalog, seen from a month, and when that month ends."""
    for *act, zone in connection.execute(_ACTS).fetchall():
        organization_id, kind, act_id, amount, at, currency, lot_kind, *rest = act
        expires_at, shown, is_invoiced = rest
        start, end = month.bounds(zone)
        yield (
            BalanceAct(
                organization_id,
                kind,
                act_id,
                amount,
                at.replace(tzinfo=UTC),
                currency,
                lot_kind,
                expires_at and expires_at.replace(tzinfo=UTC),
                shown,
                start,
                (kind, act_id) in posted,
                is_invoiced,
            ),
            end,
        )


def _built_before(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> dict[str, list[tuple[Lot | None, Decimal]]]:
    """What the build of the month before left, of whom it is not closed; no lot for the open row.

    What people did in that month, or late for it, is in it.
    """
    before = month.shift(-1)
    closed = {who for who, each in books.finalized() if each == before}
    try:
        rows = connection.execute(_BUILT, [before.first_day]).fetchall()
    except duckdb.CatalogException:  # nothing was built yet
        return {}
    built: dict[str, list[tuple[Lot | None, Decimal]]] = {}
    for who, lot_id, kind, at, ends, shown, currency, left in rows:
        if who in closed:
            continue
        lot = None
        if lot_id and left > 0:
            minor = int(left.scaleb(minor_digits(currency)))
            ends_at = ends and ends.replace(tzinfo=UTC)
            lot = Lot(who, lot_id, kind, at.replace(tzinfo=UTC), ends_at, shown, currency, minor)
        built.setdefault(who, []).append((lot, left))
    return built


def _lot_row(lot: Lot, day: date) -> tuple[object, ...]:
    kind = (lot.organization_id, day, lot.lot_id, lot.kind)
    ends = None if lot.expires_at is None else _stamp(lot.expires_at)
    return (*kind, _stamp(lot.occurred_at), ends, lot.reference, str(lot.left))


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _lots(
    connection: duckdb.DuckDBPyConnection, books: Books, month: BillingMonth
) -> Iterator[Lot]:
    """Yield posted lots; months that were closed without lots are drawn from what was put in."""
    with books.reading() as reading:
        yield from lots_before(reading, month)
        known = organizations_with_lots(reading, month)
        entries = consumed_before(reading, month)
    older = {each: rows for each, rows in entries.items() if each not in known}
    if older:
        made = {act.act_id: act.lot for act, _ in _acts(connection, month, {}) if act.lot_kind}
        for rows in older.values():
            yield from replayed(rows, made)
