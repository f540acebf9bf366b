"""What a prepaid balance should show: the entries of its statement and its lots.

Here: laying out the walked lots as rows of `audited_tables`. Keep out: the walk itself (`lots`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

import duckdb

from billing.audit import audited_balances as audited
from billing.audit.balance_rows import BalanceMovement, TopUp
from billing.audit.books_snapshot import Snapshot
from billing.audit.catalog_rows import CatalogFiles, Profile, by_organization
from billing.audit.expected import Expected
from billing.audit.given_back import BALANCE
from billing.audit.lines import PREPAID, DocumentName, Line
from billing.audit.local_time import month_bounds
from billing.audit.lots import OPEN, LotAccount, Taking, Walk, rounded_draws
from billing.audit.rating import Charge, total
from billing.audit.rounding import CONTEXT, digits_of, exact_product
from billing.audit.tax import Tax

ZERO = Decimal(0)
OPEN_LOT = ""
ENTRY_OF = {
    "refund": "refund",
    "transfer": "transfer_out",
    "overdraft": "write_off",
    "rest": "write_off",
}
DEDUCTIONS = """
with moments as (
    select unnest(?::varchar[]) as organization_id, unnest(?::timestamp[]) as moment
)
select moments.organization_id, moments.moment, sum(deductions.amount)
from finance.fct_prepaid_deductions as deductions
asof join moments
    on deductions.organization_id = moments.organization_id
    and deductions.quarter_hour >= moments.moment
