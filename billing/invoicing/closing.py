"""What one run of closing needs to know of the warehouse, and when it must refuse.

Here: reading seller, zones, what was done to balances and the evidence of files; the refusals that come before
any writing. Keep out: the transaction itself (`finalize`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from billing.books import Books
from billing.books.amendments import Amendment
from billing.books.catalog import CatalogRows
from billing.books.closing import Evidence, IngestedFile, QuarantineDecision
from billing.books.journal import SYSTEM
from billing.books.lots import LotMonth
from billing.clock import Clock
from billing.errors import BooksError
from billing.invoicing.lot_rows import read_lots
from billing.invoicing.opening import BalanceAct, unposted_acts
from billing.invoicing.watermarks import UNKNOWN
from billing.periods import BillingMonth
from billing.taxed_balances import CONSUMPTION, TOP_UP

Form = Literal["document", "usage", "cost"]
Freeze = Callable[[Form, Mapping[str, Any]], bytes]
"""Turns a document's or report's plain data into the canonical bytes that are hashed."""

FILES = """
select ingest_sequence, content_sha256, file_name, size_bytes, received, format, source_id, supplied
from raw.ingest_file order by ingest_sequence
"""
DECISIONS = """
select ingest_file.content_sha256, quarantined_event.line_number, min(reason) as reason
from raw.quarantined_event
inner join raw.ingest_file
    on quarantined_event.ingest_sequence = ingest_file.ingest_sequence
group by ingest_file.content_sha256, quarantined_event.line_number
union all
select ingest_file.content_sha256, retried_row.line_number, retried_row.result as reason
from raw.retried_row
inner join raw.ingest_file on retried_row.ingest_sequence = ingest_file.ingest_sequence
where retried_row.result <> 'released'
order by content_sha256, line_number
"""
"""Rows kept out of files, and lines of retry files that released none."""
TAXED_AS_USED = "select organization_id from catalog.billing_profiles where tax_at = 'consumption'"
AMENDMENTS = """
select amendment_id, organization_id, service_month, reason from books.amendment
where billing_month = ? order by amendment_id
"""


@dataclass(frozen=True)
class Closing:
    """One run: everything that is the same for each organization it closes."""

    month: BillingMonth
    clock: Clock
    freeze: Freeze
    actor: str
    seller_id: str
    seller_zone: str
    zones: Mapping[str, str]
    acts: Sequence[BalanceAct]
    lots: Mapping[str, Sequence[LotMonth]]
    evidence: Evidence
    amendments: Sequence[Amendment] = ()
    taxed_as_used: Collection[str] = ()
    """Organizations whose balance is taxed as it is used."""
    catalog: CatalogRows | None = None
    """What is accepted with the month; None when nothing is finalized."""
    _evidence_by_watermark: dict[int, Evidence] = field(default_factory=dict)

    def zone(self, organization_id: str) -> str:
        """Return the zone whose calendar months an organization is billed by."""
        if organization_id == UNKNOWN:
            return "UTC"
        if organization_id not in self.zones:
            raise BooksError(f"The catalog has no billing profile of {organization_id}.")
        return self.zones[organization_id]

    def taxed_at(self, organization_id: str) -> str:
        """Return when a balance is taxed, as the books keep it."""
        return CONSUMPTION if organization_id in self.taxed_as_used else TOP_UP

    def evidence_up_to(self, watermark: int) -> Evidence:
        """Return the files and decisions that a month closed at `watermark` rests on."""
        if watermark not in self._evidence_by_watermark:
            files = [file for file in self.evidence.files if file.ingest_sequence <= watermark]
            contents = {file.content_sha256 for file in files}
            rows = [row for row in self.evidence.decisions if row.content_sha256 in contents]
            self._evidence_by_watermark[watermark] = Evidence(files, rows)
        return self._evidence_by_watermark[watermark]


def read_closing(
    connection: duckdb.DuckDBPyConnection,
    books: Books,
    month: BillingMonth,
    *,
    clock: Clock,
    freeze: Freeze,
    actor: str = SYSTEM,
    catalog: CatalogRows | None = None,
) -> Closing:
    """Read the warehouse once, so that no organization's transaction waits for it."""
    seller_id, seller_zone = connection.execute(
        "select seller_id, zone from catalog.seller"
    ).fetchall()[0]
    zones = connection.execute("select organization_id, zone from catalog.billing_profiles")
    return Closing(
        month=month,
        clock=clock,
        freeze=freeze,
        actor=actor,
        seller_id=seller_id,
        seller_zone=seller_zone,
        zones=dict(zones.fetchall()),
        taxed_as_used={each for (each,) in connection.execute(TAXED_AS_USED).fetchall()},
        acts=unposted_acts(connection, books, month),
        lots=read_lots(connection, month),
        evidence=Evidence(
            [IngestedFile(*row) for row in connection.execute(FILES).fetchall()],
            [QuarantineDecision(*row) for row in connection.execute(DECISIONS).fetchall()],
        ),
        catalog=catalog,
        amendments=[
            Amendment(amendment_id, organization_id, BillingMonth.of(served), reason)
            for amendment_id, organization_id, served, reason in connection.execute(
                AMENDMENTS, [month.first_day]
            ).fetchall()
        ],
    )


def not_ended(month: BillingMonth, zone: str, clock: Clock) -> str | None:
    """Say why a month cannot be billed yet; None when it is over in `zone`."""
    _, end = month.bounds(zone)
    if clock.now() >= end:
        return None
    return f"{month} has not ended: in {zone} it lasts until {end:%Y-%m-%dT%H:%M:%SZ}"


def refusal(books: Books, closing: Closing, organization_id: str) -> str | None:
    """Say why an organization's month cannot be closed now; None when it can, or is.

    Months are closed in order: not while an earlier one is drafted (what arrived after that
    draft would be billed nowhere), not leaving out the month after the last closed one.
    """
    closed = {each for _, each in books.finalized(organization_id)}
    drafted = {each for _, each in books.drafts(organization_id)}
    return _refusal(closing, organization_id, closed, drafted)


def refusals(books: Books, closing: Closing, organizations: Iterable[str]) -> dict[str, str]:
    """Give the `refusal` of each organization that has one; the books are read once for all."""
    closed = _months_by_organization(books.finalized())
    drafted = _months_by_organization(books.drafts())
    reasons = {
        each: _refusal(closing, each, closed.get(each, ()), drafted.get(each, ()))
        for each in organizations
    }
    return {each: reason for each, reason in reasons.items() if reason is not None}


def _months_by_organization(
    keys: Iterable[tuple[str, BillingMonth]],
) -> dict[str, set[BillingMonth]]:
    months: dict[str, set[BillingMonth]] = {}
    for organization_id, month in keys:
        months.setdefault(organization_id, set()).add(month)
    return months


def _refusal(
    closing: Closing,
    organization_id: str,
    closed: Collection[BillingMonth],
    drafted: Collection[BillingMonth],
) -> str | None:
    month = closing.month
    if month in closed:
        return None
    open_drafts = [each for each in drafted if each < month]
    if open_drafts:
        return f"{min(open_drafts)} is drafted and not finalized: finalize it first"
    earlier = [each for each in closed if each < month]
    if earlier and max(earlier).next != month:
        return f"{max(earlier)} is the last closed month: close {max(earlier).next} first"
    return not_ended(month, closing.zone(organization_id), closing.clock)