where deductions.billing_month = ?
group by moments.organization_id, moments.moment
"""
"""What usage took from one moment to the next."""

Usage = Sequence[tuple[datetime, Decimal]]
Entry = tuple[str, datetime | None, Decimal]


@dataclass(frozen=True, slots=True)
class Consumed:
    """What usage took: `used` by the statement or invoice, `given_back` by each credit note.

    `exact` is what was deducted before documents are rounded.
    """

    used: Decimal
    given_back: Sequence[Decimal]
    exact: Decimal

    @property
    def in_all(self) -> Decimal:
        """What lots are drawn for, in minor units."""
        return CONTEXT.subtract(self.used, total(self.given_back))


def deducted(
    charges: Iterable[Charge],
    adjustments: Mapping[DocumentName, Sequence[Line]],
    tax_of: Callable[[date], Tax],
) -> Decimal:
    """Return what usage took from a balance: each charge with its tax, rounded once.

    `tax_of` gives the tax of a service month; an adjustment has its own.
    """
    parts = [
        exact_product(charge.net_amount, 1 + tax_of(charge.key.stretch.service_month).rate)
        for charge in charges
        if charge.key.payer == BALANCE
    ]
    for name, lines in adjustments.items():
        if name.payment_mode == PREPAID:
            sign = -1 if name.corrects else 1
            parts += [exact_product(sign * line.net, 1 + line.tax.rate) for line in lines]
    return total(parts)


@dataclass
class Balances:
    """Every prepaid balance of a month, which starts from what the books say."""

    connection: duckdb.DuckDBPyConnection
    files: CatalogFiles
    month: date
    snapshot: Snapshot
    _deducted: Mapping[str, Usage] = field(default_factory=dict)

    def prepare(self, profiles: Iterable[Profile]) -> None:
        """Read what usage took of these between one event and the next, where there are any."""
        found: dict[str, list[tuple[datetime, Decimal]]] = {}
        owners, moments = [], []
        for profile in profiles:
            own = self._walk(profile, ZERO, digits_of(profile.currency)).moments()
            if len(own) > 1:
                owners += [profile.organization_id] * len(own)
                moments += own
        if owners:
            rows = self.connection.execute(DEDUCTIONS, [owners, moments, self.month]).fetchall()
            for organization_id, at, amount in rows:
                found.setdefault(organization_id, []).append((at, amount))
        self._deducted = found

    def expect(
        self, expected: Expected, profile: Profile, consumed: Consumed
    ) -> dict[str, Decimal]:
        """Expect what moved one balance.

        Returns what was paid back of each lot, and under `OPEN_LOT` of what no lot held.
        """
        digits = digits_of(profile.currency)
        walk = self._walk(profile, consumed.exact, digits)
        rows = walk.run()
        draws = list(rounded_draws(rows, consumed.in_all, digits))
        expired = [
            _rest(row, drawn) if row.is_gone else ZERO
            for row, drawn in zip(rows, draws, strict=True)
        ]
        for place, (row, drawn, over) in enumerate(zip(rows, draws, expired, strict=True), start=1):
            if row.kind != OPEN or any((row.opening, row.drawn, drawn, *_taken(row))):
                key = (profile.organization_id, row.lot_id)
                left = CONTEXT.subtract(_rest(row, drawn), over)
                amounts = (row.opening, row.granted, drawn, *_taken(row), over, left, row.drawn)
                values = (row.kind, place, row.expires_at, *amounts, profile.currency)
                expected.add(audited.LOTS, key, values)
        self._entries(expected, profile, walk, consumed, list(zip(rows, expired, strict=True)))
        return {row.lot_id: row.refunded for row in rows if row.refunded}

    def _entries(
        self,
        expected: Expected,
        profile: Profile,
        walk: Walk,
        consumed: Consumed,
        expired: Sequence[tuple[LotAccount, Decimal]],
    ) -> None:
        """Expect the entries of the statement, leaving out those of zero."""
        entries: list[Entry] = [
            ("opening", None, self.snapshot.openings.get(profile.organization_id, ZERO)),
            *self._came_in(profile.organization_id, walk),
            ("consumption", None, -consumed.used),
            *(("credit_note", walk.ends_at, amount) for amount in consumed.given_back),
            *((each.kind, each.occurred_at, each.amount) for each in walk.takings),
            *(
                ("expiry", max(row.expires_at, walk.starts_at), -amount)
                for row, amount in expired
                if row.expires_at is not None
            ),
        ]
        entries.append(("closing", None, total(amount for _, _, amount in entries)))
        for kind, at, amount in entries:
            if amount:
                key = (profile.organization_id, kind, at)
                expected.add(audited.PREPAID, key, (amount, profile.currency))

    def _came_in(self, organization_id: str, walk: Walk) -> Iterator[Entry]:
        for row in self._top_ups.get(organization_id, ()):
            if walk.starts_at <= row.occurred_at < walk.ends_at:
                yield "top_up", row.occurred_at, row.amount
        for moved in self._moved_to.get(organization_id, ()):
            if walk.starts_at <= moved.occurred_at < walk.ends_at:
                yield "transfer_in", moved.occurred_at, moved.amount

    def _walk(self, profile: Profile, exact: Decimal, digits: int) -> Walk:
        starts_at, ends_at = month_bounds(self.month, profile.zone)
        organization_id = profile.organization_id
        lots = [
            LotAccount(each.lot_id, each.kind, each.occurred_at, each.expires_at, each.left)
            for each in self.snapshot.lots.get(organization_id, ())
        ]
        held = total(lot.opening for lot in lots)
        opening = self.snapshot.openings.get(organization_id, ZERO)
        open_row = LotAccount("", OPEN, None, None, CONTEXT.subtract(opening, held))
        lots += [
            lot
            for lot in self._made(organization_id)
            if lot.occurred_at and starts_at <= lot.occurred_at < ends_at
        ]
        usage = list(self._deducted.get(organization_id, ()))
        usage.append((starts_at, CONTEXT.subtract(exact, total(paid for _, paid in usage))))
        takings = list(self._takings(organization_id, starts_at, ends_at))
        return Walk(starts_at, ends_at, lots, open_row, takings, usage, digits)

    def _made(self, organization_id: str) -> Iterator[LotAccount]:
        for row in self._top_ups.get(organization_id, ()):
            yield LotAccount(
                row.top_up_id, row.kind, row.occurred_at, row.expires_at, granted=row.amount
            )
        for moved in self._moved_to.get(organization_id, ()):
            yield LotAccount(
                moved.movement_id,
                "purchased",
                moved.occurred_at,
                moved.expires_at,
                granted=moved.amount,
            )

    def _takings(
        self, organization_id: str, starts_at: datetime, ends_at: datetime
    ) -> Iterator[Taking]:
        for row in self._movements.get(organization_id, ()):
            kind = ENTRY_OF[row.kind]
            is_late = (organization_id, row.movement_id, kind) in self.snapshot.late
            if row.occurred_at < ends_at and (row.occurred_at >= starts_at or is_late):
                amount = row.amount if row.kind == "overdraft" else -row.amount
                at = max(row.occurred_at, starts_at)
                yield Taking(row.movement_id, kind, at, amount)

    @cached_property
    def _top_ups(self) -> Mapping[str, Sequence[TopUp]]:
        return by_organization(self.files.top_ups)

    @cached_property
    def _movements(self) -> Mapping[str, Sequence[BalanceMovement]]:
        return by_organization(self.files.balance_movements)

    @cached_property
    def _moved_to(self) -> Mapping[str, Sequence[BalanceMovement]]:
        found: dict[str, list[BalanceMovement]] = {}
        for row in self.files.balance_movements:
            if row.kind == "transfer":
                found.setdefault(row.to_organization_id, []).append(row)
        return found


def _taken(row: LotAccount) -> tuple[Decimal, Decimal, Decimal]:
    return row.refunded, row.transferred, row.written_off


def _rest(row: LotAccount, drawn: Decimal) -> Decimal:
    """Return what is left of a lot in minor units, before what expires of it."""
    return CONTEXT.subtract(CONTEXT.add(row.opening, row.granted), total((drawn, *_taken(row))))
